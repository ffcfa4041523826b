package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/stockonce/stockonce/app/paysim/book"
	"github.com/stockonce/stockonce/app/paysim/deliver"
	"github.com/stockonce/stockonce/app/paysim/dialect"
	"github.com/stockonce/stockonce/app/paysim/keyfile"
	"github.com/stockonce/stockonce/app/paysim/keyset"
	"github.com/stockonce/stockonce/app/paysim/sim"
)

// providers plays all payment providers: they keep payments, call back until they are
// heard, and serve their APIs. What is sent by hand, beside that, is remembered. It
// is safe for concurrent use.
type providers struct {
	*sim.Server
	callback string // base URL
	close    func() error

	mu     sync.Mutex
	byHand map[string]sent // by provider
	forged []string        // transactions
}

// sent counts callbacks: all of them, and those that were answered as the provider wants.
type sent struct{ all, taken int }

// openProviders serves the providers of the keys at addr, calling back to order's base
// URL. Pauses between tries of a callback are divided by repeats, unless that is 0.
func openProviders(keys *keyset.Set, addr, order string, repeats int) (*providers, error) {
	played, err := sim.New(sim.Options{Dialects: keys.Dialects(), Callback: order, Speed: repeats})
	if err != nil {
		return nil, fmt.Errorf("open the providers: %w", err)
	}
	ctx, stop := context.WithCancel(context.Background())
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", addr)
	if err != nil {
		stop()
		return nil, fmt.Errorf("open the providers: %w", err)
	}
	web := &http.Server{Handler: played, ReadHeaderTimeout: 5 * time.Second}
	ran, served := make(chan error, 1), make(chan error, 1)
	go func() { ran <- played.Run(ctx) }()
	go func() { served <- web.Serve(listener) }()
	return &providers{
		Server: played, callback: order, byHand: map[string]sent{},
		close: func() error {
			stop()
			closed := web.Close()
			if err := <-served; !errors.Is(err, http.ErrServerClosed) {
				closed = errors.Join(closed, err)
			}
			return errors.Join(closed, <-ran)
		},
	}, nil
}

// repeat sends the callback of a payment n times more, all at once, each signed anew.
func (p *providers) repeat(ctx context.Context, paid book.Payment, n int) ([]deliver.Answer, error) {
	for _, d := range p.Deliveries() {
		if d.Refund == nil && d.Payment.Provider == paid.Provider && d.Payment.TransactionID == paid.TransactionID {
			return p.send(ctx, p.speaker(paid.Provider), d.Notice, n)
		}
	}
	return nil, fmt.Errorf("%s never told of %s", paid.Provider, paid.TransactionID)
}

// forge sends a callback of a payment that never was, signed with keys that the
// service does not have.
func (p *providers) forge(ctx context.Context, s sale) (deliver.Answer, error) {
	d, now := p.speaker(s.provider), time.Now()
	liar, err := d.Forged()
	if err != nil {
		return deliver.Answer{}, fmt.Errorf("forge: %w", err)
	}
	never := book.Payment{
		Provider: s.provider, OrderNumber: s.Number, TransactionID: d.NewTransactionID(now), Amount: s.Amount,
		Currency: currency, State: book.Paid, CreatedAt: now, PaidAt: now,
	}
	p.mu.Lock()
	p.forged = append(p.forged, never.TransactionID)
	p.mu.Unlock()
	answers, err := p.send(ctx, liar, book.PaymentNotice(never, now), 1)
	if err != nil {
		return deliver.Answer{}, err
	}
	return answers[0], nil
}

func (p *providers) send(ctx context.Context, d dialect.Dialect, n book.Notice, times int) ([]deliver.Answer, error) {
	request, err := d.Notice(n)
	if err != nil {
		return nil, fmt.Errorf("make a notice: %w", err)
	}
	sender := deliver.NewSender(keyfile.CallbackURL(p.callback, d.Name()), d.Retry().Patience)
	defer sender.Close()
	answers := sender.AtOnce(ctx, times, request)
	p.mu.Lock()
	defer p.mu.Unlock()
	count := p.byHand[d.Name()]
	for _, a := range answers {
		count.all++
		if d.Taken(a) {
			count.taken++
		}
	}
	p.byHand[d.Name()] = count
	return answers, nil
}

// speaker is how a provider speaks. There is none that is not played.
func (p *providers) speaker(name string) dialect.Dialect {
	d, _ := p.Dialect(name)
	return d
}

// statement is what the providers have to say at the end.
func (p *providers) statement() statement {
	p.mu.Lock()
	defer p.mu.Unlock()
	s := statement{payments: p.Payments(), callbacks: maps.Clone(p.byHand), forged: slices.Clone(p.forged)}
	for _, d := range p.Deliveries() {
		count := s.callbacks[d.Payment.Provider]
		count.all += d.Tries
		if d.State == book.Taken {
			count.taken++
			s.told = append(s.told, d.Payment.TransactionID)
		}
		s.callbacks[d.Payment.Provider] = count
	}
	return s
}

// untaken returns a callback that the service has not taken, if there is one.
func (p *providers) untaken() error {
	for _, d := range p.Deliveries() {
		if d.State != book.Taken {
			return fmt.Errorf("a callback of %s about order %s is %s: %s", d.Payment.Provider, d.Payment.OrderNumber, d.State, d.Answer)
		}
	}
	return nil
}
