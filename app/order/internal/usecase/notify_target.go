package usecase

import (
	"context"
	"errors"
	"fmt"

	"github.com/stockonce/stockonce/app/order/internal/domain"
)

// NotifyTarget tells a target about one event of an order.
type NotifyTarget struct {
	orders   Orders
	tasks    Tasks
	notifier Notifier
}

// NewNotifyTarget makes the usecase.
func NewNotifyTarget(orders Orders, tasks Tasks, notifier Notifier) *NotifyTarget {
	return &NotifyTarget{orders: orders, tasks: tasks, notifier: notifier}
}

// Do works on a claimed notify task, by the specification's schedule of tries.
func (uc *NotifyTarget) Do(ctx context.Context, c domain.Claim) error {
	number, sequence, err := domain.ParseNotifyRef(c.Ref)
	if err != nil {
		return &HopelessError{Reason: err.Error()}
	}
	event, err := uc.orders.Event(ctx, number, sequence)
	if err != nil {
		return fmt.Errorf("find event %d of order %s: %w", sequence, number, err)
	}
	err = uc.notifier.Notify(ctx, c.Lane, event)
	switch {
	case err == nil:
		if err := uc.tasks.End(ctx, domain.TaskEnd{Claim: c, State: domain.TaskDone}); err != nil {
			return fmt.Errorf("end task: %w", err)
		}
		return nil
	case errors.Is(err, ErrTargetGone), errors.Is(err, ErrNoTarget):
		return &HopelessError{Reason: err.Error()}
	}
	pause, more := domain.NotifyPause(c.Attempt + 1)
	if !more {
		return &HopelessError{Reason: "not taken in any of the tries: " + err.Error()}
	}
	if asked, ok := errors.AsType[*RetryAfterError](err); ok {
		pause = max(pause, asked.Pause)
	}
	return &WaitError{Pause: pause, Reason: err.Error(), Failed: true}
}
