package main

import (
	"context"
	"net/http"
	"time"

	"github.com/stockonce/stockonce/app/paysim/book"
	"github.com/stockonce/stockonce/app/paysim/deliver"
	"github.com/stockonce/stockonce/app/paysim/dialect"
)

// unpaid is how the provider says that a try to pay came to nothing, or to nothing yet.
func (p *provider) unpaid() string {
	if _, err := dialect.Understand(p.speaks, string(book.Failed)); err != nil {
		return string(book.Pending)
	}
	return string(book.Failed)
}

// repeat sends the notice of a payment n times at once, each signed anew.
func (p *provider) repeat(ctx context.Context, paid book.Payment, n int) {
	request, err := p.speaks.Notice(book.PaymentNotice(paid, time.Now()))
	if err != nil {
		p.ledger.faultf("%s cannot tell of %s: %v", paid.Provider, paid.TransactionID, err)
		return
	}
	for _, answer := range p.sender.AtOnce(ctx, n, request) {
		p.heard(paid, answer)
		p.ledger.add("callbacks sent as duplicates", 1)
	}
}

// deliverLate signs the notice of a payment now and sends these very bytes later, again
// and again until they are taken.
func (p *provider) deliverLate(ctx context.Context, paid book.Payment, wait time.Duration) {
	request, err := p.speaks.Notice(book.PaymentNotice(paid, time.Now()))
	if err != nil {
		p.ledger.faultf("%s cannot tell of %s: %v", paid.Provider, paid.TransactionID, err)
		return
	}
	header, body := request(time.Now())
	same := func(time.Time) (http.Header, []byte) { return header.Clone(), body }
	p.ledger.add("callbacks sent late", 1)
	for again := wait; pause(ctx, again); again = time.Second {
		if p.heard(paid, p.sender.Send(ctx, same)) {
			return
		}
	}
}

// heard counts a callback sent by hand, and tells whether it was taken.
func (p *provider) heard(paid book.Payment, answer deliver.Answer) bool {
	p.ledger.add("callbacks sent", 1)
	if !p.speaks.Taken(answer) {
		return false
	}
	p.ledger.add("callbacks accepted", 1)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.told = append(p.told, paid)
	return true
}

// believed counts the forged callbacks that were answered "ok".
const believed = "callbacks forged and accepted"

// forge sends n callbacks of a payment that never was: signed with another key, with
// a bit turned, and, where signatures have a date, signed long ago.
func (p *provider) forge(ctx context.Context, never book.Payment, n int) {
	now := time.Now()
	never.Provider, never.TransactionID = p.speaks.Name(), p.speaks.NewTransactionID(now)
	never.State, never.CreatedAt, never.PaidAt = book.Paid, now, now
	p.mu.Lock()
	p.forged = append(p.forged, never.TransactionID)
	p.mu.Unlock()
	for i := range n {
		request, err := p.forgery(i, book.PaymentNotice(never, now))
		if err != nil {
			p.ledger.faultf("%s cannot forge: %v", never.Provider, err)
			return
		}
		answer := p.sender.Send(ctx, request)
		p.ledger.add("callbacks forged", 1)
		switch {
		case answer.OK():
			p.ledger.add(believed, 1)
		case answer.Err == nil && answer.Status < http.StatusInternalServerError:
			p.ledger.add("callbacks forged and refused", 1)
		}
	}
}

func (p *provider) forgery(i int, n book.Notice) (deliver.Request, error) {
	honest, err := p.speaks.Notice(n)
	if err != nil {
		return nil, err
	}
	window := p.speaks.Retry().Window
	switch {
	case i%3 == 1:
		header, body := honest(time.Now())
		body[len(body)/2] ^= 1
		return func(time.Time) (http.Header, []byte) { return header.Clone(), body }, nil
	case i%3 == 2 && window > 0:
		return func(now time.Time) (http.Header, []byte) { return honest(now.Add(-window - time.Minute)) }, nil
	}
	liar, err := p.speaks.Forged()
	if err != nil {
		return nil, err
	}
	return liar.Notice(n)
}
