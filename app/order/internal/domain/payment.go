package domain

import "time"

// Disposition is what a verified payment means for its order. Every payment has
// exactly one, and each but Winner leads to a refund or to a person.
type Disposition string

const (
	Winner    Disposition = "winner"    // pays the order
	Duplicate Disposition = "duplicate" // the order was paid already: goes back
	Late      Disposition = "late"      // the order could no longer be paid: goes back
	Mismatch  Disposition = "mismatch"  // of another amount or currency: held
	Orphan    Disposition = "orphan"    // names no order: held, and judged again
)

// Dispositions lists all there are.
func Dispositions() []Disposition {
	return []Disposition{Winner, Duplicate, Late, Mismatch, Orphan}
}

// Payment is money that arrived, as its provider reported it. It is kept for ever.
type Payment struct {
	Number        string
	Provider      string
	TransactionID string // the provider's
	OrderNumber   string // as the provider reported it: an orphan's order does not exist
	Amount        Money
	PaidAt        time.Time // as the provider reported it; zero when it did not
	Disposition   Disposition
	ReceivedAt    time.Time // set by the store
}

// Repeated judges a notice of a transaction that is known already: a replay when it
// says the same, a conflict when it names another order or amount.
func (p Payment) Repeated(n Notice) Verdict {
	if p.OrderNumber == n.OrderNumber && p.Amount == n.Amount {
		return VerdictReplay
	}
	return VerdictConflict
}
