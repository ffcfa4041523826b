// Package standard is what the callback of a provider of one's own and its API have
// in common: the JSON of a notice, and the secrets that sign.
//
// Amounts are JSON integers of minor units, times are RFC 3339. Unknown fields are
// ignored: providers add some.
package standard

import (
	"encoding/json"

	"github.com/stockonce/stockonce/app/order/internal/dialect"
	"github.com/stockonce/stockonce/app/order/internal/domain"
)

// Notice is what a provider's notice says.
type Notice struct {
	TransactionID string          `json:"transactionId"`
	OrderNumber   string          `json:"orderNumber"`
	Amount        json.RawMessage `json:"amount"` // minor units, an integer
	Currency      string          `json:"currency"`
	State         string          `json:"state"`
	PaidAt        string          `json:"paidAt"` // may be missing
	// Of a refund.
	RefundNumber string `json:"refundNumber"` // ours; empty if it started at the provider
	RefundID     string `json:"refundId"`     // the provider's
	Reason       string `json:"reason"`       // why it failed; may be missing
}

// Paid is the only state that pays.
const Paid = "paid"

// Read makes a notice of the JSON, whatever it finds.
func Read(raw []byte) domain.Notice {
	var b Notice
	if err := json.Unmarshal(raw, &b); err != nil {
		return dialect.Unreadable(domain.Notice{}, "body: not the JSON object of a notice")
	}
	n := domain.Notice{
		State: b.State, OrderNumber: dialect.Identifier(b.OrderNumber), TransactionID: dialect.Identifier(b.TransactionID),
	}
	if state, ok := refundStates[b.State]; ok {
		return b.refund(n, state)
	}
	if b.State != Paid {
		return dialect.NotPaid(n, "")
	}
	return b.payment(n)
}

func (b Notice) payment(n domain.Notice) domain.Notice {
	if n.OrderNumber == "" {
		return dialect.Unreadable(n, "orderNumber"+dialect.IdentifierRule)
	}
	n, ok := b.amount(n)
	if !ok {
		return n
	}
	var err error
	if n.PaidAt, err = dialect.Moment(b.PaidAt); err != nil {
		return dialect.Unreadable(n, "paidAt: "+err.Error())
	}
	return n
}

// amount reads what payments and refunds have in common. The bool is false when the
// notice says that something could not be read.
func (b Notice) amount(n domain.Notice) (domain.Notice, bool) {
	if n.TransactionID == "" {
		return dialect.Unreadable(n, "transactionId"+dialect.IdentifierRule), false
	}
	if err := dialect.CheckCurrency(b.Currency); err != nil {
		return dialect.Unreadable(n, "currency: "+err.Error()), false
	}
	minor, err := dialect.MinorUnits(b.Amount)
	if err != nil {
		return dialect.Unreadable(n, "amount: "+err.Error()), false
	}
	n.Amount = domain.Money{Minor: minor, Currency: b.Currency}
	return n, true
}
