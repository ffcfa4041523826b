package usecase

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/stockonce/stockonce/app/order/internal/domain"
)

const (
	// A refund that the provider accepted takes minutes to days: it is asked about
	// ever more rarely.
	firstRefundPause = 5 * time.Second
	maxRefundPause   = time.Hour
)

// SendRefund has a payment provider send money back.
type SendRefund struct {
	orders    Orders
	payments  Payments
	providers PaymentProviders
	signals   Signals
}

// NewSendRefund makes the usecase.
func NewSendRefund(orders Orders, payments Payments, providers PaymentProviders, signals Signals) *SendRefund {
	return &SendRefund{orders: orders, payments: payments, providers: providers, signals: signals}
}

// Do works on a claimed refund task: that the provider may have been asked is stored
// before it is, and what it answers afterwards. An error means that nothing is known.
func (uc *SendRefund) Do(ctx context.Context, c domain.Claim) error {
	_, p, err := uc.payments.FindRefund(ctx, c.Ref)
	if err != nil {
		return fmt.Errorf("find refund %s: %w", c.Ref, err)
	}
	if !slices.Contains(uc.providers.Configured(), p.Provider) {
		// Nobody can have been asked, so nothing is stored as if somebody was.
		return &WaitError{Pause: unconfiguredPause, Reason: ErrNoProviderAPI.Error(), Failed: true}
	}
	var request domain.RefundRequest
	var open bool
	err = uc.orders.UpdatePayments(ctx, p.OrderNumber, func(o *domain.Order) error {
		request, open = o.StartRefund(c.Ref, c)
		return nil
	})
	if err != nil {
		return fmt.Errorf("begin refund %s: %w", c.Ref, err)
	}
	if !open {
		return nil
	}
	report, err := uc.providers.Refund(ctx, p.Provider, request)
	if err != nil {
		return fmt.Errorf("refund %s at %s: %w", c.Ref, p.Provider, err)
	}
	return uc.record(ctx, p, c, report)
}

func (uc *SendRefund) record(ctx context.Context, p domain.Payment, c domain.Claim, report domain.RefundReport) error {
	var end domain.TaskEnd
	err := uc.orders.UpdatePayments(ctx, p.OrderNumber, func(o *domain.Order) error {
		end = o.ReportRefund(c.Ref, report, c)
		return nil
	})
	if err != nil {
		return fmt.Errorf("record refund %s: %w", c.Ref, err)
	}
	uc.signals.RefundReported(ctx, p.Provider, report)
	switch end.State {
	case domain.TaskDead:
		uc.signals.TaskDied(ctx, end)
	case "":
		return &WaitError{Pause: refundPause(c.Attempt), Reason: "the provider is at it"}
	case domain.TaskPending, domain.TaskDone:
	}
	return nil
}

// refundPause doubles with every question.
func refundPause(attempt int) time.Duration {
	return min(firstRefundPause<<min(attempt, 12), maxRefundPause)
}
