package store

import (
	"context"
	"fmt"

	"github.com/stockonce/stockonce/app/order/internal/adapter/store/ent"
	"github.com/stockonce/stockonce/app/order/internal/adapter/store/ent/payment"
	"github.com/stockonce/stockonce/app/order/internal/domain"
)

// Payments implements usecase.Payments.
type Payments struct{ *Store }

// NewPayments makes the port's adapter.
func NewPayments(s *Store) *Payments { return &Payments{s} }

// Hold implements usecase.Payments.
func (s *Payments) Hold(ctx context.Context, p domain.Payment, c domain.Callback) error {
	return s.inTx(ctx, func(tx *ent.Tx) error {
		now, err := s.clock(ctx, tx.Client())
		if err != nil {
			return err
		}
		if err := insertPayments(ctx, tx, now, []domain.Payment{p}); err != nil {
			return err
		}
		if err := wakeTask(ctx, tx, now, domain.NewTask{Kind: domain.TaskQueryPayment, Ref: p.OrderNumber, Lane: p.Provider}); err != nil {
			return err
		}
		return insertCallback(ctx, tx, now, c)
	})
}

// FindByTransaction implements usecase.Payments.
func (s *Payments) FindByTransaction(ctx context.Context, provider, transactionID string) (domain.Payment, bool, error) {
	row, err := s.read.Payment.Query().
		Where(payment.ProviderEQ(provider), payment.TransactionIDEQ(transactionID)).Only(ctx)
	if ent.IsNotFound(err) {
		return domain.Payment{}, false, nil
	}
	if err != nil {
		return domain.Payment{}, false, fail(ctx, fmt.Errorf("read payment: %w", err))
	}
	return toPayment(row), true, nil
}

// Keep implements usecase.Payments.
func (s *Payments) Keep(ctx context.Context, c domain.Callback) error {
	return s.inTx(ctx, func(tx *ent.Tx) error {
		now, err := s.clock(ctx, tx.Client())
		if err != nil {
			return err
		}
		return insertCallback(ctx, tx, now, c)
	})
}
