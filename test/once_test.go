package test

import (
	"testing"
	"time"

	"github.com/stockonce/stockonce/test/harness/audit"
	"github.com/stockonce/stockonce/test/harness/shop"
)

func TestAThousandIdenticalCallbacksAreOnePayment(t *testing.T) {
	for _, test := range []struct {
		name    string
		stock   int64
		status  string
		outcome string
		left    int64
		tasks   map[string]int
	}{
		{"of an order with stock", 5, "fulfilled", "deducted", 4, map[string]int{"deduct done": 1}},
		{"of an order without", 0, "unfulfillable", "refused", 0, map[string]int{"deduct done": 1, "refund pending": 1}},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := start(t, nil)
			ctx := within(t, 2*time.Minute)
			paid := w.Paid(w.place(ctx, t, test.stock, "A", "B"))
			before, err := mysql.Deadlocks(ctx)
			if err != nil {
				t.Fatal(err)
			}
			begin := time.Now()
			busy := w.stampede(ctx, t, 1000, paid)
			took := time.Since(begin)
			books := w.settle(ctx, t)
			after, err := mysql.Deadlocks(ctx)
			if err != nil {
				t.Fatal(err)
			}
			t.Logf("1000 identical callbacks in %s, %d answered 503 first, %d deadlocks", took.Round(time.Millisecond), busy, after-before)
			if after != before {
				t.Errorf("the deadlock counter moved by %d", after-before)
			}
			wantCounts(t, "orders", audit.Count(books.Orders, status), map[string]int{test.status: 1})
			wantCounts(t, "payments", audit.Count(books.Payments, disposition), map[string]int{"winner": 1})
			wantCounts(t, "deductions", audit.Count(books.Deductions, outcome), map[string]int{test.outcome: 1})
			wantCounts(t, "tasks", audit.Count(work(books), kindAndState), test.tasks)
			for _, sku := range books.SKUs {
				if sku.Stock != test.left {
					t.Errorf("stock of %s is %d, want %d", sku.Code, sku.Stock, test.left)
				}
			}

			// All of it once more, now that the answer is known.
			w.stampede(ctx, t, 1000, paid)
			again := w.settle(ctx, t)
			if len(again.Payments) != 1 || len(again.Movements) != len(books.Movements) {
				t.Errorf("a replay added payments or movements: %d and %d", len(again.Payments), len(again.Movements))
			}
			if last, err := mysql.Deadlocks(ctx); err != nil || last != before {
				t.Errorf("the deadlock counter moved by %d on replay (error %v)", last-before, err)
			}
		})
	}
}

func TestOfFiveHundredPaidOrdersForOnePieceOneIsFulfilled(t *testing.T) {
	const n = 500
	w := start(t, nil)
	ctx := within(t, 3*time.Minute)
	w.stock(ctx, t, 1, "A")
	notices := make([]shop.Notice, n)
	each(n, 16, func(i int) { notices[i] = w.Paid(w.placed(ctx, t, "A")) })
	begin := time.Now()
	each(n, n, func(i int) {
		if _, err := w.Deliver(ctx, notices[i]); err != nil {
			t.Error(err)
		}
	})
	books := w.settle(ctx, t)
	t.Logf("500 orders paid and settled in %s", time.Since(begin).Round(time.Millisecond))
	wantCounts(t, "orders", audit.Count(books.Orders, status), map[string]int{"fulfilled": 1, "unfulfillable": n - 1})
	wantCounts(t, "tasks", audit.Count(work(books), kindAndState), map[string]int{"deduct done": n, "refund pending": n - 1})
	if books.SKUs[0].Stock != 0 {
		t.Errorf("stock %d, want 0", books.SKUs[0].Stock)
	}
}

func TestOrdersOfTheSameSKUsInOppositeOrderAllSettle(t *testing.T) {
	const n = 200
	w := start(t, nil)
	ctx := within(t, 3*time.Minute)
	w.stock(ctx, t, n, "A", "B")
	before, err := mysql.Deadlocks(ctx)
	if err != nil {
		t.Fatal(err)
	}
	each(n, n, func(i int) {
		codes := [][]string{{"A", "B"}, {"B", "A"}}[i%2]
		o, err := w.Place(ctx, shop.Line{SKU: codes[0], Quantity: 1}, shop.Line{SKU: codes[1], Quantity: 1})
		if err == nil {
			_, err = w.Deliver(ctx, w.Paid(o))
		}
		if err != nil {
			t.Error(err)
		}
	})
	books := w.settle(ctx, t)
	after, err := mysql.Deadlocks(ctx)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("200 workers, %d deadlocks", after-before)
	wantCounts(t, "orders", audit.Count(books.Orders, status), map[string]int{"fulfilled": n})
	for _, sku := range books.SKUs {
		if sku.Stock != 0 {
			t.Errorf("stock of %s is %d, want 0", sku.Code, sku.Stock)
		}
	}
}

func TestTwoLinesOfOneSKUAreOne(t *testing.T) {
	w := start(t, nil)
	ctx := within(t, time.Minute)
	w.stock(ctx, t, 10, "A")
	o, err := w.Place(ctx, shop.Line{SKU: "A", Quantity: 2}, shop.Line{SKU: "A", Quantity: 3})
	if err != nil {
		t.Fatal(err)
	}
	if len(o.Lines) != 1 || o.Lines[0].Quantity != 5 || o.Amount != 5*995 {
		t.Errorf("placed order %+v", o)
	}
	if _, err := w.Deliver(ctx, w.Paid(o)); err != nil {
		t.Fatal(err)
	}
	if books := w.settle(ctx, t); books.SKUs[0].Stock != 5 {
		t.Errorf("stock %d, want 5", books.SKUs[0].Stock)
	}
}
