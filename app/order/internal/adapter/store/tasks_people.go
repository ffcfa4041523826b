package store

import (
	"context"
	"fmt"
	"time"

	"github.com/stockonce/stockonce/app/internal/platform/dbtx"
	"github.com/stockonce/stockonce/app/order/internal/adapter/store/ent"
	"github.com/stockonce/stockonce/app/order/internal/adapter/store/ent/task"
	"github.com/stockonce/stockonce/app/order/internal/domain"
	"github.com/stockonce/stockonce/app/order/internal/usecase"
)

// List implements usecase.Tasks.
func (s *Tasks) List(ctx context.Context, filter usecase.TaskFilter, limit int) ([]usecase.Task, error) {
	now, err := s.clock(ctx, s.read)
	if err != nil {
		return nil, fail(ctx, err)
	}
	query := s.read.Task.Query().Where(task.StateEQ(string(filter.State))).Limit(limit)
	if filter.Kind != "" {
		query.Where(task.KindEQ(string(filter.Kind)))
	}
	// A dead task waits for a person since it died, any other since it was made.
	until := now.Add(-filter.Older)
	if filter.State == domain.TaskDead {
		query.Where(task.UpdatedAtLTE(until)).Order(task.ByUpdatedAt(), task.ByID())
	} else {
		query.Where(task.CreatedAtLTE(until)).Order(task.ByCreatedAt(), task.ByID())
	}
	rows, err := query.All(ctx)
	if err != nil {
		return nil, fail(ctx, fmt.Errorf("read tasks: %w", err))
	}
	tasks := make([]usecase.Task, len(rows))
	for i, row := range rows {
		tasks[i] = toTask(row)
	}
	return tasks, nil
}

// Find implements usecase.Tasks.
func (s *Tasks) Find(ctx context.Context, kind domain.TaskKind, ref string) (usecase.Task, error) {
	row, err := s.read.Task.Query().Where(task.KindEQ(string(kind)), task.RefEQ(ref)).Only(ctx)
	if ent.IsNotFound(err) {
		return usecase.Task{}, usecase.ErrTaskNotFound
	}
	if err != nil {
		return usecase.Task{}, fail(ctx, fmt.Errorf("read task: %w", err))
	}
	return toTask(row), nil
}

func toTask(row *ent.Task) usecase.Task {
	t := usecase.Task{
		Lane: usecase.Lane{Kind: domain.TaskKind(row.Kind), Name: row.Lane},
		Ref:  row.Ref, State: domain.TaskState(row.State), Attempts: row.Attempt, LastError: row.LastError,
		CreatedAt: row.CreatedAt.UTC(), UpdatedAt: row.UpdatedAt.UTC(),
	}
	if t.State == domain.TaskPending {
		t.NextAt = row.NextAt.UTC()
	}
	return t
}

// Decide implements usecase.Tasks.
func (s *Tasks) Decide(ctx context.Context, d domain.TaskDecision) error {
	return s.inTx(ctx, func(tx *ent.Tx) error {
		now, err := s.clock(ctx, tx.Client())
		if err != nil {
			return err
		}
		return decideTasks(ctx, tx, now, []domain.TaskDecision{d})
	})
}

// decideTasks carries out what a person decided, whoever is at work on the tasks: a
// claim on one of them ends nothing any more. The task says who and why, and what it
// said before.
func decideTasks(ctx context.Context, tx *ent.Tx, now time.Time, decisions []domain.TaskDecision) error {
	for _, d := range decisions {
		row, err := tx.Task.Query().Where(task.KindEQ(string(d.Kind)), task.RefEQ(d.Ref)).Only(ctx)
		switch {
		case ent.IsNotFound(err):
			return usecase.ErrTaskNotFound
		case err != nil:
			return fmt.Errorf("read task: %w", err)
		case row.State != string(d.From()):
			return fmt.Errorf("%w: it is %s, and only what is %s can be %s", usecase.ErrTaskState, row.State, d.From(), d.Action)
		}
		note := d.Note()
		if row.LastError != "" {
			note += "; before: " + row.LastError
		}
		update := tx.Task.Update().Where(task.IDEQ(row.ID), task.StateEQ(row.State)).
			SetState(string(d.To())).SetLastError(clip(note, 500)).SetUpdatedAt(now)
		if d.To() == domain.TaskPending {
			update.SetAttempt(0).SetNextAt(now).SetToken("").SetCreatedAt(now)
		}
		n, err := update.Save(ctx)
		if err != nil {
			return fmt.Errorf("update task: %w", err)
		}
		if n != 1 {
			return dbtx.ErrConflict
		}
	}
	return nil
}

// Wake implements usecase.Tasks.
func (s *Tasks) Wake(ctx context.Context, t domain.NewTask) error {
	return s.inTx(ctx, func(tx *ent.Tx) error {
		now, err := s.clock(ctx, tx.Client())
		if err != nil {
			return err
		}
		return wakeTask(ctx, tx, now, t)
	})
}
