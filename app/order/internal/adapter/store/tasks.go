package store

import (
	"context"
	"fmt"
	"time"

	entsql "entgo.io/ent/dialect/sql"

	"github.com/stockonce/stockonce/app/internal/platform/database"
	"github.com/stockonce/stockonce/app/internal/platform/dbtx"
	"github.com/stockonce/stockonce/app/order/internal/adapter/store/ent"
	"github.com/stockonce/stockonce/app/order/internal/adapter/store/ent/task"
	"github.com/stockonce/stockonce/app/order/internal/domain"
	"github.com/stockonce/stockonce/app/order/internal/usecase"
)

// Tasks implements usecase.Tasks.
type Tasks struct{ *Store }

// NewTasks makes the port's adapter.
func NewTasks(s *Store) *Tasks { return &Tasks{s} }

// Claim implements usecase.Tasks: due ids are read, moved past the lease by an
// update that takes only those still due, and read back by the token. No SKIP
// LOCKED, which TiDB lacks; whoever comes second to a row finds it no longer due.
func (s *Tasks) Claim(
	ctx context.Context, lane usecase.Lane, token string, limit int, lease time.Duration,
) ([]domain.Claim, error) {
	ids, err := s.due(ctx, lane, limit)
	if err != nil || len(ids) == 0 {
		return nil, fail(ctx, err)
	}
	var claims []domain.Claim
	err = s.inTx(ctx, func(tx *ent.Tx) error {
		claims = nil
		// Taken before the database's clock is read, so that the claim ends here
		// no later than there.
		start := time.Now()
		now, err := s.clock(ctx, tx.Client())
		if err != nil {
			return err
		}
		err = tx.Task.Update().
			Where(task.IDIn(ids...), task.StateEQ(string(domain.TaskPending)), task.NextAtLTE(now)).
			SetNextAt(now.Add(lease)).SetToken(token).SetUpdatedAt(now).Exec(ctx)
		if err != nil {
			return fmt.Errorf("claim tasks: %w", err)
		}
		rows, err := tx.Task.Query().Where(task.IDIn(ids...), task.TokenEQ(token)).Order(task.ByID()).All(ctx)
		if err != nil {
			return fmt.Errorf("read claimed tasks: %w", err)
		}
		for _, row := range rows {
			claims = append(claims, domain.Claim{
				Kind: lane.Kind, Lane: lane.Name, Ref: row.Ref, Token: token, Attempt: row.Attempt,
				Until: start.Add(lease), Age: now.Sub(row.CreatedAt),
			})
		}
		return nil
	})
	return claims, err
}

// due finds the ids of due tasks, without a transaction: most looks find none.
func (s *Tasks) due(ctx context.Context, lane usecase.Lane, limit int) ([]int64, error) {
	now, err := s.clock(ctx, s.read)
	if err != nil {
		return nil, err
	}
	ids, err := s.read.Task.Query().
		Where(task.StateEQ(string(domain.TaskPending)), task.KindEQ(string(lane.Kind)), task.LaneEQ(lane.Name), task.NextAtLTE(now)).
		Order(task.ByNextAt()).Limit(limit).IDs(ctx)
	if err != nil {
		return nil, fmt.Errorf("look for due tasks: %w", err)
	}
	return ids, nil
}

// Postpone implements usecase.Tasks.
func (s *Tasks) Postpone(ctx context.Context, c domain.Claim, pause time.Duration, reason string) error {
	return s.inTx(ctx, func(tx *ent.Tx) error {
		now, err := s.clock(ctx, tx.Client())
		if err != nil {
			return err
		}
		n, err := claimed(tx, c).AddAttempt(1).SetNextAt(now.Add(pause)).
			SetLastError(clip(reason, 500)).SetUpdatedAt(now).Save(ctx)
		return owned(n, err)
	})
}

// Return implements usecase.Tasks.
func (s *Tasks) Return(ctx context.Context, c domain.Claim) error {
	return s.inTx(ctx, func(tx *ent.Tx) error {
		now, err := s.clock(ctx, tx.Client())
		if err != nil {
			return err
		}
		n, err := claimed(tx, c).SetNextAt(now).SetToken("").SetUpdatedAt(now).Save(ctx)
		return owned(n, err)
	})
}

// End implements usecase.Tasks.
func (s *Tasks) End(ctx context.Context, end domain.TaskEnd) error {
	return s.inTx(ctx, func(tx *ent.Tx) error {
		now, err := s.clock(ctx, tx.Client())
		if err != nil {
			return err
		}
		return endTask(ctx, tx, now, end)
	})
}

func endTask(ctx context.Context, tx *ent.Tx, now time.Time, end domain.TaskEnd) error {
	update := claimed(tx, end.Claim).SetState(string(end.State)).SetUpdatedAt(now)
	if end.Reason != "" {
		update.SetLastError(clip(end.Reason, 500))
	}
	n, err := update.Save(ctx)
	return owned(n, err)
}

// claimed updates the task only while the claim holds: a process that slept
// through its lease must not finish what another works on.
func claimed(tx *ent.Tx, c domain.Claim) *ent.TaskUpdate {
	return tx.Task.Update().Where(
		task.KindEQ(string(c.Kind)), task.RefEQ(c.Ref),
		task.StateEQ(string(domain.TaskPending)), task.TokenEQ(c.Token),
	)
}

func owned(n int, err error) error {
	if err != nil {
		return fmt.Errorf("update task: %w", err)
	}
	if n != 1 {
		return usecase.ErrLeaseLost
	}
	return nil
}

func insertTasks(ctx context.Context, tx *ent.Tx, now time.Time, tasks []domain.NewTask) error {
	rows := make([]*ent.TaskCreate, len(tasks))
	for i, t := range tasks {
		due := now.Add(t.In)
		if t.Token != "" {
			due = now.Add(domain.ClaimedFor)
		}
		rows[i] = tx.Task.Create().
			SetKind(string(t.Kind)).SetRef(t.Ref).SetLane(t.Lane).SetState(string(domain.TaskPending)).
			SetAttempt(0).SetNextAt(due).SetToken(t.Token).SetLastError("").
			SetCreatedAt(now).SetUpdatedAt(now)
	}
	if len(rows) == 0 {
		return nil
	}
	if err := tx.Task.CreateBulk(rows...).Exec(ctx); err != nil {
		return fmt.Errorf("insert task: %w", err)
	}
	return nil
}

// settleTasks ends tasks whoever has them, dead ones too: what they were for is
// decided. A claim on one of them ends nothing any more.
func settleTasks(ctx context.Context, tx *ent.Tx, now time.Time, ends []domain.TaskEnd) error {
	for _, end := range ends {
		err := tx.Task.Update().
			Where(task.KindEQ(string(end.Claim.Kind)), task.RefEQ(end.Claim.Ref), task.StateNEQ(string(domain.TaskDone))).
			SetState(string(end.State)).SetLastError(clip(end.Reason, 500)).SetUpdatedAt(now).Exec(ctx)
		if err != nil {
			return fmt.Errorf("settle task: %w", err)
		}
	}
	return nil
}

// wakeTask makes a task, or has the one there is begin anew.
func wakeTask(ctx context.Context, tx *ent.Tx, now time.Time, t domain.NewTask) error {
	n, err := tx.Task.Update().
		Where(task.KindEQ(string(t.Kind)), task.RefEQ(t.Ref)).
		SetState(string(domain.TaskPending)).SetLane(t.Lane).SetAttempt(0).SetNextAt(now).SetToken("").
		SetCreatedAt(now).SetUpdatedAt(now).Save(ctx)
	if err != nil {
		return fmt.Errorf("wake task: %w", err)
	}
	if n > 0 {
		return nil
	}
	err = insertTasks(ctx, tx, now, []domain.NewTask{t})
	if dbtx.Duplicate(err) {
		// Two held payments that name one order arrived at once.
		return dbtx.ErrConflict
	}
	return err
}

// Unfinished implements usecase.Tasks.
func (s *Tasks) Unfinished(ctx context.Context) ([]usecase.Unfinished, error) {
	var rows []struct {
		Kind   string
		Lane   string
		State  string
		Tasks  int64
		Oldest any
		Now    any `sql:"db_now"`
	}
	err := s.read.Task.Query().
		Where(task.StateIn(string(domain.TaskPending), string(domain.TaskDead))).
		Modify(func(q *entsql.Selector) {
			q.Select(task.FieldKind, task.FieldLane, task.FieldState).
				AppendSelectAs(entsql.Count("*"), "tasks").
				AppendSelectAs(entsql.Min(q.C(task.FieldCreatedAt)), "oldest").
				AppendSelectExprAs(entsql.Expr(s.now), nowColumn).
				GroupBy(task.FieldKind, task.FieldLane, task.FieldState)
		}).Scan(ctx, &rows)
	if err != nil {
		return nil, fail(ctx, fmt.Errorf("count tasks: %w", err))
	}
	unfinished := make([]usecase.Unfinished, len(rows))
	for i, row := range rows {
		oldest, err := database.Time(row.Oldest)
		if err != nil {
			return nil, fmt.Errorf("age of tasks: %w", err)
		}
		now, err := database.Time(row.Now)
		if err != nil {
			return nil, fmt.Errorf("age of tasks: %w", err)
		}
		unfinished[i] = usecase.Unfinished{
			Lane: usecase.Lane{Kind: domain.TaskKind(row.Kind), Name: row.Lane}, State: domain.TaskState(row.State),
			Tasks: row.Tasks, Oldest: now.Sub(oldest),
		}
	}
	return unfinished, nil
}
