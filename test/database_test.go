package test

import (
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/stockonce/stockonce/test/harness"
)

func TestWithoutItsDatabaseAServiceLivesAndIsNotReady(t *testing.T) {
	w := start(t, nil)
	ctx := within(t, time.Minute)
	o := w.place(ctx, t, 5, "A")
	for _, test := range []struct {
		name     string
		service  *harness.Service
		down, up func() error
	}{
		{"order", w.order, func() error { w.orderWire.Down(); return nil }, w.orderWire.Up},
		{"product", w.product, func() error { w.productWire.Down(); return nil }, w.productWire.Up},
	} {
		t.Run(test.name, func(t *testing.T) {
			if err := test.down(); err != nil {
				t.Fatal(err)
			}
			if err := harness.Await(ctx, harness.Answers(test.service.ReadyURL(), http.StatusServiceUnavailable), test.service.Process); err != nil {
				t.Error(err)
			}
			if err := harness.Answers(test.service.LiveURL(), http.StatusOK)(ctx); err != nil {
				t.Error(err)
			}
			if test.name == "order" {
				signed, err := w.Sign(w.Paid(o))
				if err != nil {
					t.Fatal(err)
				}
				if got, err := w.Call(ctx, signed); err != nil || got != http.StatusServiceUnavailable {
					t.Errorf("a callback that cannot be recorded is answered %d, want 503 (error %v)", got, err)
				}
			}
			if err := test.up(); err != nil {
				t.Fatal(err)
			}
			if err := harness.Await(ctx, harness.Answers(test.service.ReadyURL(), http.StatusOK), test.service.Process); err != nil {
				t.Error(err)
			}
		})
	}
	if _, err := w.Deliver(ctx, w.Paid(o)); err != nil {
		t.Fatal(err)
	}
	w.wantStatus(ctx, t, o.Number, "FULFILLED")
}

func TestAKilledDatabaseLosesNothingThatWasAnswered(t *testing.T) {
	const n = 60
	w := start(t, nil)
	ctx := within(t, 2*time.Minute)
	w.stock(ctx, t, n, "A")
	var mu sync.Mutex
	var answered []string
	half := make(chan struct{})
	var once sync.Once
	var wg sync.WaitGroup
	wg.Go(func() {
		each(n, 8, func(int) {
			// Placed and paid as an outside world would that finds the shop down.
			for {
				o, err := w.Place(ctx, oneOf("A"))
				if err != nil {
					if ctx.Err() != nil {
						t.Error(err)
						return
					}
					continue
				}
				notice := w.Paid(o)
				if _, err := w.Deliver(ctx, notice); err != nil {
					t.Error(err)
				}
				mu.Lock()
				answered = append(answered, notice.TransactionID)
				if len(answered) >= n/2 {
					once.Do(func() { close(half) })
				}
				mu.Unlock()
				return
			}
		})
	})
	select {
	case <-half:
	case <-ctx.Done():
		t.Fatal(ctx.Err())
	}
	if err := mysql.Kill(); err != nil {
		t.Fatal(err)
	}
	if err := mysql.Run(ctx); err != nil {
		t.Fatal(err)
	}
	wg.Wait()
	books := w.settle(ctx, t)
	if missing := books.Unrecorded(answered); missing != nil {
		t.Errorf("answered ok and not recorded: %v", missing)
	}
	if len(answered) != n {
		t.Errorf("%d of %d payments were taken", len(answered), n)
	}
}
