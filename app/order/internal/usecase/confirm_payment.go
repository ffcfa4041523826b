package usecase

import (
	"context"
	"errors"
	"fmt"

	"github.com/stockonce/stockonce/app/order/internal/domain"
)

// ConfirmPayment records what a payment provider reported.
type ConfirmPayment struct {
	orders   Orders
	payments Payments
	settle   *SettleDeduction
	newID    NewID
	signals  Signals
}

// NewConfirmPayment makes the usecase.
func NewConfirmPayment(
	orders Orders, payments Payments, settle *SettleDeduction, newID NewID, signals Signals,
) *ConfirmPayment {
	return &ConfirmPayment{orders: orders, payments: payments, settle: settle, newID: newID, signals: signals}
}

// Do records a verified notice, and has a winner's stock taken if product answers
// at once. When it returns nil everything that follows from the notice is stored,
// and happens even if this process ends now. An error means that nothing is stored:
// the provider must send the notice again.
func (uc *ConfirmPayment) Do(ctx context.Context, n domain.Notice) error {
	_, err := uc.judge(ctx, n)
	return err
}

// judge is Do, and tells the verdict.
func (uc *ConfirmPayment) judge(ctx context.Context, n domain.Notice) (domain.Verdict, error) {
	verdict, winner, err := uc.record(ctx, n)
	if err != nil {
		return "", fmt.Errorf("confirm payment %s of order %s: %w", n.TransactionID, n.OrderNumber, err)
	}
	uc.signals.NoticeJudged(ctx, n, verdict)
	if winner != nil {
		uc.settle.Try(ctx, *winner)
	}
	return verdict, nil
}

// record stores the notice. It returns the winner's deduction when there is one to try.
func (uc *ConfirmPayment) record(ctx context.Context, n domain.Notice) (domain.Verdict, *Deduction, error) {
	switch {
	case n.Verdict != "":
		return n.Verdict, nil, uc.keep(ctx, n, n.Verdict)
	case n.Refund != nil:
		verdict, err := uc.refunded(ctx, n)
		return verdict, nil, err
	}
	var verdict domain.Verdict
	number, token := uc.newID(), uc.newID()
	deduction := Deduction{Claim: domain.Claim{Kind: domain.TaskDeduct, Ref: n.OrderNumber, Token: token}}
	err := uc.orders.Update(ctx, n.OrderNumber, func(o *domain.Order) error {
		verdict = o.Pay(n, number, token)
		deduction.Items = o.Items()
		return nil
	})
	if errors.Is(err, ErrOrderNotFound) {
		verdict = domain.VerdictOrphan
		err = uc.payments.Hold(ctx, domain.Hold(n, number), domain.Callback{Notice: n, Verdict: verdict})
	}
	if errors.Is(err, ErrTransactionTaken) {
		verdict, err = uc.repeated(ctx, n)
	}
	if err != nil || verdict != domain.VerdictWinner {
		return verdict, nil, err
	}
	return verdict, &deduction, nil
}

// repeated judges a transaction that is kept already, though not with this order.
func (uc *ConfirmPayment) repeated(ctx context.Context, n domain.Notice) (domain.Verdict, error) {
	known, found, err := uc.payments.FindByTransaction(ctx, n.Provider, n.TransactionID)
	if err != nil {
		return "", fmt.Errorf("find payment of transaction: %w", err)
	}
	if !found {
		// Payments are never deleted, so this is a reader behind its writer.
		return "", fmt.Errorf("payment not to be seen yet: %w", ErrTransactionTaken)
	}
	verdict := known.Repeated(n)
	return verdict, uc.keep(ctx, n, verdict)
}

// keep stores a notice that has no effect.
func (uc *ConfirmPayment) keep(ctx context.Context, n domain.Notice, v domain.Verdict) error {
	if err := uc.payments.Keep(ctx, domain.Callback{Notice: n, Verdict: v}); err != nil {
		return fmt.Errorf("keep notice: %w", err)
	}
	return nil
}
