package test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stockonce/stockonce/test/harness"
	"github.com/stockonce/stockonce/test/harness/audit"
	"github.com/stockonce/stockonce/test/harness/shop"
)

// A callback may take this long at most, whatever product does.
const callbackLimit = 500 * time.Millisecond

// rounds is how often the load is sent again when it took too long. What else runs on
// the machine only ever adds time, and not to every round; waiting for product would
// show in all of them.
const rounds = 3

// allowed is what reads may take when something else is in trouble: as long as
// without, and an allowance for noise.
func (l *latencies) allowed() time.Duration { return 3*l.percentile(99) + 100*time.Millisecond }

// TestCallbacksAreAnsweredWhateverProductDoes sends the same steady load with product
// healthy and with product in trouble, and then lets product come back.
func TestCallbacksAreAnsweredWhateverProductDoes(t *testing.T) {
	for _, test := range []struct {
		name      string
		fail, end func(context.Context, *world) error
	}{
		{
			"product killed",
			func(_ context.Context, w *world) error { w.product.Kill(); return nil },
			func(ctx context.Context, w *world) error { return w.product.Run(ctx) },
		},
		{
			"product stands still",
			func(_ context.Context, w *world) error { return w.product.Pause() },
			func(_ context.Context, w *world) error { return w.product.Resume() },
		},
		{
			"product takes 3 s for every call",
			func(_ context.Context, w *world) error { w.rpc.Delay(3 * time.Second); return nil },
			func(_ context.Context, w *world) error { w.rpc.Delay(0); return nil },
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			n := 400
			if *raceFlag {
				n /= 10
			}
			w := start(t, nil)
			ctx := within(t, 4*time.Minute)
			w.stock(ctx, t, int64((1+rounds)*n), "A")
			orders := make([]shop.Order, (1+rounds)*n)
			each(len(orders), 8, func(i int) { orders[i] = w.placed(ctx, t, "A") })

			well := w.steadyLoad(ctx, orders[:n])
			if err := test.fail(ctx, w); err != nil {
				t.Fatal(err)
			}
			paid := n
			var ill *measured
			for range rounds {
				ill = w.steadyLoad(ctx, orders[paid:paid+n])
				paid += n
				t.Logf("callbacks, %s: %s", test.name, &ill.callbacks)
				t.Logf("reads,     %s: %s", test.name, &ill.reads)
				ill.allAnswered(t)
				if ill.callbacks.percentile(99) < callbackLimit && ill.reads.percentile(99) < well.reads.allowed() {
					break
				}
			}
			if err := test.end(ctx, w); err != nil {
				t.Fatal(err)
			}
			begin := time.Now()
			books := w.settle(ctx, t)
			back := time.Since(begin)

			t.Logf("callbacks, product well:   %s", &well.callbacks)
			t.Logf("reads,     product well:   %s", &well.reads)
			t.Logf("all settled %s after product was back", back.Round(time.Millisecond))
			well.allAnswered(t)
			if p99 := ill.callbacks.percentile(99); p99 >= callbackLimit {
				t.Errorf("callbacks take %s with %s, %s without", p99, test.name, well.callbacks.percentile(99))
			}
			// Reads have nothing to do with product.
			if p99 := ill.reads.percentile(99); p99 >= well.reads.allowed() {
				t.Errorf("reads take %s with %s, %s without", p99, test.name, well.reads.percentile(99))
			}
			want := map[string]int{"fulfilled": paid}
			if paid < len(orders) {
				want["created"] = len(orders) - paid
			}
			wantCounts(t, "orders", audit.Count(books.Orders, status), want)
		})
	}
}

// measured is what one load took.
type measured struct{ callbacks, reads latencies }

func (m *measured) allAnswered(t *testing.T) {
	t.Helper()
	for _, l := range []*latencies{&m.callbacks, &m.reads} {
		if len(l.bad) > 0 {
			t.Errorf("%d requests failed, the first: %s", len(l.bad), l.bad[0])
		}
	}
}

// steadyLoad pays the orders, 100 a second, and reads as many others meanwhile,
// whether or not earlier requests were answered. With the race detector it is a
// tenth of that, which is what two processors can do.
func (w *world) steadyLoad(ctx context.Context, orders []shop.Order) *measured {
	var m measured
	var wg sync.WaitGroup
	pace := 10 * time.Millisecond
	if *raceFlag {
		pace *= 10
	}
	tick := time.NewTicker(pace)
	defer tick.Stop()
	for i, o := range orders {
		<-tick.C
		wg.Go(func() {
			signed, err := w.Sign(w.Paid(o))
			m.callbacks.add(func() error {
				if err != nil {
					return err
				}
				status, err := w.Call(ctx, signed)
				if err == nil && status != 200 {
					err = fmt.Errorf("callback answered %d", status)
				}
				return err
			})
		})
		wg.Go(func() {
			m.reads.add(func() error {
				_, err := w.Find(ctx, orders[len(orders)-1-i].Number)
				return err
			})
		})
	}
	wg.Wait()
	return &m
}

// TestOrderFindsProductAgainSoonAfterALongOutage has no proxy between the two, which
// would take order's connection for product.
func TestOrderFindsProductAgainSoonAfterALongOutage(t *testing.T) {
	const (
		outage = 15 * time.Second
		// A new order must not wait for a connection that pauses longer and longer.
		newOrder = 20 * time.Second
		// An old one may be in the longest pause between two tries of its task.
		oldOrder = time.Minute + 10*time.Second
	)
	w := prepare(t, nil)
	ctx := within(t, 2*time.Minute)
	w.order.Set("STOCKONCE_PRODUCT_ENDPOINT", w.product.GRPC)
	for _, s := range []*harness.Service{w.product, w.order} {
		if err := s.Run(ctx); err != nil {
			t.Fatal(err)
		}
	}
	w.stock(ctx, t, 10, "A")
	paid, later := w.placed(ctx, t, "A"), w.placed(ctx, t, "A")
	w.product.Kill()
	if _, err := w.Deliver(ctx, w.Paid(paid)); err != nil {
		t.Fatal(err)
	}
	<-time.After(outage) // long enough for every pause between tries to have grown
	if err := w.product.Run(ctx); err != nil {
		t.Fatal(err)
	}
	begin := time.Now()
	if _, err := w.Deliver(ctx, w.Paid(later)); err != nil {
		t.Fatal(err)
	}
	for _, o := range []struct {
		what, number string
		bound        time.Duration
	}{
		{"an order paid after the outage", later.Number, newOrder},
		{"an order paid during the outage", paid.Number, oldOrder},
	} {
		w.wantStatus(ctx, t, o.number, "FULFILLED")
		took := time.Since(begin)
		t.Logf("%s was settled %s after product was back from %s", o.what, took.Round(time.Millisecond), outage)
		if took > o.bound {
			t.Errorf("%s: that is later than %s", o.what, o.bound)
		}
	}
}
