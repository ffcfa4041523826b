package domain

import (
	"fmt"
	"time"
)

// RefundState is how far a refund has come.
type RefundState string

const (
	RefundRequested RefundState = "requested"
	RefundSent      RefundState = "sent"
	RefundConfirmed RefundState = "confirmed"
	RefundFailed    RefundState = "failed" // definitely, by the provider
)

// RefundSource is who started a refund.
type RefundSource string

// SourceService is a refund that the service itself decided on.
const SourceService RefundSource = "service"

// Refund is money of a payment on its way back. Its number makes it idempotent at
// the provider: asked twice, it is paid once.
type Refund struct {
	Number    string // the payment's, and a sequence
	Payment   string // number of the payment
	Amount    Money
	Source    RefundSource
	State     RefundState
	Reason    string
	CreatedAt time.Time // set by the store
}

// refund records that all the money of a payment goes back, once: a payment with
// a refund that is not failed gets no second one.
func (o *Order) refund(p Payment, reason string) {
	sequence := 1
	for _, r := range o.refunds {
		if r.Payment != p.Number {
			continue
		}
		if r.State != RefundFailed {
			return
		}
		sequence++
	}
	r := Refund{
		Number:  fmt.Sprintf("%s-%d", p.Number, sequence),
		Payment: p.Number,
		Amount:  p.Amount,
		Source:  SourceService,
		State:   RefundRequested,
		Reason:  reason,
	}
	o.refunds = append(o.refunds, r)
	o.changes.Refunds = append(o.changes.Refunds, r)
	o.changes.NewTasks = append(o.changes.NewTasks, NewTask{Kind: TaskRefund, Ref: r.Number})
	o.record(Event{Kind: EventRefundRequested, Subject: r.Number, Note: reason})
}
