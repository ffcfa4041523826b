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
func (s *Orders) save(ctx context.Context, tx *ent.Tx, row *ent.Order, o *domain.Order, now time.Time) error {
	if err := saveHead(ctx, tx, row, o, now); err != nil {
		return err
	}
	if err := saveParts(ctx, tx, o.Changes(), now); err != nil {
		return err
	}
	return s.insertEvents(ctx, tx, o, row.Events, now)
}

// saveParts writes what belongs to an order's payments, and is written also for
// payments that no order takes.
func saveParts(ctx context.Context, tx *ent.Tx, changes domain.Changes, now time.Time) error {
	if err := insertPayments(ctx, tx, now, changes.Payments); err != nil {
		return err
	}
	if err := judgePayments(ctx, tx, changes.Judged); err != nil {
		return err
	}
	if err := insertRefunds(ctx, tx, now, changes.Refunds); err != nil {
		return err
	}
	if err := updateRefunds(ctx, tx, now, changes.RefundsChanged); err != nil {
		return err
	}
	if err := insertTasks(ctx, tx, now, changes.NewTasks); err != nil {
		return err
	}
	for _, t := range changes.WokenTasks {
		if err := wakeTask(ctx, tx, now, t); err != nil {
			return err
		}
	}
	for _, end := range changes.EndTasks {
		if err := endTask(ctx, tx, now, end); err != nil {
			return err
		}
	}
	if err := settleTasks(ctx, tx, now, changes.SettledTasks); err != nil {
		return err
	}
	if err := decideTasks(ctx, tx, now, changes.DecidedTasks); err != nil {
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
		SetStatus(string(o.Status())).SetWinner(o.Winner()).SetStockBack(o.StockBack()).
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

// judgePayments gives held payments their disposition. One that another judged since
// it was read is left to a fresh look.
func judgePayments(ctx context.Context, tx *ent.Tx, payments []domain.Payment) error {
	held := []string{string(domain.Orphan), string(domain.Mismatch)}
	for _, p := range payments {
		n, err := tx.Payment.Update().Where(payment.NumberEQ(p.Number), payment.DispositionIn(held...)).
			SetDisposition(string(p.Disposition)).Save(ctx)
		if err != nil {
			return fmt.Errorf("update payment: %w", err)
		}
		if n != 1 {
			return dbtx.ErrConflict
		}
	}
	return nil
}

func insertRefunds(ctx context.Context, tx *ent.Tx, now time.Time, refunds []domain.Refund) error {
	rows := make([]*ent.RefundCreate, len(refunds))
	for i, r := range refunds {
		rows[i] = tx.Refund.Create().
			SetID(r.Number).SetPayment(r.Payment).SetAmount(r.Amount.Minor).SetCurrency(r.Amount.Currency).
			SetSource(string(r.Source)).SetState(string(r.State)).SetReason(clip(r.Reason, 255)).
			SetByWhom(clip(r.By, 64)).SetProviderRef(r.Ref).
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

func updateRefunds(ctx context.Context, tx *ent.Tx, now time.Time, refunds []domain.Refund) error {
	for _, r := range refunds {
		err := tx.Refund.UpdateOneID(r.Number).
			SetSource(string(r.Source)).SetState(string(r.State)).SetReason(clip(r.Reason, 255)).
			SetByWhom(clip(r.By, 64)).SetProviderRef(r.Ref).SetUpdatedAt(now).Exec(ctx)
		if err != nil {
			return fmt.Errorf("update refund: %w", err)
		}
	}
	return nil
}

func nilIfZero(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}
