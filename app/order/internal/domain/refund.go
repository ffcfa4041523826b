package domain

import (
	"fmt"
	"time"
)

// RefundState is how far a refund has come.
type RefundState string

const (
	RefundRequested RefundState = "requested"
	RefundSent      RefundState = "sent" // the provider may have been asked
	RefundConfirmed RefundState = "confirmed"
	RefundFailed    RefundState = "failed" // definitely: no money moved or ever will
)

// RefundSource is who started a refund.
type RefundSource string

const (
	SourceService  RefundSource = "service"  // the service itself
	SourceOperator RefundSource = "operator" // a person, through the service
	SourceProvider RefundSource = "provider" // somebody at the provider, as at its console
	SourceByHand   RefundSource = "by_hand"  // a person, past the provider's API
	// SourceChargeback is the customer's bank.
	SourceChargeback RefundSource = "chargeback"
)

// Refund is money of a payment on its way back. Its number makes it idempotent at
// the provider: asked twice, it is paid once.
type Refund struct {
	Number    string // the payment's, and a sequence
	Payment   string // number of the payment
	Amount    Money
	Source    RefundSource
	State     RefundState
	Reason    string
	By        string    // the person who asked for it or settled it
	Ref       string    // the provider's own id of it, if known
	CreatedAt time.Time // set by the store
}

// refundable is how much of a payment is neither back nor on its way.
func (o *Order) refundable(p Payment) int64 {
	left := p.Amount.Minor
	for _, r := range o.refunds {
		if r.Payment == p.Number && r.State != RefundFailed {
			left -= r.Amount.Minor
		}
	}
	return left
}

// confirmed is how much of a payment is back.
func (o *Order) confirmed(p Payment) int64 {
	var back int64
	for _, r := range o.refunds {
		if r.Payment == p.Number && r.State == RefundConfirmed {
			back += r.Amount.Minor
		}
	}
	return back
}

// confirmedThere is how much of a payment is back by the provider's own count of
// refunds, which knows no chargebacks and nothing that was done by hand.
func (o *Order) confirmedThere(p Payment) int64 {
	var back int64
	for _, r := range o.refunds {
		if r.Payment == p.Number && r.State == RefundConfirmed && r.Source != SourceByHand && r.Source != SourceChargeback {
			back += r.Amount.Minor
		}
	}
	return back
}

// refund asks for everything of a payment that is neither back nor on its way, and
// reports whether there was any.
func (o *Order) refund(p Payment, source RefundSource, reason, by string) bool {
	left := o.refundable(p)
	if left <= 0 {
		return false
	}
	o.settleFailed(p)
	r := o.addRefund(p, Refund{Amount: Money{Minor: left, Currency: p.Amount.Currency}, Source: source,
		State: RefundRequested, Reason: reason, By: by})
	o.record(Event{Kind: EventRefundRequested, Subject: r.Number, Note: reason})
	if !o.awaitsStock(p) {
		o.send(r, p)
	}
	return true
}

// settleFailed ends the tasks of refunds that failed: what they were for is done
// otherwise.
func (o *Order) settleFailed(p Payment) {
	for _, r := range o.refunds {
		if r.Payment == p.Number && r.State == RefundFailed {
			o.settleTask(TaskRefund, r.Number, TaskDone, "")
		}
	}
}

// addRefund gives a refund the payment's next number. A number is never used twice:
// the provider would answer with what became of the first.
func (o *Order) addRefund(p Payment, r Refund) Refund {
	sequence := 1
	for _, known := range o.refunds {
		if known.Payment == p.Number {
			sequence++
		}
	}
	r.Number, r.Payment = fmt.Sprintf("%s-%d", p.Number, sequence), p.Number
	o.refunds = append(o.refunds, r)
	o.changes.Refunds = append(o.changes.Refunds, r)
	return r
}

// send has the relay ask the provider.
func (o *Order) send(r Refund, p Payment) {
	o.changes.NewTasks = append(o.changes.NewTasks, NewTask{Kind: TaskRefund, Ref: r.Number, Lane: p.Provider})
}

// awaitsStock tells whether a payment's money has to wait until the stock is back:
// goods or money, never both.
func (o *Order) awaitsStock(p Payment) bool {
	return p.Number == o.winner && o.status == Refunding && !o.stockBack
}

// changeRefund stores what became of the refund at index i.
func (o *Order) changeRefund(i int, change func(*Refund)) Refund {
	change(&o.refunds[i])
	r := o.refunds[i]
	// A refund that is new in this change is stored as it is in the end.
	for j, added := range o.changes.Refunds {
		if added.Number == r.Number {
			o.changes.Refunds[j] = r
			return r
		}
	}
	o.changes.RefundsChanged = append(o.changes.RefundsChanged, r)
	return r
}

// settleTask ends a refund's task, whoever has it.
func (o *Order) settleTask(kind TaskKind, ref string, state TaskState, reason string) {
	o.changes.SettledTasks = append(o.changes.SettledTasks, TaskEnd{Claim: Claim{Kind: kind, Ref: ref}, State: state, Reason: reason})
}

// finishRefunding makes the order refunded once the winner's money is back in full,
// and the stock with it.
func (o *Order) finishRefunding() {
	p, ok := o.payment(o.winner)
	if !ok || o.confirmed(p) < p.Amount.Minor || o.awaitsStock(p) {
		return
	}
	if o.move(refundedInFull) {
		o.record(Event{Kind: EventRefunded})
	}
}

// payment finds a payment by its number.
func (o *Order) payment(number string) (Payment, bool) {
	for _, p := range o.payments {
		if p.Number == number {
			return p, true
		}
	}
	return Payment{}, false
}

// findRefund is the index of a refund, -1 when there is none for which is holds.
func (o *Order) findRefund(is func(Refund) bool) int {
	for i, r := range o.refunds {
		if is(r) {
			return i
		}
	}
	return -1
}
