package usecase

import (
	"context"
	"errors"
	"fmt"

	"github.com/stockonce/stockonce/app/order/internal/domain"
)

// HandleTask is what a person decides about tasks.
type HandleTask struct {
	orders   Orders
	payments Payments
	tasks    Tasks
	signals  Signals
}

// NewHandleTask makes the usecase.
func NewHandleTask(orders Orders, payments Payments, tasks Tasks, signals Signals) *HandleTask {
	return &HandleTask{orders: orders, payments: payments, tasks: tasks, signals: signals}
}

// Do carries out a decision and keeps who made it and why: in the task, and in the
// history of its order, if there is one. ErrTaskNotFound, ErrTaskState and
// domain.ErrNotDroppable are returned.
//
// A decision about a notify task is kept in the task alone. In the history it would
// be one more event that the target does not take.
func (uc *HandleTask) Do(ctx context.Context, d domain.TaskDecision) error {
	if err := uc.decide(ctx, d); err != nil {
		return fmt.Errorf("%s task %s: %w", d.Kind, d.Ref, err)
	}
	uc.signals.TaskDecided(ctx, d)
	return nil
}

func (uc *HandleTask) decide(ctx context.Context, d domain.TaskDecision) error {
	if err := d.Check(); err != nil {
		return err
	}
	number := d.Ref
	switch d.Kind {
	case domain.TaskNotify:
		return uc.tasks.Decide(ctx, d)
	case domain.TaskRefund:
		_, p, err := uc.payments.FindRefund(ctx, d.Ref)
		if errors.Is(err, ErrRefundNotFound) {
			return ErrTaskNotFound
		}
		if err != nil {
			return fmt.Errorf("find refund: %w", err)
		}
		number = p.OrderNumber
	case domain.TaskDeduct, domain.TaskRelease, domain.TaskQueryPayment, domain.TaskClosePayment:
	}
	err := uc.orders.UpdatePayments(ctx, number, func(o *domain.Order) error {
		o.DecideTask(d)
		return nil
	})
	if errors.Is(err, ErrOrderNotFound) {
		err = uc.tasks.Decide(ctx, d)
	}
	return err
}
