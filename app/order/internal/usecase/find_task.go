package usecase

import (
	"context"
	"errors"
	"fmt"

	"github.com/stockonce/stockonce/app/order/internal/domain"
)

// FindTask shows a task with what it is about.
type FindTask struct {
	orders   Orders
	payments Payments
	tasks    Tasks
}

// NewFindTask makes the usecase.
func NewFindTask(orders Orders, payments Payments, tasks Tasks) *FindTask {
	return &FindTask{orders: orders, payments: payments, tasks: tasks}
}

// TaskSubject is a task with what it is about, as far as that exists.
type TaskSubject struct {
	Task

	Order   *domain.Order
	Payment *domain.Payment // of a refund, else the one that paid the order
	Refund  *domain.Refund
	Event   *domain.OrderEvent // that a target is told of
}

// Do loads a task and what it is about. ErrTaskNotFound is returned.
func (uc *FindTask) Do(ctx context.Context, kind domain.TaskKind, ref string) (TaskSubject, error) {
	t, err := uc.tasks.Find(ctx, kind, ref)
	if err != nil {
		return TaskSubject{}, fmt.Errorf("find %s task %s: %w", kind, ref, err)
	}
	subject, number := TaskSubject{Task: t}, ref
	switch kind {
	case domain.TaskRefund:
		r, p, err := uc.payments.FindRefund(ctx, ref)
		if err != nil {
			return TaskSubject{}, fmt.Errorf("find refund %s: %w", ref, err)
		}
		subject.Refund, subject.Payment, number = &r, &p, p.OrderNumber
	case domain.TaskNotify:
		if number, err = uc.event(ctx, &subject); err != nil {
			return TaskSubject{}, err
		}
	case domain.TaskDeduct, domain.TaskRelease, domain.TaskQueryPayment, domain.TaskClosePayment:
	}
	o, err := uc.orders.Find(ctx, number)
	if errors.Is(err, ErrOrderNotFound) {
		return subject, nil
	}
	if err != nil {
		return TaskSubject{}, fmt.Errorf("find order %s: %w", number, err)
	}
	subject.Order = o
	for _, p := range o.Payments() {
		if subject.Payment == nil && p.Number == o.Winner() {
			subject.Payment = &p
		}
	}
	return subject, nil
}

// event loads the event that a target is told of, and returns its order's number.
func (uc *FindTask) event(ctx context.Context, subject *TaskSubject) (string, error) {
	number, sequence, err := domain.ParseNotifyRef(subject.Ref)
	if err != nil {
		return "", nil //nolint:nilerr // a task that names no event is shown as it is
	}
	e, err := uc.orders.Event(ctx, number, sequence)
	if errors.Is(err, ErrOrderNotFound) {
		return number, nil
	}
	if err != nil {
		return "", fmt.Errorf("find event %d of order %s: %w", sequence, number, err)
	}
	subject.Event = &e
	return number, nil
}
