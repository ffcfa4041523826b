package cli

import (
	"time"

	"github.com/stockonce/stockonce/app/order/internal/domain"
)

// amount is money as scripts read it.
type amount struct {
	Minor    int64  `json:"minor"`
	Currency string `json:"currency"`
}

func (a amount) String() string { return domain.Money(a).String() }

// orderPart is the order that something is about. Of what is nil there are no rows.
type orderPart struct {
	Number   string    `json:"number"`
	Status   string    `json:"status"`
	Total    amount    `json:"total"`
	Provider string    `json:"provider,omitempty"`
	PlacedAt time.Time `json:"placedAt"`
}

func (p *orderPart) rows() [][]any {
	if p == nil {
		return nil
	}
	return [][]any{
		{"ORDER", p.Number}, {"ORDER STATUS", p.Status}, {"ORDER MINOR UNITS", p.Total}, {"ORDER PROVIDER", p.Provider},
		{"ORDER PLACED", p.PlacedAt},
	}
}

// paymentPart is the payment that something is about.
type paymentPart struct {
	Number      string    `json:"number"`
	Disposition string    `json:"disposition"`
	Amount      amount    `json:"amount"`
	Provider    string    `json:"provider"`
	Transaction string    `json:"transaction"`
	ReceivedAt  time.Time `json:"receivedAt"`
}

func (p *paymentPart) rows() [][]any {
	if p == nil {
		return nil
	}
	return [][]any{
		{"PAYMENT", p.Number}, {"PAYMENT DISPOSITION", p.Disposition}, {"PAYMENT MINOR UNITS", p.Amount},
		{"PAYMENT PROVIDER", p.Provider}, {"PAYMENT TRANSACTION", p.Transaction}, {"PAYMENT RECEIVED", p.ReceivedAt},
	}
}

// eventPart is the event that a target is told of.
type eventPart struct {
	Sequence int64     `json:"sequence"`
	Kind     string    `json:"kind"`
	Subject  string    `json:"subject,omitempty"`
	Note     string    `json:"note,omitempty"`
	At       time.Time `json:"at"`
}

func (p *eventPart) rows() [][]any {
	if p == nil {
		return nil
	}
	return [][]any{
		{"EVENT", p.Sequence}, {"EVENT KIND", p.Kind}, {"EVENT SUBJECT", p.Subject}, {"EVENT NOTE", p.Note}, {"EVENT AT", p.At},
	}
}
