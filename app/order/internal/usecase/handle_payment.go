package usecase

import (
	"context"
	"fmt"

	"github.com/stockonce/stockonce/app/order/internal/domain"
)

// HandlePayment is what a person decides about payments and refunds.
type HandlePayment struct {
	orders   Orders
	payments Payments
}

// NewHandlePayment makes the usecase.
func NewHandlePayment(orders Orders, payments Payments) *HandlePayment {
	return &HandlePayment{orders: orders, payments: payments}
}

// Accept takes a held mismatch as its order's payment. ErrPaymentNotFound and
// domain.ErrNotAcceptable are returned.
func (uc *HandlePayment) Accept(ctx context.Context, payment, by string) error {
	return uc.update(ctx, payment, func(o *domain.Order) error { return o.Accept(payment, by) })
}

// Refund gives a payment back; see domain.Order.GiveBack. ErrPaymentNotFound,
// domain.ErrNotRefundable and domain.ErrStockUndecided are returned.
func (uc *HandlePayment) Refund(ctx context.Context, payment, reason, by string, keepStock bool) error {
	return uc.update(ctx, payment, func(o *domain.Order) error { return o.GiveBack(payment, reason, by, keepStock) })
}

// Settle records that a refund was made past the provider's API. ErrRefundNotFound,
// domain.ErrRefundDone and domain.ErrNotRefundable are returned.
func (uc *HandlePayment) Settle(ctx context.Context, refund, reason, by string) error {
	r, _, err := uc.payments.FindRefund(ctx, refund)
	if err != nil {
		return fmt.Errorf("find refund %s: %w", refund, err)
	}
	return uc.update(ctx, r.Payment, func(o *domain.Order) error { return o.SettleByHand(refund, reason, by) })
}

func (uc *HandlePayment) update(ctx context.Context, payment string, change func(*domain.Order) error) error {
	p, err := uc.payments.FindPayment(ctx, payment)
	if err != nil {
		return fmt.Errorf("find payment %s: %w", payment, err)
	}
	if err := uc.orders.UpdatePayments(ctx, p.OrderNumber, change); err != nil {
		return fmt.Errorf("order %s: %w", p.OrderNumber, err)
	}
	return nil
}
