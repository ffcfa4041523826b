package store

import (
	"context"
	"fmt"
	"time"

	"github.com/stockonce/stockonce/app/internal/platform/dbtx"
	"github.com/stockonce/stockonce/app/order/internal/adapter/store/ent"
	"github.com/stockonce/stockonce/app/order/internal/adapter/store/ent/order"
	"github.com/stockonce/stockonce/app/order/internal/adapter/store/ent/payment"
	"github.com/stockonce/stockonce/app/order/internal/domain"
	"github.com/stockonce/stockonce/app/order/internal/usecase"
)

// save writes everything that an order recorded since its row was locked.
func save(ctx context.Context, tx *ent.Tx, row *ent.Order, o *domain.Order, now time.Time) error {
	changes := o.Changes()
	if err := saveHead(ctx, tx, row, o, now); err != nil {
		return err
	}
	if err := insertPayments(ctx, tx, now, changes.Payments); err != nil {
		return err
	}
	for _, p := range changes.Judged {
		err := tx.Payment.Update().Where(payment.NumberEQ(p.Number)).SetDisposition(string(p.Disposition)).Exec(ctx)
		if err != nil {
			return fmt.Errorf("update payment: %w", err)
		}
	}
	if err := insertRefunds(ctx, tx, now, changes.Refunds); err != nil {
		return err
	}
	if err := insertTasks(ctx, tx, now, changes.NewTasks); err != nil {
		return err
	}
	for _, end := range changes.EndTasks {
		if err := endTask(ctx, tx, now, end); err != nil {
			return err
		}
	}
	if err := insertEvents(ctx, tx, row.Number, row.Events, now, changes.Events); err != nil {
		return err
	}
	if changes.Callback != nil {
		return insertCallback(ctx, tx, now, *changes.Callback)
	}
	return nil
}

// saveHead writes the order's own row, if something about it changed.
func saveHead(ctx context.Context, tx *ent.Tx, row *ent.Order, o *domain.Order, now time.Time) error {
	changes := o.Changes()
	if !changes.Status && len(changes.Events) == 0 {
		return nil
	}
	n, err := tx.Order.Update().
		Where(order.IDEQ(row.ID), order.VersionEQ(row.Version)).
		SetStatus(string(o.Status())).SetWinner(o.Winner()).
		SetVersion(row.Version + 1).SetEvents(row.Events + int64(len(changes.Events))).
		SetUpdatedAt(now).
		Save(ctx)
	if err != nil {
		return fmt.Errorf("update order: %w", err)
	}
	if n != 1 {
		return dbtx.ErrConflict
	}
	return nil
}

func insertPayments(ctx context.Context, tx *ent.Tx, now time.Time, payments []domain.Payment) error {
	rows := make([]*ent.PaymentCreate, len(payments))
	for i, p := range payments {
		rows[i] = tx.Payment.Create().
			SetNumber(p.Number).SetProvider(p.Provider).SetTransactionID(p.TransactionID).
			SetOrderNumber(p.OrderNumber).SetAmount(p.Amount.Minor).SetCurrency(p.Amount.Currency).
			SetDisposition(string(p.Disposition)).SetNillablePaidAt(nilIfZero(p.PaidAt)).SetCreatedAt(now)
	}
	if len(rows) == 0 {
		return nil
	}
	err := tx.Payment.CreateBulk(rows...).Exec(ctx)
	if dbtx.Duplicate(err) {
		// The number is fresh, so it is the provider's transaction that is known.
		return usecase.ErrTransactionTaken
	}
	if err != nil {
		return fmt.Errorf("insert payment: %w", err)
	}
	return nil
}

func insertRefunds(ctx context.Context, tx *ent.Tx, now time.Time, refunds []domain.Refund) error {
	rows := make([]*ent.RefundCreate, len(refunds))
	for i, r := range refunds {
		rows[i] = tx.Refund.Create().
			SetID(r.Number).SetPayment(r.Payment).SetAmount(r.Amount.Minor).SetCurrency(r.Amount.Currency).
			SetSource(string(r.Source)).SetState(string(r.State)).SetReason(clip(r.Reason, 255)).
			SetCreatedAt(now).SetUpdatedAt(now)
	}
	if len(rows) == 0 {
		return nil
	}
	if err := tx.Refund.CreateBulk(rows...).Exec(ctx); err != nil {
		return fmt.Errorf("insert refund: %w", err)
	}
	return nil
}

// insertEvents appends to an order's history, which has so many entries already.
func insertEvents(ctx context.Context, tx *ent.Tx, number string, have int64, now time.Time, events []domain.Event) error {
	rows := make([]*ent.OrderEventCreate, len(events))
	for i, e := range events {
		rows[i] = tx.OrderEvent.Create().
			SetOrderNumber(number).SetSequence(have + int64(i) + 1).
			SetKind(string(e.Kind)).SetSubject(e.Subject).SetNote(clip(e.Note, 500)).SetCreatedAt(now)
	}
	if len(rows) == 0 {
		return nil
	}
	if err := tx.OrderEvent.CreateBulk(rows...).Exec(ctx); err != nil {
		return fmt.Errorf("insert event: %w", err)
	}
	return nil
}

func nilIfZero(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}
