package usecase

import (
	"context"
	"errors"
	"fmt"

	"github.com/stockonce/stockonce/app/order/internal/domain"
)

// refunded records a notice about a refund, whoever asked for it. One that comes
// before its payment, as providers promise no order, is held until that is known.
func (uc *ConfirmPayment) refunded(ctx context.Context, n domain.Notice) (domain.Verdict, error) {
	known, found, err := uc.payments.FindByTransaction(ctx, n.Provider, n.TransactionID)
	switch {
	case err != nil:
		return "", fmt.Errorf("find payment of refund: %w", err)
	case !found && n.OrderNumber == "":
		return domain.VerdictOrphan, uc.keep(ctx, n, domain.VerdictOrphan)
	case !found:
		if err := uc.payments.HoldRefund(ctx, domain.Callback{Notice: n, Verdict: domain.VerdictOrphan}); err != nil {
			return "", fmt.Errorf("hold notice of refund: %w", err)
		}
		return domain.VerdictOrphan, nil
	}
	var verdict domain.Verdict
	var ended []domain.TaskEnd
	err = uc.orders.UpdatePayments(ctx, known.OrderNumber, func(o *domain.Order) error {
		verdict = o.RecordRefund(n)
		ended = o.Changes().SettledTasks
		return nil
	})
	if err != nil {
		return "", fmt.Errorf("record refund: %w", err)
	}
	if verdict == domain.VerdictRefund {
		uc.signals.RefundReported(ctx, n.Provider, domain.RefundReport{
			State: n.Refund.State, Ref: n.Refund.Ref, Stuck: n.Refund.Stuck, Reason: n.Refund.Reason,
		})
	}
	for _, end := range ended {
		if end.State == domain.TaskDead {
			uc.signals.TaskDied(ctx, end)
		}
	}
	return verdict, nil
}

// ApplyHeldRefunds applies the notices of refunds that came before their payment, and
// reports whether all found it. Applied again, they change nothing.
func (uc *ConfirmPayment) ApplyHeldRefunds(ctx context.Context, orderNumber string) (bool, error) {
	notices, err := uc.payments.HeldRefunds(ctx, orderNumber)
	if err != nil || len(notices) == 0 {
		return err == nil, err
	}
	all := true
	err = uc.orders.UpdatePayments(ctx, orderNumber, func(o *domain.Order) error {
		all = true
		for _, n := range notices {
			if o.ApplyRefund(n) == domain.VerdictOrphan {
				all = false
			}
		}
		return nil
	})
	if errors.Is(err, ErrOrderNotFound) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("apply held refunds: %w", err)
	}
	return all, nil
}
