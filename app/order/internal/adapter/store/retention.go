package store

import (
	"context"
	"fmt"
	"time"

	entsql "entgo.io/ent/dialect/sql"

	"github.com/stockonce/stockonce/app/order/internal/adapter/store/ent"
	"github.com/stockonce/stockonce/app/order/internal/adapter/store/ent/callback"
	"github.com/stockonce/stockonce/app/order/internal/adapter/store/ent/task"
	"github.com/stockonce/stockonce/app/order/internal/domain"
	"github.com/stockonce/stockonce/app/order/internal/usecase"
)

// Retention implements usecase.Retention. The service's own account may not delete:
// these are for the one of migrations.
type Retention struct{ *Store }

// NewRetention makes the port's adapter.
func NewRetention(s *Store) *Retention { return &Retention{s} }

// aged is a row's id and the time that its age counts from.
type aged struct {
	id int64
	at time.Time
}

// PruneCallbacks implements usecase.Retention. Ids rise with time, near enough: where
// a whole step is too young, what comes after is too.
func (s *Retention) PruneCallbacks(ctx context.Context, step usecase.PruneStep) (usecase.Pruned, error) {
	var done usecase.Pruned
	err := s.inTx(ctx, func(tx *ent.Tx) error {
		now, err := s.clock(ctx, tx.Client())
		if err != nil {
			return err
		}
		rows, err := tx.Callback.Query().Where(callback.IDGT(step.After)).Order(callback.ByID()).Limit(step.Limit).
			Select(callback.FieldID, callback.FieldCreatedAt).All(ctx)
		if err != nil {
			return fmt.Errorf("read callbacks: %w", err)
		}
		times := make([]aged, len(rows))
		for i, row := range rows {
			times[i] = aged{row.ID, row.CreatedAt}
		}
		until := now.Add(-step.Older)
		done = look(times, until, step)
		done.More = done.More && done.Old > 0
		if done.Old == 0 {
			return nil
		}
		ids, err := tx.Callback.Query().Where(callback.IDGT(step.After), callback.IDLTE(done.Last), callback.CreatedAtLTE(until),
			finished, unrepeated(until)).IDs(ctx)
		if err != nil {
			return fmt.Errorf("look for finished callbacks: %w", err)
		}
		done.Deleted = len(ids)
		if step.DryRun || len(ids) == 0 {
			return nil
		}
		if done.Deleted, err = tx.Callback.Delete().Where(callback.IDIn(ids...)).Exec(ctx); err != nil {
			return fmt.Errorf("delete callbacks: %w", err)
		}
		return nil
	})
	return done, err
}

// PruneTasks implements usecase.Retention. A task may have begun anew meanwhile, so
// the delete looks again, under the rows' locks.
func (s *Retention) PruneTasks(ctx context.Context, step usecase.PruneStep) (usecase.Pruned, error) {
	var done usecase.Pruned
	err := s.inTx(ctx, func(tx *ent.Tx) error {
		now, err := s.clock(ctx, tx.Client())
		if err != nil {
			return err
		}
		rows, err := tx.Task.Query().Where(task.IDGT(step.After)).Order(task.ByID()).Limit(step.Limit).
			Select(task.FieldID, task.FieldUpdatedAt).All(ctx)
		if err != nil {
			return fmt.Errorf("read tasks: %w", err)
		}
		times := make([]aged, len(rows))
		ids := make([]int64, len(rows))
		for i, row := range rows {
			times[i], ids[i] = aged{row.ID, row.UpdatedAt}, row.ID
		}
		until := now.Add(-step.Older)
		done = look(times, until, step)
		if done.Old == 0 {
			return nil
		}
		over := task.And(task.IDIn(ids...), task.StateEQ(string(domain.TaskDone)), task.UpdatedAtLTE(until))
		if step.DryRun {
			if done.Deleted, err = tx.Task.Query().Where(over).Count(ctx); err != nil {
				return fmt.Errorf("count done tasks: %w", err)
			}
			return nil
		}
		if done.Deleted, err = tx.Task.Delete().Where(over).Exec(ctx); err != nil {
			return fmt.Errorf("delete tasks: %w", err)
		}
		return nil
	})
	return done, err
}

// look counts the rows of a step, which are sorted by id.
func look(rows []aged, until time.Time, step usecase.PruneStep) usecase.Pruned {
	done := usecase.Pruned{Last: step.After, Looked: len(rows), More: len(rows) == step.Limit}
	for _, row := range rows {
		done.Last = row.id
		if !row.at.After(until) {
			done.Old++
		}
	}
	return done
}

// finished keeps the callbacks of which nothing is unfinished.
func finished(q *entsql.Selector) {
	q.Where(entsql.ExprP(`NOT (callbacks.verdict = ? AND callbacks.refund_state <> '')`, string(domain.VerdictOrphan)))
	q.Where(entsql.ExprP(`NOT EXISTS (SELECT 1 FROM orders o WHERE o.number = callbacks.order_number AND o.status NOT IN (?, ?, ?))`,
		string(domain.Fulfilled), string(domain.Cancelled), string(domain.Refunded)))
	q.Where(entsql.ExprP(`NOT EXISTS (SELECT 1 FROM tasks t WHERE t.ref = callbacks.order_number AND t.state <> ? AND t.kind IN (?, ?, ?, ?))`,
		string(domain.TaskDone), string(domain.TaskDeduct), string(domain.TaskRelease), string(domain.TaskQueryPayment), string(domain.TaskClosePayment)))
	// Of a payment that was not kept, all must be back; of any, nothing on its way.
	q.Where(entsql.ExprP(`NOT EXISTS (SELECT 1 FROM payments p WHERE p.order_number = callbacks.order_number AND (
	p.disposition <> ? AND p.amount > (SELECT COALESCE(SUM(r.amount), 0) FROM refunds r WHERE r.payment = p.number AND r.state = ?)
	OR EXISTS (SELECT 1 FROM refunds r WHERE r.payment = p.number AND r.state IN (?, ?))))`,
		string(domain.Winner), string(domain.RefundConfirmed), string(domain.RefundRequested), string(domain.RefundSent)))
}

// unrepeated keeps the callbacks whose body no younger one shows: a repeat has the
// body of the first. Without a body there is nothing to lose.
func unrepeated(until time.Time) func(*entsql.Selector) {
	return func(q *entsql.Selector) {
		q.Where(entsql.ExprP(`(callbacks.body IS NULL OR LENGTH(callbacks.body) = 0 OR NOT EXISTS (
	SELECT 1 FROM callbacks later WHERE later.body_hash = callbacks.body_hash AND later.created_at > ?))`, until))
	}
}
