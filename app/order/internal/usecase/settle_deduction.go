package usecase

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/stockonce/stockonce/app/order/internal/domain"
)

// settleTimeout bounds recording product's answer after a try, so that a callback
// is answered in time even when the database is slow. What is not recorded here
// the relay settles.
const settleTimeout = time.Second

// Deduction is a claimed deduct task with what it takes.
type Deduction struct {
	Claim domain.Claim
	Items []domain.Item
}

// SettleDeduction has product take a paid order's stock and records the answer.
type SettleDeduction struct {
	orders   Orders
	deductor StockDeductor
	signals  Signals
}

// NewSettleDeduction makes the usecase.
func NewSettleDeduction(orders Orders, deductor StockDeductor, signals Signals) *SettleDeduction {
	return &SettleDeduction{orders: orders, deductor: deductor, signals: signals}
}

// Try is the immediate try of the request that made the task. It reports nothing:
// what it leaves undone is the task's, and the relay carries on.
//
// The payment is recorded already, so a caller that hangs up does not stop it; one that
// waits does not wait longer than it was going to.
func (uc *SettleDeduction) Try(ctx context.Context, d Deduction) {
	answer, err := uc.deductor.Try(ctx, d.Claim.Ref, d.Items)
	if err != nil {
		return
	}
	until := time.Now().Add(settleTimeout)
	if deadline, ok := ctx.Deadline(); ok && deadline.Before(until) {
		until = deadline
	}
	ctx, cancel := context.WithDeadline(context.WithoutCancel(ctx), until)
	defer cancel()
	if err := ignoreLost(uc.settle(ctx, d.Claim, answer)); err != nil {
		uc.signals.TaskPostponed(ctx, d.Claim, domain.ClaimedFor, err)
	}
}

// Do works on a claimed deduct task until product has answered and the answer is
// recorded. An error means that the task is as it was: undecided.
func (uc *SettleDeduction) Do(ctx context.Context, c domain.Claim) error {
	o, err := uc.orders.Find(ctx, c.Ref)
	if err != nil {
		return fmt.Errorf("find order %s: %w", c.Ref, err)
	}
	answer, err := uc.deductor.Deduct(ctx, o.Number(), o.Items())
	if errors.Is(err, ErrRejected) {
		return &HopelessError{Reason: err.Error()}
	}
	if err != nil {
		return fmt.Errorf("deduct stock of order %s: %w", c.Ref, err)
	}
	return uc.settle(ctx, c, answer)
}

func (uc *SettleDeduction) settle(ctx context.Context, c domain.Claim, answer domain.Outcome) error {
	var end domain.TaskEnd
	err := uc.orders.Update(ctx, c.Ref, func(o *domain.Order) error {
		end = o.Settle(answer, c)
		return nil
	})
	if err != nil {
		return fmt.Errorf("settle deduction of order %s: %w", c.Ref, err)
	}
	uc.signals.DeductionSettled(ctx, c.Ref, answer)
	if end.State == domain.TaskDead {
		uc.signals.TaskDied(ctx, end)
	}
	return nil
}
