package usecase

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/stockonce/stockonce/app/order/internal/domain"
)

// minWatch and maxWatch bound the pauses between two looks for a trade that is not
// known yet; between them it is as old as the look before.
const (
	minWatch = 10 * time.Second
	maxWatch = time.Hour
)

// ClosePayment closes the trade of an order that was cancelled, so that nobody pays
// for nothing.
type ClosePayment struct {
	tasks     Tasks
	providers PaymentProviders
	confirm   *ConfirmPayment
	watch     time.Duration
}

// NewClosePayment makes the usecase. watch is for how long a trade that the provider
// does not know is looked for again: a code that was shown before the order was
// cancelled can still be paid.
func NewClosePayment(tasks Tasks, providers PaymentProviders, confirm *ConfirmPayment, watch time.Duration) *ClosePayment {
	return &ClosePayment{tasks: tasks, providers: providers, confirm: confirm, watch: watch}
}

// Do works on a claimed task. A trade that was paid meanwhile is recorded: it is
// late, and its money goes back, also when no callback ever tells of it.
func (uc *ClosePayment) Do(ctx context.Context, c domain.Claim) error {
	err := uc.providers.ClosePayment(ctx, c.Lane, c.Ref)
	switch {
	case errors.Is(err, ErrTradePaid):
		err = uc.record(ctx, c)
	case errors.Is(err, ErrTradeUnknown):
		if left := uc.watch - c.Age; left > 0 {
			return &WaitError{Pause: min(left, max(minWatch, min(c.Age, maxWatch))), Reason: err.Error()}
		}
		err = nil // who begins a trade now pays late, and the callback tells
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
