package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/stockonce/stockonce/app/paysim/book"
	"github.com/stockonce/stockonce/app/paysim/deliver"
	"github.com/stockonce/stockonce/app/paysim/dialect"
	"github.com/stockonce/stockonce/app/paysim/keyfile"
	"github.com/stockonce/stockonce/app/paysim/keyset"
	"github.com/stockonce/stockonce/app/paysim/sim"
)

// providers are all that can be paid with.
var providers = keyset.Names()

// patient is a provider that repeats a callback for longer than anything is out of
// order. Real ones do so too, for a day or three, in larger steps.
type patient struct{ dialect.Dialect }

// Retry implements dialect.Dialect: for six hours, every few seconds.
func (p patient) Retry() dialect.Retry {
	retry := p.Dialect.Retry()
	retry.Patience = 5 * time.Second // order answers within one, or not at all
	retry.Pauses = []time.Duration{time.Second, 2 * time.Second, 4 * time.Second}
	const often, rarely = 3000, 7 * time.Second
	for range often {
		retry.Pauses = append(retry.Pauses, rarely)
	}
	return retry
}

// provider plays one payment provider with books of its own.
type provider struct {
	*sim.Server
	speaks dialect.Dialect
	sender *deliver.Sender
	ledger *tally

	mu sync.Mutex
	// told are the payments whose notice by hand was answered "ok", once for each time,
	// and forged the transactions that never were.
	told   []book.Payment
	forged []string
}

// openProviders serves all providers at addr, calling back to order's base URL, until
// the returned function is called.
func openProviders(keys *keyset.Set, addr, order string, ledger *tally) (map[string]*provider, func() error, error) {
	all := map[string]*provider{}
	for _, d := range keys.Dialects() {
		played, err := sim.New(sim.Options{Dialects: []dialect.Dialect{patient{d}}, Callback: order})
		if err != nil {
			return nil, nil, fmt.Errorf("open %s: %w", d.Name(), err)
		}
		all[d.Name()] = &provider{
			Server: played, speaks: d, ledger: ledger,
			sender: deliver.NewSender(keyfile.CallbackURL(order, d.Name()), 10*time.Second),
		}
	}
	listener, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, nil, fmt.Errorf("open the providers: %w", err)
	}
	ctx, stop := context.WithCancel(context.Background())
	web := &http.Server{ReadHeaderTimeout: 5 * time.Second, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name, _, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
		if p, ok := all[name]; ok {
			p.ServeHTTP(w, r)
			return
		}
		http.NotFound(w, r)
	})}
	var running sync.WaitGroup
	results := make(chan error, len(all)+1)
	for _, p := range all {
		running.Go(func() { results <- p.Run(ctx) })
	}
	running.Go(func() {
		if err := web.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			results <- err
		}
	})
	return all, func() (err error) {
		stop()
		err = web.Close()
		running.Wait()
		close(results)
		for result := range results {
			err = errors.Join(err, result)
		}
		for _, p := range all {
			p.sender.Close()
		}
		return err
	}, nil
}
