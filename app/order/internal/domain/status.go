package domain

import "fmt"

// Status is where an order stands. The empty status is none.
type Status string

const (
	Created       Status = "created"       // placed, not paid
	Cancelled     Status = "cancelled"     // by the customer or by time, before it was paid
	Paid          Status = "paid"          // the stock is being taken
	Fulfilled     Status = "fulfilled"     // paid, and the stock is taken
	Unfulfillable Status = "unfulfillable" // paid, but the stock was short
	Refunding     Status = "refunding"     // stock and money are on their way back
	Refunded      Status = "refunded"      // the winner's money is back in full
)

// Statuses lists all there are.
func Statuses() []Status {
	return []Status{Created, Cancelled, Paid, Fulfilled, Unfulfillable, Refunding, Refunded}
}

// trigger is what can move an order from one status to another.
type trigger string

const (
	cancel         trigger = "cancel"
	expire         trigger = "expire"
	win            trigger = "win"              // a payment of the right amount arrived
	deduct         trigger = "deduct"           // product stored the deduction
	refuse         trigger = "refuse"           // product stored a refusal
	askRefund      trigger = "ask refund"       // by an operator, or at the provider
	refundedInFull trigger = "refunded in full" // the winner's refunds are confirmed
)

// moves is the whole state machine: what is not listed cannot happen.
var moves = map[Status]map[trigger]Status{
	Created:       {cancel: Cancelled, expire: Cancelled, win: Paid},
	Cancelled:     {},
	Paid:          {deduct: Fulfilled, refuse: Unfulfillable, askRefund: Refunding},
	Fulfilled:     {askRefund: Refunding},
	Unfulfillable: {refundedInFull: Refunded},
	Refunding:     {refundedInFull: Refunded},
	Refunded:      {},
}

// after is the status an order gets from a trigger, or false when it cannot happen.
func (s Status) after(t trigger) (Status, bool) {
	next, ok := moves[s][t]
	return next, ok
}

// ParseStatus is the status stored as s. An unknown one is an error: it was
// written by a newer version, and guessing would be worse than waiting.
func ParseStatus(s string) (Status, error) {
	if _, ok := moves[Status(s)]; !ok {
		return "", fmt.Errorf("unknown order status %q", s)
	}
	return Status(s), nil
}
