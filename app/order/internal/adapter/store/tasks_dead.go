package store

import (
	"context"
	"fmt"

	"github.com/stockonce/stockonce/app/order/internal/adapter/store/ent"
	"github.com/stockonce/stockonce/app/order/internal/adapter/store/ent/task"
	"github.com/stockonce/stockonce/app/order/internal/domain"
	"github.com/stockonce/stockonce/app/order/internal/usecase"
)

// Dead implements usecase.Tasks.
func (s *Tasks) Dead(ctx context.Context, limit int) ([]usecase.DeadTask, error) {
	rows, err := s.read.Task.Query().Where(task.StateEQ(string(domain.TaskDead))).
		Order(task.ByUpdatedAt(), task.ByID()).Limit(limit).All(ctx)
	if err != nil {
		return nil, fail(ctx, fmt.Errorf("read dead tasks: %w", err))
	}
	dead := make([]usecase.DeadTask, len(rows))
	for i, row := range rows {
		dead[i] = usecase.DeadTask{
			Lane: usecase.Lane{Kind: domain.TaskKind(row.Kind), Name: row.Lane},
			Ref:  row.Ref, Reason: row.LastError, Since: row.UpdatedAt.UTC(),
		}
	}
	return dead, nil
}

// Revive implements usecase.Tasks.
func (s *Tasks) Revive(ctx context.Context, kind domain.TaskKind, ref string) error {
	return s.inTx(ctx, func(tx *ent.Tx) error {
		now, err := s.clock(ctx, tx.Client())
		if err != nil {
			return err
		}
		n, err := tx.Task.Update().
			Where(task.KindEQ(string(kind)), task.RefEQ(ref), task.StateEQ(string(domain.TaskDead))).
			SetState(string(domain.TaskPending)).SetAttempt(0).SetNextAt(now).SetToken("").
			SetCreatedAt(now).SetUpdatedAt(now).Save(ctx)
		if err != nil {
			return fmt.Errorf("revive task: %w", err)
		}
		if n == 0 {
			return usecase.ErrTaskNotFound
		}
		return nil
	})
}

// Drop implements usecase.Tasks.
func (s *Tasks) Drop(ctx context.Context, kind domain.TaskKind, ref, reason string) error {
	return s.inTx(ctx, func(tx *ent.Tx) error {
		now, err := s.clock(ctx, tx.Client())
		if err != nil {
			return err
		}
		n, err := tx.Task.Update().
			Where(task.KindEQ(string(kind)), task.RefEQ(ref), task.StateEQ(string(domain.TaskDead))).
			SetState(string(domain.TaskDone)).SetLastError(clip(reason, 500)).SetUpdatedAt(now).Save(ctx)
		if err != nil {
			return fmt.Errorf("drop task: %w", err)
		}
		if n == 0 {
			return usecase.ErrTaskNotFound
		}
		return nil
	})
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
