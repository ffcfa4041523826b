package test

import (
	"strings"
	"testing"
	"time"

	"github.com/stockonce/stockonce/test/harness/audit"
	"github.com/stockonce/stockonce/test/harness/shop"
)

// Both services run with accounts that may delete nothing. Whoever prunes uses the one
// for migrations, while payments go on.
func TestOldCallbacksArePrunedByTheAdminAlone(t *testing.T) {
	const n = 40
	w := start(t, nil)
	ctx := within(t, 2*time.Minute)
	w.stock(ctx, t, 2*n, "A")
	notices := make([]shop.Notice, 2*n)
	each(len(notices), 8, func(i int) { notices[i] = w.Paid(w.placed(ctx, t, "A")) })
	deliver := func(from, to int) {
		each(to-from, 8, func(i int) {
			if _, err := w.Deliver(ctx, notices[from+i]); err != nil {
				t.Error(err)
			}
		})
	}
	deliver(0, n)
	if books := w.settle(ctx, t); len(books.Payments) != n {
		t.Errorf("%d payments, want %d", len(books.Payments), n)
	}
	for _, statement := range []string{
		"UPDATE callbacks SET created_at = created_at - INTERVAL 100 DAY",
		// The provider has been asked about them meanwhile, for the last time at expiry.
		"UPDATE tasks SET updated_at = updated_at - INTERVAL 100 DAY, state = 'done' WHERE kind IN ('deduct', 'query_payment')",
	} {
		if _, err := w.orderDB.ExecContext(ctx, statement); err != nil {
			t.Fatal(err)
		}
	}

	args := []string{"prune", "--callbacks-older-than", "90d", "--tasks-older-than", "90d", "--batch", "7"}
	if out, err := w.order.Command(ctx, args...); err == nil || !strings.Contains(out, "denied") {
		t.Errorf("the service's own account pruned: %s (error %v)", out, err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		deliver(n, 2*n)
	}()
	out, err := w.order.AsAdmin(ctx, args...)
	if err != nil {
		t.Errorf("%v: %s", err, out)
	}
	<-done
	t.Logf("%s", out)
	var left int
	err = w.orderDB.QueryRowContext(ctx, "SELECT COUNT(*) FROM callbacks WHERE created_at < NOW() - INTERVAL 90 DAY").Scan(&left)
	if err != nil || left != 0 {
		t.Errorf("%d old callbacks are left (error %v)", left, err)
	}
	deliver(0, n) // the provider repeats itself after a hundred days
	books := w.settle(ctx, t)
	if len(books.Payments) != 2*n {
		t.Errorf("%d payments, want %d", len(books.Payments), 2*n)
	}
	wantCounts(t, "orders", audit.Count(books.Orders, status), map[string]int{"fulfilled": 2 * n})
	wantCounts(t, "work", audit.Count(work(books), kindAndState), map[string]int{"deduct done": n})
}
