package usecase

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/stockonce/stockonce/app/order/internal/domain"
)

// unconfiguredPause is how often a provider without an API is looked for again: it
// may be configured any time.
const unconfiguredPause = 10 * time.Minute

// QueryPayment finds out about payments that no callback told of, and about those
// that were told of before their order was known.
type QueryPayment struct {
	orders    Orders
	tasks     Tasks
	providers PaymentProviders
	confirm   *ConfirmPayment
	signals   Signals
	settings  QuerySettings
}

// QuerySettings is when providers are asked.
type QuerySettings struct {
	After  []time.Duration // after placing; once more at expiry
	Window time.Duration   // after so long what names no order is left to a person
}

// NewQueryPayment makes the usecase.
func NewQueryPayment(orders Orders, tasks Tasks, providers PaymentProviders, confirm *ConfirmPayment,
	signals Signals, settings QuerySettings,
) *QueryPayment {
	return &QueryPayment{orders: orders, tasks: tasks, providers: providers, confirm: confirm, signals: signals, settings: settings}
}

// Do looks after the order number of the claimed task: held payments and refunds
// are judged, and while the order is unpaid its provider is asked.
func (uc *QueryPayment) Do(ctx context.Context, c domain.Claim) error {
	applied, err := uc.confirm.ApplyHeldRefunds(ctx, c.Ref)
	if err != nil {
		return fmt.Errorf("refunds of order %s: %w", c.Ref, err)
	}
	o, err := uc.orders.Find(ctx, c.Ref)
	known := !errors.Is(err, ErrOrderNotFound)
	if known && err != nil {
		return fmt.Errorf("find order %s: %w", c.Ref, err)
	}
	if !known {
		if c.Age > uc.settings.Window {
			return &HopelessError{Reason: fmt.Sprintf("no order %s after %s", c.Ref, uc.settings.Window)}
		}
		return fmt.Errorf("order %s: %w", c.Ref, ErrOrderNotFound)
	}
	if o.HasOrphans() {
		if err := uc.adopt(ctx, c.Ref); err != nil {
			return err
		}
	}
	if o.Status() == domain.Created && o.Provider() != "" {
		if !slices.Contains(uc.providers.Configured(), o.Provider()) {
			pause := max(o.QueryIn(uc.settings.After), unconfiguredPause)
			return &WaitError{Pause: pause, Reason: ErrNoProviderAPI.Error()}
		}
		return uc.ask(ctx, o, c)
	}
	if !applied {
		if c.Age > uc.settings.Window {
			return &HopelessError{Reason: "a refund was reported of a payment that never was"}
		}
		return fmt.Errorf("payment of a refund of order %s: %w", c.Ref, ErrPaymentNotFound)
	}
	return uc.done(ctx, c)
}

func (uc *QueryPayment) adopt(ctx context.Context, number string) error {
	err := uc.orders.Update(ctx, number, func(o *domain.Order) error {
		o.AdoptOrphans()
		return nil
	})
	if err != nil {
		return fmt.Errorf("judge payments of order %s: %w", number, err)
	}
	return nil
}

// ask asks the provider, and records what it answers as if it had called back.
func (uc *QueryPayment) ask(ctx context.Context, o *domain.Order, c domain.Claim) error {
	// Before the question: what is true then may not be any more.
	asked, err := uc.orders.Now(ctx)
	if err != nil {
		return fmt.Errorf("read clock: %w", err)
	}
	n, err := uc.providers.QueryPayment(ctx, o.Provider(), o.Number())
	if err != nil {
		return fmt.Errorf("ask %s about order %s: %w", o.Provider(), o.Number(), err)
	}
	n.Provider = o.Provider()
	if n.Verdict != domain.VerdictNotPaid {
		// Paid, or something for a person: both are kept.
		if err := uc.confirm.Do(ctx, n); err != nil {
			return err
		}
		if n.Verdict != "" {
			return &HopelessError{Reason: "the provider's answer: " + n.Problem}
		}
		return uc.done(ctx, c)
	}
	var expired bool
	var pause time.Duration
	err = uc.orders.Update(ctx, o.Number(), func(o *domain.Order) error {
		expired = o.NotPaid(asked)
		pause = o.QueryIn(uc.settings.After)
		return nil
	})
	if err != nil {
		return fmt.Errorf("record that order %s is not paid: %w", o.Number(), err)
	}
	if expired {
		uc.signals.OrdersExpired(ctx, 1)
		return uc.done(ctx, c)
	}
	return &WaitError{Pause: pause, Reason: "not paid yet"}
}

func (uc *QueryPayment) done(ctx context.Context, c domain.Claim) error {
	if err := uc.tasks.End(ctx, domain.TaskEnd{Claim: c, State: domain.TaskDone}); err != nil {
		return fmt.Errorf("end task: %w", err)
	}
	return nil
}
