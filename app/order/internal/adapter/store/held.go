package store

import (
	"context"
	"fmt"
	"slices"

	entsql "entgo.io/ent/dialect/sql"

	"github.com/stockonce/stockonce/app/order/internal/adapter/store/ent"
	"github.com/stockonce/stockonce/app/order/internal/adapter/store/ent/callback"
	"github.com/stockonce/stockonce/app/order/internal/adapter/store/ent/payment"
	"github.com/stockonce/stockonce/app/order/internal/adapter/store/ent/refund"
	"github.com/stockonce/stockonce/app/order/internal/domain"
	"github.com/stockonce/stockonce/app/order/internal/usecase"
)

// HoldRefund implements usecase.Payments.
func (s *Payments) HoldRefund(ctx context.Context, c domain.Callback) error {
	return s.inTx(ctx, func(tx *ent.Tx) error {
		now, err := s.clock(ctx, tx.Client())
		if err != nil {
			return err
		}
		look := domain.NewTask{Kind: domain.TaskQueryPayment, Ref: c.OrderNumber, Lane: c.Provider}
		if err := wakeTask(ctx, tx, now, look); err != nil {
			return err
		}
		return insertCallback(ctx, tx, now, c)
	})
}

// HeldRefunds implements usecase.Payments.
func (s *Payments) HeldRefunds(ctx context.Context, orderNumber string) ([]domain.Notice, error) {
	rows, err := s.read.Callback.Query().
		Where(callback.OrderNumberEQ(orderNumber), callback.VerdictEQ(string(domain.VerdictOrphan)), callback.RefundStateNEQ("")).
		Order(callback.ByID()).All(ctx)
	if err != nil {
		return nil, fail(ctx, fmt.Errorf("read held refunds: %w", err))
	}
	notices := make([]domain.Notice, len(rows))
	for i, row := range rows {
		notices[i] = toNotice(row)
	}
	return notices, nil
}

// FindRefund implements usecase.Payments.
func (s *Payments) FindRefund(ctx context.Context, number string) (domain.Refund, domain.Payment, error) {
	row, err := s.read.Refund.Get(ctx, number)
	if ent.IsNotFound(err) {
		return domain.Refund{}, domain.Payment{}, usecase.ErrRefundNotFound
	}
	if err != nil {
		return domain.Refund{}, domain.Payment{}, fail(ctx, fmt.Errorf("read refund: %w", err))
	}
	p, err := s.FindPayment(ctx, row.Payment)
	return toRefund(row), p, err
}

// FindPayment implements usecase.Payments.
func (s *Payments) FindPayment(ctx context.Context, number string) (domain.Payment, error) {
	row, err := s.read.Payment.Query().Where(payment.NumberEQ(number)).Only(ctx)
	if ent.IsNotFound(err) {
		return domain.Payment{}, usecase.ErrPaymentNotFound
	}
	if err != nil {
		return domain.Payment{}, fail(ctx, fmt.Errorf("read payment: %w", err))
	}
	return toPayment(row), nil
}

// Held implements usecase.Payments.
func (s *Payments) Held(ctx context.Context, limit int) ([]domain.Payment, error) {
	rows, err := s.read.Payment.Query().
		Where(payment.DispositionIn(string(domain.Mismatch), string(domain.Orphan)), withoutRefund).
		Order(payment.ByCreatedAt(), payment.ByID()).Limit(limit).All(ctx)
	if err != nil {
		return nil, fail(ctx, fmt.Errorf("read held payments: %w", err))
	}
	return toPayments(rows), nil
}

// withoutRefund keeps the payments of which nothing is back or on its way.
func withoutRefund(q *entsql.Selector) {
	refunds := entsql.Table(refund.Table)
	q.Where(entsql.NotExists(
		entsql.Select(refunds.C(refund.FieldID)).From(refunds).Where(entsql.And(
			entsql.ColumnsEQ(refunds.C(refund.FieldPayment), q.C(payment.FieldNumber)),
			entsql.NEQ(refunds.C(refund.FieldState), string(domain.RefundFailed)),
		)),
	))
}

// Unsettled implements usecase.Payments.
func (s *Payments) Unsettled(ctx context.Context, limit int) ([]domain.Refund, error) {
	open := []string{string(domain.RefundRequested), string(domain.RefundSent), string(domain.RefundFailed)}
	rows, err := s.read.Refund.Query().Where(refund.StateIn(open...), withoutSuccessor).
		Order(refund.ByCreatedAt(), refund.ByID()).Limit(limit).All(ctx)
	if err != nil {
		return nil, fail(ctx, fmt.Errorf("read unsettled refunds: %w", err))
	}
	refunds := make([]domain.Refund, 0, len(rows))
	for _, row := range rows {
		refunds = append(refunds, toRefund(row))
	}
	return slices.Clip(refunds), nil
}

// withoutSuccessor drops failed refunds of which the payment's next took the place.
func withoutSuccessor(q *entsql.Selector) {
	later := entsql.Table(refund.Table).As("later")
	q.Where(entsql.Or(
		entsql.NEQ(q.C(refund.FieldState), string(domain.RefundFailed)),
		entsql.NotExists(entsql.Select(later.C(refund.FieldID)).From(later).Where(entsql.And(
			entsql.ColumnsEQ(later.C(refund.FieldPayment), q.C(refund.FieldPayment)),
			entsql.ColumnsGTE(later.C(refund.FieldCreatedAt), q.C(refund.FieldCreatedAt)),
			entsql.ColumnsNEQ(later.C(refund.FieldID), q.C(refund.FieldID)),
		))),
	))
}
