package domain

import (
	"slices"
	"time"
)

// Record is all that order knows of one of its orders.
type Record struct {
	Order *Order
	// Tasks are those of Needed that there are.
	Tasks []TaskRecord
	// StockKept tells that a person kept the stock of a refunded order out.
	StockKept bool
}

// TaskRecord is a task as it was stored.
type TaskRecord struct {
	Kind      TaskKind
	Ref       string
	Lane      string
	State     TaskState
	NextAt    time.Time
	CreatedAt time.Time // or when it last began anew
	UpdatedAt time.Time
	LastError string
}

// open tells whether a task is not done.
func (r *Record) open(kind TaskKind, ref string) bool {
	return slices.ContainsFunc(r.Tasks, func(t TaskRecord) bool {
		return t.Kind == kind && t.Ref == ref && t.State != TaskDone
	})
}

// Same tells whether two records, read one after the other, say the same of their
// order: then it was so all the time between.
func (r *Record) Same(s *Record) bool {
	a, b := r.Order, s.Order
	return a.number == b.number && a.status == b.status && a.updatedAt.Equal(b.updatedAt) &&
		a.winner == b.winner && a.stockBack == b.stockBack && r.StockKept == s.StockKept &&
		slices.EqualFunc(a.payments, b.payments, samePayment) && slices.EqualFunc(a.refunds, b.refunds, sameRefund) &&
		slices.EqualFunc(r.Tasks, s.Tasks, sameTask)
}

func samePayment(a, b Payment) bool {
	return a.Number == b.Number && a.Disposition == b.Disposition && a.Amount == b.Amount
}

func sameRefund(a, b Refund) bool {
	return a.Number == b.Number && a.State == b.State && a.Amount == b.Amount
}

func sameTask(a, b TaskRecord) bool {
	return a.Kind == b.Kind && a.Ref == b.Ref && a.State == b.State && a.NextAt.Equal(b.NextAt) && a.UpdatedAt.Equal(b.UpdatedAt)
}

// Unchanged is for how long the order has not changed, by the database's clock.
func (r *Record) Unchanged() time.Duration { return max(0, r.Order.now.Sub(r.Order.updatedAt)) }

// StockState is what product has stored for an order number.
type StockState string

const (
	StockUnknown  StockState = "" // movements, but no answer
	StockDeducted StockState = "deducted"
	StockRefused  StockState = "refused"
	StockReleased StockState = "released"
)

// StockRecord is all that product knows of one order number.
type StockRecord struct {
	OrderNumber string
	State       StockState
	// Taken and Returned are what the ledger says, sorted by SKU.
	Taken     []Item
	Returned  []Item
	Unchanged time.Duration // by product's database
}

// StockLevel is a SKU's stock beside the sum of its movements.
type StockLevel struct {
	SKU          string
	Stock, Moved int64
}
