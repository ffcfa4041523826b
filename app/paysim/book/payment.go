package book

import (
	"cmp"
	"slices"
	"time"
)

// State is how a payment stands, in words all providers share.
type State string

const (
	Pending State = "pending" // the trade waits for the customer
	Paid    State = "paid"
	Failed  State = "failed" // this try failed; the customer may try again
	Closed  State = "closed" // never paid, and never will be
)

// Payment is one transaction at a provider.
type Payment struct {
	Provider      string `json:"provider"`
	OrderNumber   string `json:"orderNumber"`
	TransactionID string `json:"transactionId"`
	// Amount is in minor units.
	Amount   int64  `json:"amount"`
	Currency string `json:"currency"`
	State    State  `json:"state"`
	// Word is how the provider itself names the state, where one state has several names.
	Word string `json:"word,omitempty"`
	// Refunded is what is back with the customer, Refunding what is on its way.
	Refunded  int64     `json:"refunded"`
	Refunding int64     `json:"refunding,omitempty"`
	CreatedAt time.Time `json:"createdAt"`
	PaidAt    time.Time `json:"paidAt,omitzero"`
	ClosedAt  time.Time `json:"closedAt,omitzero"`
}

// Pay records a payment, or a new state of one: of the transaction that p names, or
// of the order's trade that waits to be paid, or else as a new transaction with the
// id that newID makes.
//
// ErrClosed is returned when the trade is closed, or, unless p names another
// transaction, when the order's is; ErrPaid when a paid transaction is to be anything
// else; ErrConflict when the transaction is known with another order or amount.
// Nothing keeps an order from being paid by two transactions: real ones do that too.
func (b *Book) Pay(p Payment, now time.Time, newID func() string) (paid Payment, err error) {
	err = b.change(func() error {
		paid, err = b.pay(p, now, newID)
		return err
	})
	return paid, err
}

func (b *Book) pay(p Payment, now time.Time, newID func() string) (Payment, error) {
	known := b.known(p)
	if known == nil {
		if p.TransactionID == "" {
			p.TransactionID = newID()
		}
		p.CreatedAt = now
		p.stamp(now)
		b.data.Payments = append(b.data.Payments, p)
		return p, nil
	}
	switch {
	case known.State == Closed && p.State != Closed:
		return Payment{}, ErrClosed
	case known.OrderNumber != p.OrderNumber || known.Amount != p.Amount || known.Currency != p.Currency:
		return Payment{}, ErrConflict
	case known.State == Paid && p.State != Paid:
		return Payment{}, ErrPaid
	}
	known.State, known.Word = p.State, p.Word
	known.stamp(now)
	return *known, nil
}

// known is the transaction that p is about, if there is one.
func (b *Book) known(p Payment) *Payment {
	var open *Payment
	for i := range b.data.Payments {
		other := &b.data.Payments[i]
		if other.Provider != p.Provider {
			continue
		}
		if p.TransactionID != "" {
			if other.TransactionID == p.TransactionID {
				return other
			}
			continue
		}
		if other.OrderNumber == p.OrderNumber && other.State != Paid {
			open = other
		}
	}
	return open
}

func (p *Payment) stamp(now time.Time) {
	if p.State == Paid && p.PaidAt.IsZero() {
		p.PaidAt = now
	}
	if p.State == Closed && p.ClosedAt.IsZero() {
		p.ClosedAt = now
	}
}

// Payment returns the transaction with the id, or ErrUnknownPayment.
func (b *Book) Payment(provider, transactionID string) (Payment, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if p := b.transaction(provider, transactionID); p != nil {
		return *p, nil
	}
	return Payment{}, ErrUnknownPayment
}

func (b *Book) transaction(provider, id string) *Payment {
	i := slices.IndexFunc(b.data.Payments, func(p Payment) bool { return p.Provider == provider && p.TransactionID == id })
	if i < 0 {
		return nil
	}
	return &b.data.Payments[i]
}

// OfOrder returns an order's transactions at a provider, the paid ones first and each
// kind oldest first, or ErrUnknownPayment.
func (b *Book) OfOrder(provider, number string) ([]Payment, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	var found []Payment
	for _, p := range b.data.Payments {
		if p.Provider == provider && p.OrderNumber == number {
			found = append(found, p)
		}
	}
	if found == nil {
		return nil, ErrUnknownPayment
	}
	rank := map[State]int{Paid: 0, Pending: 1, Failed: 2, Closed: 3}
	slices.SortStableFunc(found, func(p, q Payment) int { return cmp.Compare(rank[p.State], rank[q.State]) })
	return found, nil
}

// Payments returns all payments, oldest first.
func (b *Book) Payments() []Payment {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.data.Payments)
}

// Close closes a trade that is not paid. It returns it together with ErrClosed when
// it is closed already and with ErrPaid when it was paid.
func (b *Book) Close(provider, transactionID string, now time.Time) (closed Payment, err error) {
	err = b.change(func() error {
		p := b.transaction(provider, transactionID)
		if p == nil {
			return ErrUnknownPayment
		}
		closed = *p
		switch p.State {
		case Paid:
			return ErrPaid
		case Closed:
			return ErrClosed
		case Pending, Failed:
		}
		p.State, p.Word = Closed, ""
		p.stamp(now)
		closed = *p
		return nil
	})
	return closed, err
}
