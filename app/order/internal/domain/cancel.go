package domain

import (
	"errors"
	"fmt"
	"time"
)

// ErrNotCancellable is returned when an order was paid already.
var ErrNotCancellable = errors.New("order is not cancellable")

// Cancel cancels an order that nobody has paid. Cancelling it again changes nothing.
// ErrNotCancellable is returned for an order that was paid.
func (o *Order) Cancel() error {
	if o.status == Cancelled {
		return nil
	}
	if !o.move(cancel) {
		return fmt.Errorf("order %s is %s: %w", o.number, o.status, ErrNotCancellable)
	}
	o.record(Event{Kind: EventCancelled})
	o.refundHeld()
	return nil
}

// Expire cancels an unpaid order whose time, and the grace for payments that are
// still on their way, is over. It reports whether it did.
func (o *Order) Expire(grace time.Duration) bool {
	if o.now.Before(o.expiresAt.Add(grace)) || !o.move(expire) {
		return false
	}
	o.record(Event{Kind: EventExpired})
	o.refundHeld()
	return true
}
