package domain

import (
	"errors"
	"fmt"
)

var (
	// ErrNotRefundable is returned when there is nothing of an order or payment to
	// give back, or it is on its way already.
	ErrNotRefundable = errors.New("nothing to refund")
	// ErrStockUndecided is returned when goods shall be kept out of stock that nobody
	// has taken yet.
	ErrStockUndecided = errors.New("the stock is not taken yet, so it cannot be kept out")
	// ErrNotAcceptable is returned when a payment is not held, or its order went
	// another way meanwhile.
	ErrNotAcceptable = errors.New("payment cannot be accepted")
	// ErrUnknownPayment is returned when the order has no such payment.
	ErrUnknownPayment = errors.New("unknown payment")
	// ErrUnknownRefund is returned when the order has no such refund.
	ErrUnknownRefund = errors.New("unknown refund")
	// ErrRefundDone is returned when a refund is confirmed and cannot be settled again.
	ErrRefundDone = errors.New("refund is confirmed")
)

// Accept takes a held mismatch as the order's payment, as a person decided. It is
// possible only while the order is created; ErrNotAcceptable is returned otherwise.
func (o *Order) Accept(payment, by string) error {
	for i, p := range o.payments {
		if p.Number != payment {
			continue
		}
		if p.Disposition != Mismatch || o.status != Created || o.refundable(p) != p.Amount.Minor {
			if o.status == "" {
				return fmt.Errorf("payment %s is %s, and there is no order %s: %w", payment, p.Disposition, o.number, ErrNotAcceptable)
			}
			return fmt.Errorf("payment %s is %s, the order is %s: %w", payment, p.Disposition, o.status, ErrNotAcceptable)
		}
		o.payments[i].Disposition = Winner
		o.changes.Judged = append(o.changes.Judged, o.payments[i])
		o.record(Event{Kind: EventPaymentAccepted, Subject: payment, Note: "by " + by})
		o.settlePayment(o.payments[i], "")
		return nil
	}
	return fmt.Errorf("payment %s: %w", payment, ErrUnknownPayment)
}

// GiveBack refunds a payment as a person decided: a held one at once, the winner
// after the stock is back. With keepStock the goods of a fulfilled order are lost:
// its money goes back, its stock does not. A refund that failed is asked for again
// under its next number.
//
// ErrUnknownPayment, ErrNotRefundable and ErrStockUndecided are returned.
func (o *Order) GiveBack(payment, reason, by string, keepStock bool) error {
	p, ok := o.payment(payment)
	if !ok {
		return fmt.Errorf("payment %s: %w", payment, ErrUnknownPayment)
	}
	if o.refundable(p) <= 0 {
		return fmt.Errorf("payment %s: %w", payment, ErrNotRefundable)
	}
	if keepStock && (p.Number != o.winner || o.status != Fulfilled) {
		return fmt.Errorf("payment %s: %w", payment, ErrStockUndecided)
	}
	if p.Disposition == Orphan {
		// Decided: an order that appears now must not take it.
		o.judged(p, Late)
		if o.status == "" && !o.HasOrphans() { // nothing is left to be judged again
			o.settleTask(TaskQueryPayment, o.number, TaskDone, "")
		}
	}
	if p.Number == o.winner && (o.status == Paid || o.status == Fulfilled) {
		if keepStock {
			o.stockBack = true
			o.record(Event{Kind: EventStockKept, Note: "by " + by})
		}
		o.giveBack()
	}
	o.refund(p, SourceOperator, reason, by)
	return nil
}

// giveBack begins to return the stock of a paid or fulfilled order. A deduction
// that is still undecided is replaced: product answers whichever comes first, and a
// deduction that comes after the release takes nothing.
func (o *Order) giveBack() {
	undecided := o.status == Paid
	if !o.move(askRefund) {
		return
	}
	o.record(Event{Kind: EventRefunding})
	if undecided {
		o.settleTask(TaskDeduct, o.number, TaskDone, "")
	}
	if !o.stockBack {
		o.changes.NewTasks = append(o.changes.NewTasks, NewTask{Kind: TaskRelease, Ref: o.number})
	}
}

// Released records that product has the order's stock back, or never gave any, and
// lets go of the money. It ends the task behind claim.
func (o *Order) Released(claim Claim) {
	if o.status == Refunding && !o.stockBack {
		o.stockBack = true
		o.changes.Status = true
		o.record(Event{Kind: EventStockReleased})
		if p, ok := o.payment(o.winner); ok {
			for _, r := range o.refunds {
				if r.Payment == p.Number && r.State == RefundRequested {
					o.send(r, p)
				}
			}
		}
		o.finishRefunding()
	}
	o.changes.EndTasks = append(o.changes.EndTasks, TaskEnd{Claim: claim, State: TaskDone})
}

// SettleByHand records that a person gave the money back past the provider's API.
// A refund that failed is over: its successor is recorded.
//
// ErrUnknownRefund, ErrRefundDone and ErrNotRefundable are returned.
func (o *Order) SettleByHand(number, reason, by string) error {
	i := o.findRefund(func(r Refund) bool { return r.Number == number })
	if i < 0 {
		return fmt.Errorf("refund %s: %w", number, ErrUnknownRefund)
	}
	r := o.refunds[i]
	p, _ := o.payment(r.Payment)
	switch {
	case r.State == RefundConfirmed:
		return fmt.Errorf("refund %s: %w", number, ErrRefundDone)
	case o.awaitsStock(p):
		return fmt.Errorf("refund %s waits for the order's stock: %w", number, ErrNotRefundable)
	case r.State == RefundFailed && o.refundable(p) < r.Amount.Minor:
		return fmt.Errorf("refund %s has a successor: %w", number, ErrNotRefundable)
	case r.State != RefundFailed && o.confirmed(p)+r.Amount.Minor > p.Amount.Minor:
		return fmt.Errorf("refund %s: the money went back on another way: %w", number, ErrNotRefundable)
	}
	settled := Refund{Amount: r.Amount, Source: SourceByHand, State: RefundConfirmed, Reason: reason, By: by}
	if r.State == RefundFailed {
		r = o.addRefund(p, settled)
	} else {
		o.changeRefund(i, func(r *Refund) {
			r.Source, r.State, r.Reason, r.By = settled.Source, settled.State, settled.Reason, settled.By
		})
	}
	o.settleTask(TaskRefund, number, TaskDone, "")
	if o.refundable(p) <= 0 {
		o.settleFailed(p)
	}
	o.record(Event{Kind: EventRefundConfirmed, Subject: r.Number, Note: "by hand, by " + by})
	o.finishRefunding()
	return nil
}
