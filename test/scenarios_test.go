package test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stockonce/stockonce/test/harness"
	"github.com/stockonce/stockonce/test/harness/audit"
	"github.com/stockonce/stockonce/test/harness/shop"
	"github.com/stockonce/stockonce/test/harness/wire"
)

// A process that stands still for longer than its claim lasts, as in a long pause of
// its machine, wakes up in the middle of recording an answer that another has recorded
// meanwhile.
func TestAProcessThatSleptThroughItsLeaseChangesNothing(t *testing.T) {
	w := prepare(t, nil)
	ctx := within(t, time.Minute)
	w.order.Set("STOCKONCE_PRODUCT_CALL_TIMEOUT", "1s")
	w.order.Set("STOCKONCE_RELAY_LEASE", "3s")
	other, err := w.order.Replica("order-b")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(other.Close)
	for _, s := range []*harness.Service{w.product, w.order} {
		if err := s.Run(ctx); err != nil {
			t.Fatal(err)
		}
	}
	o := w.place(ctx, t, 5, "A")

	answer := w.rpc.Arm(wire.After, 1, "DeductStock")
	delivered := make(chan error, 1)
	go func() {
		_, err := w.Deliver(ctx, w.Paid(o))
		delivered <- err
	}()
	deducted, err := answer.Wait(ctx)
	if err != nil {
		t.Fatal(err)
	}
	recording := w.orderWire.Arm(wire.Before, 1, wire.Containing(o.Number))
	deducted.Pass()
	held, err := recording.Wait(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.order.Pause(); err != nil {
		t.Fatal(err)
	}
	if err := other.Run(ctx); err != nil {
		t.Fatal(err)
	}
	var settled *audit.Books
	err = harness.Await(ctx, func(ctx context.Context) error {
		if settled, err = audit.Read(ctx, w.orderDB, w.productDB); err == nil && settled.Orders[0].Status != "fulfilled" {
			err = errors.New("the other relay has not taken over")
		}
		return err
	}, other.Process)
	if err != nil {
		t.Fatal(err)
	}

	if err := w.order.Resume(); err != nil {
		t.Fatal(err)
	}
	held.Pass()
	if err := <-delivered; err != nil {
		t.Error(err)
	}
	books := w.settle(ctx, t)
	if len(books.Movements) != len(settled.Movements) {
		t.Errorf("the one that slept added to %d movements: %d", len(settled.Movements), len(books.Movements))
	}
	var events int
	err = w.orderDB.QueryRowContext(ctx, "SELECT COUNT(*) FROM order_events WHERE order_number = ?", o.Number).Scan(&events)
	if err != nil || events != 3 {
		t.Errorf("%d events, want placed, paid and fulfilled (error %v)", events, err)
	}
	wantCounts(t, "tasks", audit.Count(work(books), kindAndState), map[string]int{"deduct done": 1})
}

// Five hundred callbacks are on their way through order when it is asked to stop, the
// first of them held in the middle of their commits.
func TestFiveHundredCallbacksInFlightSurviveAStop(t *testing.T) {
	const n, held = 500, 8
	w := start(t, nil)
	ctx := within(t, 3*time.Minute)
	w.stock(ctx, t, n, "A")
	notices := make([]shop.Notice, n)
	each(n, 8, func(i int) { notices[i] = w.Paid(w.placed(ctx, t, "A")) })

	trap := w.orderWire.Arm(wire.Before, held, wire.Commit("INSERT INTO `payments`"))
	var sent, answered, ok atomic.Int64
	var callbacks sync.WaitGroup
	for _, notice := range notices {
		signed, err := w.Sign(notice)
		if err != nil {
			t.Fatal(err)
		}
		callbacks.Go(func() {
			sent.Add(1)
			status, err := w.Call(ctx, signed)
			answered.Add(1)
			switch {
			case err == nil && status == http.StatusOK:
				ok.Add(1)
			case err == nil && status != http.StatusServiceUnavailable:
				t.Errorf("a callback was answered %d", status)
			}
		})
	}
	var commits []*wire.Held
	for range held {
		commit, err := trap.Wait(ctx)
		if err != nil {
			t.Fatal(err)
		}
		commits = append(commits, commit)
	}
	inFlight := sent.Load() - answered.Load()
	begin := time.Now()
	if err := w.order.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	for _, commit := range commits {
		commit.Pass()
	}
	if err := w.order.Wait(ctx); err != nil {
		t.Error(err)
	}
	callbacks.Wait()
	t.Logf("%d callbacks in flight, ended after %s, %d of %d answered ok", inFlight, time.Since(begin).Round(time.Millisecond), ok.Load(), n)
	if inFlight < held {
		t.Errorf("%d callbacks were in flight", inFlight)
	}
	books, err := audit.Read(ctx, w.orderDB, w.productDB)
	if err != nil {
		t.Fatal(err)
	}
	if recorded := int64(len(books.Payments)); recorded < ok.Load() {
		t.Errorf("%d callbacks were answered ok, %d recorded", ok.Load(), recorded)
	}

	if err := w.order.Run(ctx); err != nil {
		t.Fatal(err)
	}
	each(n, 16, func(i int) { // the provider repeats what it got no answer to, and what it did
		if _, err := w.Deliver(ctx, notices[i]); err != nil {
			t.Error(err)
		}
	})
	wantCounts(t, "orders", audit.Count(w.settle(ctx, t).Orders, status), map[string]int{"fulfilled": n})
}

// A migration that only adds is applied while both services of the version before it
// take payments, which are never refused but with "later".
func TestTheSchemaIsExpandedUnderLoad(t *testing.T) {
	const n = 600
	w := start(t, nil)
	ctx := within(t, 3*time.Minute)
	w.stock(ctx, t, n, "A")
	notices := make([]shop.Notice, n)
	each(n, 8, func(i int) { notices[i] = w.Paid(w.placed(ctx, t, "A")) })

	var paid, tries atomic.Int64
	var paying sync.WaitGroup
	paying.Go(func() {
		each(n, 8, func(i int) {
			sent, err := w.Deliver(ctx, notices[i])
			if err != nil {
				t.Error(err)
			}
			paid.Add(1)
			tries.Add(int64(sent))
		})
	})
	w.await(ctx, t, func(context.Context) error {
		if paid.Load() == 0 {
			return errors.New("nothing is paid yet")
		}
		return nil
	})
	before := paid.Load()
	for _, change := range []string{"ADD COLUMN later varchar(32) NOT NULL DEFAULT ''", "ADD INDEX later (later)"} {
		for db, tables := range map[*sql.DB][]string{
			w.orderDB:   {"orders", "payments", "callbacks", "tasks", "order_events"},
			w.productDB: {"skus", "deductions", "stock_movements"},
		} {
			for _, table := range tables {
				if _, err := db.ExecContext(ctx, fmt.Sprintf("ALTER TABLE %s %s", table, change)); err != nil {
					t.Error(err)
				}
			}
		}
	}
	during := paid.Load() - before
	paying.Wait()
	t.Logf("%d of %d payments were taken during the migration; callbacks were sent %d times", during, n, tries.Load())
	if during == 0 {
		t.Error("nothing was paid during the migration")
	}
	wantCounts(t, "orders", audit.Count(w.settle(ctx, t).Orders, status), map[string]int{"fulfilled": n})
}
