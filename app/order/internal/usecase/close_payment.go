package usecase

import (
	"context"
	"errors"
	"fmt"

	"github.com/stockonce/stockonce/app/order/internal/domain"
)

// ClosePayment closes the trade of an order that was cancelled, so that nobody pays
// for nothing.
type ClosePayment struct {
	tasks     Tasks
	providers PaymentProviders
	confirm   *ConfirmPayment
}

// NewClosePayment makes the usecase.
func NewClosePayment(tasks Tasks, providers PaymentProviders, confirm *ConfirmPayment) *ClosePayment {
	return &ClosePayment{tasks: tasks, providers: providers, confirm: confirm}
}

// Do works on a claimed task. A trade that was paid meanwhile is recorded: it is
// late, and its money goes back.
func (uc *ClosePayment) Do(ctx context.Context, c domain.Claim) error {
	err := uc.providers.ClosePayment(ctx, c.Lane, c.Ref)
	if errors.Is(err, ErrTradePaid) {
		err = uc.record(ctx, c)
	}
	if err != nil {
		return fmt.Errorf("close trade of order %s: %w", c.Ref, err)
	}
	if err := uc.tasks.End(ctx, domain.TaskEnd{Claim: c, State: domain.TaskDone}); err != nil {
		return fmt.Errorf("end task: %w", err)
	}
	return nil
}

func (uc *ClosePayment) record(ctx context.Context, c domain.Claim) error {
	n, err := uc.providers.QueryPayment(ctx, c.Lane, c.Ref)
	if err != nil {
		return fmt.Errorf("ask about it: %w", err)
	}
	if n.Verdict == domain.VerdictNotPaid {
		return errors.New("the provider says paid and not paid")
	}
	n.Provider = c.Lane
	return uc.confirm.Do(ctx, n)
}
