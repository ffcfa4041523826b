package test

import (
	"testing"
	"time"

	"github.com/stockonce/stockonce/test/harness/audit"
	"github.com/stockonce/stockonce/test/harness/shop"
)

func TestAPaidOrderTakesItsStockOnce(t *testing.T) {
	w := start(t, nil)
	ctx := within(t, time.Minute)
	o := w.place(ctx, t, 5, "A", "B")
	if o.Amount != 2*995 || o.Status != "ORDER_STATUS_CREATED" {
		t.Fatalf("placed order %+v", o)
	}
	if stock, err := w.Stock(ctx, "A"); err != nil || stock != 5 {
		t.Errorf("stock %d after placing, want 5: placing reserves nothing (error %v)", stock, err)
	}
	paid := w.Paid(o)
	if _, err := w.Deliver(ctx, paid); err != nil {
		t.Fatal(err)
	}
	w.wantStatus(ctx, t, o.Number, "FULFILLED")
	for _, sku := range []string{"A", "B"} {
		if stock, err := w.Stock(ctx, sku); err != nil || stock != 4 {
			t.Errorf("stock of %s is %d, want 4 (error %v)", sku, stock, err)
		}
	}
	books := w.settle(ctx, t)
	if missing := books.Unrecorded([]string{paid.TransactionID}); missing != nil {
		t.Errorf("answered ok and not recorded: %v", missing)
	}
}

// TestEveryPaymentHasItsDisposition sends one notice of each kind.
func TestEveryPaymentHasItsDisposition(t *testing.T) {
	w := start(t, nil)
	ctx := within(t, time.Minute)
	w.stock(ctx, t, 100, "A")
	deliver := func(n shop.Notice) {
		t.Helper()
		if _, err := w.Deliver(ctx, n); err != nil {
			t.Fatal(err)
		}
	}

	winner := w.placed(ctx, t, "A")
	deliver(w.Paid(winner))
	deliver(w.Paid(winner)) // another transaction: a duplicate

	cancelled := w.placed(ctx, t, "A")
	if err := w.Cancel(ctx, cancelled.Number); err != nil {
		t.Fatal(err)
	}
	deliver(w.Paid(cancelled))

	short := w.Paid(w.placed(ctx, t, "A"))
	short.Amount--
	deliver(short)

	foreign := w.Paid(w.placed(ctx, t, "A"))
	foreign.Currency = "USD"
	deliver(foreign)

	orphan := w.Paid(shop.Order{Number: "NOSUCHORDER", Amount: 995})
	deliver(orphan)

	failed := w.Paid(w.placed(ctx, t, "A"))
	failed.State = "failed"
	deliver(failed)

	books := w.settle(ctx, t)
	wantCounts(t, "payments", audit.Count(books.Payments, disposition),
		map[string]int{"winner": 1, "duplicate": 1, "late": 1, "mismatch": 2, "orphan": 1})
	wantCounts(t, "orders", audit.Count(books.Orders, status),
		map[string]int{"fulfilled": 1, "cancelled": 1, "created": 3})
	if got, want := books.Money(), (audit.Money{Captured: 6*995 - 1, Kept: 995, Returned: 2 * 995, Held: 3*995 - 1}); got != want {
		t.Errorf("money %+v, want %+v", got, want)
	}
}

func TestAForgedCallbackIsRefusedAndChangesNothing(t *testing.T) {
	w := start(t, nil)
	ctx := within(t, time.Minute)
	o := w.place(ctx, t, 5, "A")
	for name, forge := range map[string]func(*shop.Signed){
		"another body":      func(s *shop.Signed) { s.Body = append(s.Body, ' ') },
		"no signature":      func(s *shop.Signed) { s.Header.Del("webhook-signature") },
		"another id":        func(s *shop.Signed) { s.Header.Set("webhook-id", "other") },
		"another time":      func(s *shop.Signed) { s.Header.Set("webhook-timestamp", "1700000000") },
		"another signature": func(s *shop.Signed) { s.Header.Set("webhook-signature", "v1,AAAA") },
	} {
		t.Run(name, func(t *testing.T) {
			signed, err := w.Sign(w.Paid(o))
			if err != nil {
				t.Fatal(err)
			}
			forge(&signed)
			if got, err := w.Call(ctx, signed); err != nil || got != 401 {
				t.Errorf("status %d, want 401 (error %v)", got, err)
			}
		})
	}
	if books := w.settle(ctx, t); len(books.Payments) != 0 {
		t.Errorf("%d payments recorded", len(books.Payments))
	}
}
