// Command overload sends the order service ten times the callbacks it can take, for a
// minute, and tells whether it goes on doing what it can: `make bench-overload`.
//
// The service's capacity is lowered first, by a small connection pool, so that ten times
// of it is less than what this machine can send; that is measured first, against a
// server that does nothing. Callbacks are signed, pay prepared orders, and are sent
// again later when they are answered with 503, as providers do.
//
// The exit code is 1 when one of the promises in the table is not kept.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/stockonce/stockonce/bench/load"
)

// options are what can be chosen.
type options struct {
	overload time.Duration
	pool     int
	orders   int
}

func main() {
	var o options
	flag.DurationVar(&o.overload, "for", time.Minute, "how long the overload lasts")
	flag.IntVar(&o.pool, "pool", 2, "connections that the order service may have to its database")
	flag.IntVar(&o.orders, "orders", 30_000, "orders to prepare; each is paid once")
	flag.Parse()
	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer cancel()
	kept, err := run(ctx, o)
	if err != nil {
		fmt.Fprintln(os.Stderr, "overload:", err)
	}
	if err != nil || !kept {
		cancel()
		os.Exit(1) //nolint:gocritic // cancel was called
	}
}

const (
	// times is how much more is sent than can be done.
	times = 10
	// most is the capacity that the pool is to lower the service to, a second.
	most = 500
	// inFlight is how many callbacks wait for an answer at once at most, and patience
	// how long the world waits for one.
	inFlight = 4000
	patience = 10 * time.Second
)

func run(ctx context.Context, o options) (kept bool, err error) {
	idle, err := generator(ctx)
	if err != nil {
		return false, err
	}
	sayf("the generator sends %.0f/s to a server that does nothing, answered after %s (P99)", idle.Goodput(), ms(idle.Good(99)))
	s, err := open(ctx, o)
	if err != nil {
		return false, err
	}
	defer s.close()
	peak, err := s.findPeak(ctx)
	if err != nil {
		return false, err
	}
	sayf("peak: %.0f/s, P99 %s", peak.Goodput(), ms(peak.Good(99)))
	m := measured{generator: idle, peak: peak}
	m.calm, err = s.order.Memory()
	if err != nil {
		return false, err
	}
	watch := watchMemory(s.order)
	m.over = s.send(ctx, times*peak.Goodput(), o.overload)
	m.after = s.recover(ctx, peak.Goodput()/2)
	m.memory = watch()
	// The machine may do more or less than a few minutes ago; others use it too.
	m.again = s.send(ctx, growth*peak.Goodput(), 2*step)
	if s.queue.empty {
		return false, errors.New("more callbacks were taken than there are orders: give more -orders")
	}
	sayf("settling")
	if m.books, err = s.books(ctx); err != nil {
		return false, err
	}
	return m.report(os.Stdout), ctx.Err()
}

// generator tells what the generator can do by itself: it sends as much as will be
// asked of it to a server that does nothing, in this process.
func generator(ctx context.Context) (*load.Result, error) {
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("listen: %w", err)
	}
	server := &http.Server{
		ReadHeaderTimeout: patience,
		Handler:           http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusOK) }),
	}
	go func() { _ = server.Serve(l) }() // ends with Close
	defer server.Close()
	q, err := newQueue("nobody")
	if err != nil {
		return nil, err
	}
	q.add(notice{OrderNumber: "06H0MJ6JW5S6BCK71JXD3C93FG", TransactionID: "tx-0123456789", Amount: 995})
	return load.Run(ctx, load.Plan{
		Addr: l.Addr().String(), Rate: times * most * 1.1, For: 5 * time.Second, Next: q.next, InFlight: inFlight, Patience: patience,
	}), nil
}

// sayf tells people how far things are.
func sayf(format string, args ...any) { fmt.Fprintf(os.Stdout, format+"\n", args...) }

func ms(d time.Duration) string { return d.Round(time.Millisecond).String() }
