package book

import (
	"crypto/rand"
	"slices"
	"time"
)

// Notice is what a provider reports: a payment, or a refund of one, as they were then.
type Notice struct {
	// ID stays the same over all tries.
	ID string `json:"id"`
	// At is when it happened.
	At      time.Time `json:"at"`
	Payment Payment   `json:"payment"`
	// Event is how the provider names what happened, where one thing has several names.
	Event string `json:"event,omitempty"`
	// Refund is set when the notice is about it.
	Refund *Refund `json:"refund,omitempty"`
}

// PaymentNotice tells a payment, under an id that no other notice has.
func PaymentNotice(p Payment, at time.Time) Notice {
	return Notice{ID: rand.Text(), At: at, Payment: p}
}

// RefundNotice tells a refund of a payment, under an id that no other notice has.
func RefundNotice(p Payment, r Refund, event string, at time.Time) Notice {
	return Notice{ID: rand.Text(), At: at, Event: event, Payment: p, Refund: &r}
}

// DeliveryState is how far the delivery of a notice has come.
type DeliveryState string

const (
	Waiting DeliveryState = "waiting" // for its next try
	Taken   DeliveryState = "taken"   // answered as the provider wants
	GivenUp DeliveryState = "given_up"
)

// Delivery is a notice on its way to the merchant.
type Delivery struct {
	Notice
	State  DeliveryState `json:"state"`
	Tries  int           `json:"tries"`
	NextAt time.Time     `json:"nextAt,omitzero"`
	// Answer is what the last try got, for people.
	Answer string `json:"answer,omitempty"`
}

// Deliver records that a notice is to be sent.
func (b *Book) Deliver(n Notice, now time.Time) error {
	return b.change(func() error {
		b.data.Deliveries = append(b.data.Deliveries, Delivery{Notice: n, State: Waiting, NextAt: now})
		return nil
	})
}

// Tried records what became of a try: d as it is after that.
func (b *Book) Tried(d Delivery) error {
	return b.change(func() error {
		i := slices.IndexFunc(b.data.Deliveries, func(known Delivery) bool { return known.ID == d.ID })
		b.data.Deliveries[i] = d
		return nil
	})
}

// Undelivered returns the deliveries that wait for a try, the one due first first.
func (b *Book) Undelivered() []Delivery {
	b.mu.Lock()
	defer b.mu.Unlock()
	var found []Delivery
	for _, d := range b.data.Deliveries {
		if d.State == Waiting {
			found = append(found, d)
		}
	}
	slices.SortStableFunc(found, func(d, e Delivery) int { return d.NextAt.Compare(e.NextAt) })
	return found
}

// Deliveries returns all deliveries, oldest first.
func (b *Book) Deliveries() []Delivery {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.data.Deliveries)
}
