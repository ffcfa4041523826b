package store

import (
	"context"
	"fmt"
	"time"

	"github.com/stockonce/stockonce/app/order/internal/adapter/store/ent"
	"github.com/stockonce/stockonce/app/order/internal/adapter/store/ent/orderevent"
	"github.com/stockonce/stockonce/app/order/internal/domain"
	"github.com/stockonce/stockonce/app/order/internal/usecase"
)

// Targets are those who are told of every event.
type Targets []string

// insertEvents appends to an order's history, which has so many entries already, and
// makes the tasks that tell the targets.
func (s *Orders) insertEvents(ctx context.Context, tx *ent.Tx, o *domain.Order, have int64, now time.Time) error {
	events := o.Changes().Events
	if len(events) == 0 {
		return nil
	}
	rows := make([]*ent.OrderEventCreate, len(events))
	tasks := make([]domain.NewTask, 0, len(events)*len(s.targets))
	for i, e := range events {
		sequence := have + int64(i) + 1
		rows[i] = tx.OrderEvent.Create().
			SetOrderNumber(o.Number()).SetSequence(sequence).SetStatus(string(o.Status())).
			SetKind(string(e.Kind)).SetSubject(e.Subject).SetNote(clip(e.Note, 500)).SetCreatedAt(now)
		for _, target := range s.targets {
			tasks = append(tasks, domain.NewTask{
				Kind: domain.TaskNotify, Ref: domain.NotifyRef(target, o.Number(), sequence), Lane: target,
			})
		}
	}
	if err := tx.OrderEvent.CreateBulk(rows...).Exec(ctx); err != nil {
		return fmt.Errorf("insert event: %w", err)
	}
	return insertTasks(ctx, tx, now, tasks)
}

// Event implements usecase.Orders.
func (s *Orders) Event(ctx context.Context, number string, sequence int64) (domain.OrderEvent, error) {
	row, err := s.read.OrderEvent.Query().
		Where(orderevent.OrderNumberEQ(number), orderevent.SequenceEQ(sequence)).Only(ctx)
	if ent.IsNotFound(err) {
		return domain.OrderEvent{}, usecase.ErrOrderNotFound
	}
	if err != nil {
		return domain.OrderEvent{}, fail(ctx, fmt.Errorf("read event: %w", err))
	}
	return domain.OrderEvent{
		OrderNumber: row.OrderNumber, Sequence: row.Sequence,
		Event:  domain.Event{Kind: domain.EventKind(row.Kind), Subject: row.Subject, Note: row.Note},
		Status: domain.Status(row.Status), At: row.CreatedAt.UTC(),
	}, nil
}
