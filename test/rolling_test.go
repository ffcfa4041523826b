package test

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/stockonce/stockonce/test/harness"
	"github.com/stockonce/stockonce/test/harness/audit"
	"github.com/stockonce/stockonce/test/harness/shop"
)

// TestARollingRestartLosesNothing restarts two replicas of each service, one after
// another, while orders are placed, paid and read through what stands before them.
func TestARollingRestartLosesNothing(t *testing.T) {
	consul := startConsul(t)
	w := prepare(t, settings{"STOCKONCE_CONSUL_ADDRESS": consul.Addr, "STOCKONCE_SERVER_DRAIN_DELAY": drain})
	ctx := within(t, 2*time.Minute)
	w.order.Set("STOCKONCE_PRODUCT_ENDPOINT", "127.0.0.1:1") // found in Consul alone
	var gates []*balancer
	for _, first := range []*harness.Service{w.product, w.order} {
		second, err := first.Beside("2")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(second.Close)
		b := newBalancer(t, first, second)
		for _, r := range b.replicas {
			if err := r.Run(ctx); err != nil {
				t.Fatal(err)
			}
		}
		gates = append(gates, b)
	}
	var err error
	if w.Shop, err = shop.New(gates[1].Addr, gates[0].Addr, shop.Secret, w.identity.Operator()); err != nil {
		t.Fatal(err)
	}
	w.await(ctx, t, func(context.Context) error {
		for _, b := range gates {
			if !b.sees(0) || !b.sees(1) {
				return fmt.Errorf("not all replicas take requests yet")
			}
		}
		return nil
	})
	w.stock(ctx, t, 1_000_000, "A")
	w.placed(ctx, t, "A") // order has found product

	traffic := newTraffic(w)
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		traffic.run(ctx, stop)
	}()
	for _, b := range gates {
		for i, r := range b.replicas {
			if err := r.Terminate(ctx); err != nil {
				t.Error(err)
			}
			if err := r.Run(ctx); err != nil {
				t.Fatal(err)
			}
			w.await(ctx, t, func(context.Context) error {
				if !b.sees(i) {
					return fmt.Errorf("the replica is not seen yet")
				}
				return nil
			})
		}
	}
	close(stop)
	<-stopped
	t.Logf("%d requests: %v", traffic.n, traffic.answers)
	for status := range traffic.answers {
		if status != http.StatusOK && status != http.StatusServiceUnavailable {
			t.Errorf("%d requests were answered with %d", traffic.answers[status], status)
		}
	}
	for _, b := range gates {
		if len(b.broken) > 0 {
			t.Errorf("%d requests met a replica that was gone, as %s", len(b.broken), b.broken[0])
		}
	}
	books := w.settle(ctx, t)
	if missing := books.Unrecorded(traffic.paid); missing != nil {
		t.Errorf("answered ok and not recorded: %v", missing)
	}
	if n := audit.Count(books.Orders, status)["fulfilled"]; n != len(traffic.paid) {
		t.Errorf("%d orders are fulfilled, %d were paid", n, len(traffic.paid))
	}
}

// traffic places orders, pays and reads them, each request again while it is answered
// with 503.
type traffic struct {
	w *world

	mu      sync.Mutex
	n       int
	answers map[int]int
	paid    []string
}

func newTraffic(w *world) *traffic { return &traffic{w: w, answers: map[int]int{}} }

// run goes on until stop is closed.
func (tr *traffic) run(ctx context.Context, stop <-chan struct{}) {
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for ctx.Err() == nil {
				select {
				case <-stop:
					return
				default:
				}
				tr.one(ctx)
			}
		})
	}
	wg.Wait()
}

func (tr *traffic) one(ctx context.Context) {
	var o shop.Order
	tr.ask(ctx, func() (int, error) {
		var err error
		o, err = tr.w.Place(ctx, oneOf("A"))
		return statusOf(err)
	})
	if o.Number == "" {
		return
	}
	notice := tr.w.Paid(o)
	if tr.ask(ctx, func() (int, error) {
		signed, err := tr.w.Sign(notice)
		if err != nil {
			return 0, err
		}
		return tr.w.Call(ctx, signed)
	}) {
		tr.mu.Lock()
		tr.paid = append(tr.paid, notice.TransactionID)
		tr.mu.Unlock()
	}
	tr.ask(ctx, func() (int, error) {
		_, err := tr.w.Find(ctx, o.Number)
		return statusOf(err)
	})
}

// ask repeats a request until it is answered with anything but 503, and tells whether
// that was 200.
func (tr *traffic) ask(ctx context.Context, send func() (int, error)) bool {
	for ctx.Err() == nil {
		status, _ := send() // without an answer it is 0, which is no good one either
		tr.mu.Lock()
		tr.n++
		tr.answers[status]++
		tr.mu.Unlock()
		if status != http.StatusServiceUnavailable {
			return status == http.StatusOK
		}
	}
	return false
}
