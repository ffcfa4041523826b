package sim

import (
	"context"
	"errors"
	"time"

	"github.com/stockonce/stockonce/app/paysim/book"
	"github.com/stockonce/stockonce/app/paysim/dialect"
)

// Payment is one that a customer makes, or tries to.
type Payment struct {
	Provider    string `json:"provider"`
	OrderNumber string `json:"orderNumber"`
	// TransactionID is the provider's; empty: the order's open trade, else a new one.
	TransactionID string `json:"transactionId"`
	// Amount is in minor units.
	Amount   int64  `json:"amount"`
	Currency string `json:"currency"` // empty: CNY
	// State is one of the provider's own words, or paid, pending, failed, closed;
	// empty: paid.
	State string `json:"state"`
	// Silent keeps the callback from being sent, as one that got lost.
	Silent bool `json:"-"`
}

// What is refused before it is tried.
var (
	errIncomplete = errors.New("orderNumber and an amount above zero are needed")
	errNameless   = errors.New("transactionId or orderNumber is needed")
)

// Pay records a payment and lets Run report it. Errors: book.ErrClosed when the trade
// is closed; book.ErrConflict when the transaction is known with another order or
// amount; book.ErrPaid when it is paid and told to be anything else.
func (s *Server) Pay(ctx context.Context, p Payment) (book.Payment, error) {
	d, err := s.dialect(p.Provider)
	if err != nil {
		return book.Payment{}, err
	}
	word, err := dialect.Understand(d, p.State)
	if err != nil {
		return book.Payment{}, err
	}
	if p.OrderNumber == "" || p.Amount <= 0 {
		return book.Payment{}, errIncomplete
	}
	if p.Currency == "" {
		p.Currency = "CNY"
	}
	now := time.Now()
	paid, err := s.book.Pay(book.Payment{
		Provider: p.Provider, OrderNumber: p.OrderNumber, TransactionID: p.TransactionID,
		Amount: p.Amount, Currency: p.Currency, State: word.State, Word: word.Text,
	}, now, func() string { return d.NewTransactionID(now) })
	if err != nil {
		return book.Payment{}, err
	}
	s.options.Logger.InfoContext(ctx, "payment", "provider", paid.Provider, "order", paid.OrderNumber,
		"transaction", paid.TransactionID, "amount", paid.Amount, "currency", paid.Currency, "state", word.Text)
	if p.Silent {
		return paid, nil
	}
	return paid, s.report(book.PaymentNotice(paid, now))
}

// Refund is one that begins at the provider: at its console, or by a chargeback.
type Refund struct {
	Provider string `json:"provider"`
	// TransactionID or OrderNumber name the payment.
	TransactionID string `json:"transactionId"`
	OrderNumber   string `json:"orderNumber"`
	// Amount is in minor units; 0: all that is left.
	Amount int64  `json:"amount"`
	Reason string `json:"reason"`
	// Silent keeps the callback from being sent, as one that got lost.
	Silent bool `json:"-"`
}

// Refund makes and confirms a refund and lets Run report it. Errors are the book's.
func (s *Server) Refund(ctx context.Context, r Refund) (book.Refund, error) {
	d, err := s.dialect(r.Provider)
	if err != nil {
		return book.Refund{}, err
	}
	if r.TransactionID == "" {
		if r.OrderNumber == "" {
			return book.Refund{}, errNameless
		}
		found, err := s.book.OfOrder(r.Provider, r.OrderNumber)
		if err != nil {
			return book.Refund{}, err
		}
		r.TransactionID = found[0].TransactionID
	}
	now := time.Now()
	made, _, err := s.book.Refund(book.Refund{
		Provider: r.Provider, ID: d.NewRefundID(now), TransactionID: r.TransactionID,
		Amount: r.Amount, Reason: r.Reason, State: book.RefundConfirmed,
	}, now)
	if err != nil {
		return book.Refund{}, err
	}
	s.logRefund(ctx, made)
	if r.Silent {
		return made, nil
	}
	return made, s.reportRefund(made)
}

// Settle ends a pending refund, confirmed or failed, and lets Run report it.
func (s *Server) Settle(ctx context.Context, provider, refundID string, state book.RefundState, failure string) (book.Refund, error) {
	if _, err := s.dialect(provider); err != nil {
		return book.Refund{}, err
	}
	if state != book.RefundConfirmed && state != book.RefundFailed {
		return book.Refund{}, errors.New("a refund ends as confirmed or failed")
	}
	settled, err := s.book.Settle(provider, refundID, state, failure, time.Now())
	if err != nil {
		return book.Refund{}, err
	}
	s.logRefund(ctx, settled)
	return settled, s.reportRefund(settled)
}

// reportRefund lets Run tell how a refund ended.
func (s *Server) reportRefund(r book.Refund) error {
	p, err := s.book.Payment(r.Provider, r.TransactionID)
	if err != nil {
		return err
	}
	var errs error
	for _, event := range s.dialects[r.Provider].RefundEvents(r) {
		errs = errors.Join(errs, s.report(book.RefundNotice(p, r, event, r.SettledAt)))
	}
	return errs
}

// report lets Run deliver a notice.
func (s *Server) report(n book.Notice) error {
	if s.options.Callback == "" {
		return nil
	}
	if err := s.book.Deliver(n, time.Now()); err != nil {
		return err
	}
	s.nudge()
	return nil
}

// nudge makes Run look again.
func (s *Server) nudge() {
	select {
	case s.wake <- struct{}{}:
	default: // it will
	}
}

func (s *Server) logRefund(ctx context.Context, r book.Refund) {
	s.options.Logger.InfoContext(ctx, "refund", "provider", r.Provider, "order", r.OrderNumber,
		"transaction", r.TransactionID, "number", r.Number, "id", r.ID, "amount", r.Amount, "state", string(r.State))
}
