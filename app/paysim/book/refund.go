package book

import (
	"maps"
	"slices"
	"time"
)

// RefundState is how far a refund has come.
type RefundState string

const (
	RefundPending   RefundState = "pending"
	RefundConfirmed RefundState = "confirmed"
	RefundFailed    RefundState = "failed" // the money stays with the merchant, for good
)

// Refund is money of a payment on its way back.
type Refund struct {
	Provider string `json:"provider"`
	// ID is the provider's own.
	ID string `json:"refundId"`
	// Number is the merchant's; empty when it was begun at the provider's console.
	Number        string      `json:"refundNumber,omitempty"`
	TransactionID string      `json:"transactionId"`
	OrderNumber   string      `json:"orderNumber"`
	Amount        int64       `json:"amount"`
	Currency      string      `json:"currency"`
	State         RefundState `json:"state"`
	// Reason is why it was asked for, Failure why it failed.
	Reason  string `json:"reason,omitempty"`
	Failure string `json:"failure,omitempty"`
	// Metadata is what the merchant attached, where the provider has that.
	Metadata  map[string]string `json:"metadata,omitempty"`
	CreatedAt time.Time         `json:"createdAt"`
	SettledAt time.Time         `json:"settledAt,omitzero"`
	// Key is what makes a repeat known as one, Content what a repeat must equal.
	Key     string `json:"key,omitempty"`
	Content string `json:"content,omitempty"`
	// Due is when a pending refund is confirmed; zero when it waits to be settled.
	Due time.Time `json:"due,omitzero"`
}

// Refund records a refund as r says, unless its key is known: then nothing happens,
// and repeated is true. An amount of zero is all that is left.
//
// Errors: ErrUnknownPayment; ErrUnpaid; ErrConflict when the key is known with other
// content or another payment or amount; ErrRefunded when nothing is left of the
// payment; ErrExceeds when less is left.
func (b *Book) Refund(r Refund, now time.Time) (made Refund, repeated bool, err error) {
	err = b.change(func() error {
		if known := b.repeat(r); known != nil {
			made, repeated = *known, true
			if known.TransactionID != r.TransactionID || known.Content != r.Content || (r.Amount != 0 && known.Amount != r.Amount) {
				return ErrConflict
			}
			return nil
		}
		made, err = b.refund(r, now)
		return err
	})
	return made, repeated, err
}

func (b *Book) repeat(r Refund) *Refund {
	if r.Key == "" {
		return nil
	}
	i := slices.IndexFunc(b.data.Refunds, func(k Refund) bool { return k.Provider == r.Provider && k.Key == r.Key })
	if i < 0 {
		return nil
	}
	return &b.data.Refunds[i]
}

func (b *Book) refund(r Refund, now time.Time) (Refund, error) {
	p := b.transaction(r.Provider, r.TransactionID)
	if p == nil {
		return Refund{}, ErrUnknownPayment
	}
	left := p.Amount - p.Refunded - p.Refunding
	if r.Amount == 0 {
		r.Amount = left
	}
	switch {
	case p.State != Paid:
		return Refund{}, ErrUnpaid
	case left == 0:
		return Refund{}, ErrRefunded
	case r.Amount < 0 || r.Amount > left:
		return Refund{}, ErrExceeds
	}
	r.OrderNumber, r.Currency, r.CreatedAt = p.OrderNumber, p.Currency, now
	r.Metadata = maps.Clone(r.Metadata)
	switch r.State {
	case RefundPending:
		p.Refunding += r.Amount
	case RefundConfirmed:
		p.Refunded += r.Amount
		r.SettledAt = now
	case RefundFailed:
		r.SettledAt = now
	}
	b.data.Refunds = append(b.data.Refunds, r)
	return r, nil
}

// Settle ends a pending refund. ErrUnknownRefund is returned when there is none with
// the provider's id, ErrConflict when it has ended otherwise.
func (b *Book) Settle(provider, id string, state RefundState, failure string, now time.Time) (settled Refund, err error) {
	err = b.change(func() error {
		i := slices.IndexFunc(b.data.Refunds, func(r Refund) bool { return r.Provider == provider && r.ID == id })
		if i < 0 {
			return ErrUnknownRefund
		}
		r := &b.data.Refunds[i]
		if r.State != RefundPending {
			if r.State != state {
				return ErrConflict
			}
			settled = *r
			return nil
		}
		p := b.transaction(provider, r.TransactionID)
		p.Refunding -= r.Amount
		if state == RefundConfirmed {
			p.Refunded += r.Amount
		}
		r.State, r.Failure, r.SettledAt, r.Due = state, failure, now, time.Time{}
		settled = *r
		return nil
	})
	return settled, err
}

// Unsettled returns the pending refunds that confirm themselves, the one due first first.
func (b *Book) Unsettled() []Refund {
	b.mu.Lock()
	defer b.mu.Unlock()
	var found []Refund
	for _, r := range b.data.Refunds {
		if r.State == RefundPending && !r.Due.IsZero() {
			found = append(found, r)
		}
	}
	slices.SortStableFunc(found, func(q, r Refund) int { return q.Due.Compare(r.Due) })
	return found
}

// Refunds returns all refunds, oldest first.
func (b *Book) Refunds() []Refund {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.data.Refunds)
}
