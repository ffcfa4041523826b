package domain

import (
	"slices"
	"time"
)

// Order is what a customer wants, what it costs, and what became of it.
//
// An Order is used by one goroutine at a time.
type Order struct {
	number      string
	customer    string
	requestID   string
	requestHash string
	provider    string
	status      Status
	total       Money
	lines       []Line
	winner      string
	stockBack   bool
	createdAt   time.Time
	updatedAt   time.Time
	expiresAt   time.Time

	payments []Payment
	refunds  []Refund

	now     time.Time
	changes Changes
}

// Number identifies the order, for the customer and for the payment provider.
func (o *Order) Number() string { return o.number }

// Customer is who ordered.
func (o *Order) Customer() string { return o.customer }

// RequestID is the customer's own name for the wish to order.
func (o *Order) RequestID() string { return o.requestID }

// RequestHash tells two wishes with one request id apart.
func (o *Order) RequestHash() string { return o.requestHash }

// Provider is the payment provider the order was placed with; empty when not known.
func (o *Order) Provider() string { return o.provider }

// Status is where the order stands.
func (o *Order) Status() Status { return o.status }

// Total is what the order costs.
func (o *Order) Total() Money { return o.total }

// Lines are sorted by SKU, one per SKU.
func (o *Order) Lines() []Line { return slices.Clone(o.lines) }

// Items are the lines without prices, as product wants them.
func (o *Order) Items() []Item {
	items := make([]Item, len(o.lines))
	for i, line := range o.lines {
		items[i] = line.Item
	}
	return items
}

// Winner is the number of the payment that paid the order; empty when unpaid.
func (o *Order) Winner() string { return o.winner }

// Payments are all that arrived for the order, oldest first.
func (o *Order) Payments() []Payment { return slices.Clone(o.payments) }

// Refunds are all that were asked for, oldest first.
func (o *Order) Refunds() []Refund { return slices.Clone(o.refunds) }

// StockBack tells that a refunding order's stock is back, or given up.
func (o *Order) StockBack() bool { return o.stockBack }

// CreatedAt is when the order was placed, by the database's clock as all its times.
func (o *Order) CreatedAt() time.Time { return o.createdAt }

// UpdatedAt is when the order last changed.
func (o *Order) UpdatedAt() time.Time { return o.updatedAt }

// ExpiresAt is when an unpaid order has waited long enough.
func (o *Order) ExpiresAt() time.Time { return o.expiresAt }

// Changes is what happened since the order was placed or loaded.
func (o *Order) Changes() Changes { return o.changes }

// move brings the order to its next status, or reports that it cannot go there.
func (o *Order) move(t trigger) bool {
	next, ok := o.status.after(t)
	if ok {
		o.status = next
		o.changes.Status = true
	}
	return ok
}

// record appends to the history.
func (o *Order) record(e Event) { o.changes.Events = append(o.changes.Events, e) }

// Stored is an order as its keeper holds it.
type Stored struct {
	Number, Customer, RequestID, RequestHash, Provider string

	Status                          Status
	Total                           Money
	Lines                           []Line
	Winner                          string
	StockBack                       bool
	CreatedAt, UpdatedAt, ExpiresAt time.Time
	Payments                        []Payment
	Refunds                         []Refund
	// Now is the database's clock when the order was loaded.
	Now time.Time
}

// Restore makes the order that was stored. It is for the order's keeper alone: it
// checks nothing, because what is stored has happened.
func Restore(s Stored) *Order {
	return &Order{
		number: s.Number, customer: s.Customer, requestID: s.RequestID, requestHash: s.RequestHash,
		provider: s.Provider, status: s.Status, total: s.Total, lines: s.Lines, winner: s.Winner, stockBack: s.StockBack,
		createdAt: s.CreatedAt, updatedAt: s.UpdatedAt, expiresAt: s.ExpiresAt,
		payments: s.Payments, refunds: s.Refunds, now: s.Now,
	}
}
