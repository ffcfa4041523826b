package main

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/stockonce/stockonce/app/paysim/deliver"
	"github.com/stockonce/stockonce/app/paysim/standard"
	"github.com/stockonce/stockonce/test/harness/shop"
)

// provider plays the payment provider and remembers what it was answered. It is
// safe for concurrent use.
type provider struct {
	key    standard.Key
	sender *deliver.Sender

	mu sync.Mutex
	// Transactions that the service said it recorded, and those that were forged.
	taken, forged []string
}

func newProvider(s *stage) *provider {
	return &provider{key: s.key, sender: deliver.NewSender(s.shop.CallbackURL(), 10*time.Second)}
}

// payment is one transaction at the provider.
type payment struct {
	standard.Message
	transaction string
}

// paid is a new transaction that pays amount for an order.
func (p *provider) paid(order shop.Order, amount int64) (payment, error) {
	n := standard.Notice{
		TransactionID: standard.NewTransactionID(), OrderNumber: order.Number,
		Amount: amount, Currency: shop.Currency, State: standard.StatePaid, PaidAt: time.Now(),
	}
	m, err := standard.NewMessage(n)
	if err != nil {
		return payment{}, fmt.Errorf("make a notice: %w", err)
	}
	return payment{Message: m, transaction: n.TransactionID}, nil
}

// report delivers a payment n times at once.
func (p *provider) report(ctx context.Context, pay payment, n int) []deliver.Answer {
	answers := p.sender.AtOnce(ctx, n, func(at time.Time) (http.Header, []byte) { return pay.Header(p.key, at), pay.Body })
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, a := range answers {
		if a.OK() {
			p.taken = append(p.taken, pay.transaction)
			break
		}
	}
	return answers
}

// forge delivers a payment signed with a key that the service does not have.
func (p *provider) forge(ctx context.Context, pay payment) deliver.Answer {
	key := standard.NewKey()
	p.mu.Lock()
	p.forged = append(p.forged, pay.transaction)
	p.mu.Unlock()
	return p.sender.Send(ctx, func(at time.Time) (http.Header, []byte) { return pay.Header(key, at), pay.Body })
}

// pay reports that an order was paid in full and wants 2xx.
func (p *provider) pay(ctx context.Context, order shop.Order) error {
	pay, err := p.paid(order, order.Amount)
	if err != nil {
		return err
	}
	return allTaken(p.report(ctx, pay, 1))
}

// allTaken is nil when every answer is 2xx.
func allTaken(answers []deliver.Answer) error {
	for _, a := range answers {
		if a.Err != nil {
			return fmt.Errorf("no answer: %w", a.Err)
		}
		if !a.OK() {
			return fmt.Errorf("answered %d %s", a.Status, a.Body)
		}
	}
	return nil
}
