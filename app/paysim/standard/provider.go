package standard

import (
	"crypto/rand"
	"net/http"
	"time"

	"github.com/stockonce/stockonce/app/paysim/book"
	"github.com/stockonce/stockonce/app/paysim/deliver"
	"github.com/stockonce/stockonce/app/paysim/dialect"
)

// window is the specification's: how far from now a message may be signed.
const window = 5 * time.Minute

// Provider is the dialect of Standard Webhooks, with notices and an API of our own.
type Provider struct{ keys *Keys }

// New is a provider that signs with keys.
func New(keys *Keys) *Provider { return &Provider{keys: keys} }

// Name implements dialect.Dialect.
func (p *Provider) Name() string { return "standard" }

// Words implements dialect.Dialect.
func (p *Provider) Words() []dialect.Word {
	return []dialect.Word{
		{Text: StatePaid, State: book.Paid}, {Text: StatePending, State: book.Pending},
		{Text: StateFailed, State: book.Failed}, {Text: StateClosed, State: book.Closed},
	}
}

// Retry implements dialect.Dialect with the schedule that the specification gives as
// an example, and the patience it advises.
// https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
func (p *Provider) Retry() dialect.Retry {
	return dialect.Retry{
		Pauses: []time.Duration{
			5 * time.Second, 5 * time.Minute, 30 * time.Minute, 2 * time.Hour, 5 * time.Hour,
			10 * time.Hour, 14 * time.Hour, 20 * time.Hour, 24 * time.Hour,
		},
		Patience: 20 * time.Second,
		Window:   window,
	}
}

// Taken implements dialect.Dialect: any 2xx.
func (p *Provider) Taken(a deliver.Answer) bool { return a.OK() }

// Forged implements dialect.Dialect.
func (p *Provider) Forged() (dialect.Dialect, error) { return New(NewKeys()), nil }

// NewTransactionID implements dialect.Dialect.
func (p *Provider) NewTransactionID(time.Time) string { return NewTransactionID() }

// NewRefundID implements dialect.Dialect.
func (p *Provider) NewRefundID(time.Time) string { return "rfd_" + rand.Text() }

// RefundEvents implements dialect.Dialect: one notice, without a name.
func (p *Provider) RefundEvents(book.Refund) []string { return []string{""} }

// Notice implements dialect.Dialect.
func (p *Provider) Notice(n book.Notice) (deliver.Request, error) {
	m, err := message(n)
	if err != nil {
		return nil, err
	}
	return func(at time.Time) (http.Header, []byte) { return m.Header(p.keys.Notice, at), m.Body }, nil
}

func message(n book.Notice) (Message, error) {
	if n.Refund != nil {
		return encode("msg_"+n.ID, refundNotice(*n.Refund))
	}
	return encode("msg_"+n.ID, paymentNotice(n.Payment))
}

func paymentNotice(p book.Payment) Notice {
	return Notice{
		TransactionID: p.TransactionID, OrderNumber: p.OrderNumber, Amount: p.Amount,
		Currency: p.Currency, State: string(p.State), PaidAt: p.PaidAt.UTC(),
	}
}
