package domain

import (
	"errors"
	"fmt"
	"time"
)

// ErrNotCancellable is returned when an order was paid already.
var ErrNotCancellable = errors.New("order is not cancellable")

// Cancel cancels an order that nobody has paid. Cancelling it again changes nothing.
// With closeTrade its trade is closed at the provider, so that nobody can pay it any
// more. ErrNotCancellable is returned for an order that was paid.
func (o *Order) Cancel(closeTrade bool) error {
	if o.status == Cancelled {
		return nil
	}
	if !o.move(cancel) {
		return fmt.Errorf("order %s is %s: %w", o.number, o.status, ErrNotCancellable)
	}
	o.record(Event{Kind: EventCancelled})
	o.over(closeTrade)
	return nil
}

// over is what follows when an order will not be paid.
func (o *Order) over(closeTrade bool) {
	o.refundHeld()
	if closeTrade {
		o.changes.NewTasks = append(o.changes.NewTasks, NewTask{Kind: TaskClosePayment, Ref: o.number, Lane: o.provider})
	}
}

// Expire cancels an unpaid order whose time, and the grace for payments that are
// still on their way, is over. It reports whether it did.
func (o *Order) Expire(grace time.Duration) bool {
	if o.now.Before(o.expiresAt.Add(grace)) || !o.move(expire) {
		return false
	}
	o.record(Event{Kind: EventExpired})
	o.over(false)
	return true
}

// NotPaid records that the provider knows of no payment, asked at the given time by
// the database's clock. Asked after the order's expiry, that cancels the order, and
// its trade is closed: a payment made in time would have been known. It reports
// whether it did.
func (o *Order) NotPaid(asked time.Time) bool {
	if asked.Before(o.expiresAt) || !o.move(expire) {
		return false
	}
	o.record(Event{Kind: EventExpired, Note: "the provider knows of no payment"})
	o.over(true)
	return true
}

// QueryIn is how long to wait before the provider is asked about the order: until
// the next of the times after placing that lies ahead, at the latest until expiry.
// Once that is over, it is now.
func (o *Order) QueryIn(after []time.Duration) time.Duration {
	next := o.expiresAt
	for _, d := range after {
		if at := o.createdAt.Add(d); at.After(o.now) && at.Before(next) {
			next = at
		}
	}
	return max(0, next.Sub(o.now))
}

// WatchPayment has the provider asked about the order, for the first time after so
// long.
func (o *Order) WatchPayment(in time.Duration) {
	o.changes.NewTasks = append(o.changes.NewTasks,
		NewTask{Kind: TaskQueryPayment, Ref: o.number, Lane: o.provider, In: in})
}
