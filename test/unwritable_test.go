package test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stockonce/stockonce/test/harness"
	"github.com/stockonce/stockonce/test/harness/audit"
	"github.com/stockonce/stockonce/test/harness/shop"
)

// unwritable is a world whose order database takes no writes for a while.
type unwritable struct {
	*world
	begin, end func(context.Context) error
	// slowly says that some writes still find room before none does.
	slowly bool
}

// outlives shows that what cannot be written is answered with 503 and makes the service
// not ready, that reading goes on, and that all of it heals without a restart.
func (u *unwritable) outlives(ctx context.Context, t *testing.T) {
	t.Helper()
	u.stock(ctx, t, 10_000, "A")
	unpaid := make([]shop.Order, 20)
	for i := range unpaid {
		unpaid[i] = u.placed(ctx, t, "A")
	}
	process := u.order.Process
	if err := u.begin(ctx); err != nil {
		t.Fatal(err)
	}
	ended := false
	t.Cleanup(func() {
		if !ended { // or the server cannot even drop its databases
			_ = u.end(context.Background())
		}
	})
	if u.slowly {
		u.await(ctx, t, u.isFull)
	}
	var paid []string
	pay := func(o shop.Order) {
		t.Helper()
		notice := u.Paid(o)
		signed, err := u.Sign(notice)
		if err != nil {
			t.Fatal(err)
		}
		begin := time.Now()
		switch status, err := u.Call(ctx, signed); {
		case err != nil || status != http.StatusOK && status != http.StatusServiceUnavailable:
			t.Errorf("a callback is answered with %d, %v", status, err)
		case time.Since(begin) > answerLimit+slack:
			t.Errorf("a callback is answered after %s", time.Since(begin))
		case status == http.StatusOK:
			paid = append(paid, notice.TransactionID)
		}
	}
	for _, o := range unpaid {
		pay(o)
	}
	if !u.slowly && len(paid) > 0 {
		t.Errorf("%d callbacks were taken without being written", len(paid))
	}
	u.await(ctx, t, func(ctx context.Context) error {
		if u.slowly {
			if err := u.isFull(ctx); err != nil {
				return err
			}
		}
		return harness.Answers(u.order.ReadyURL(), http.StatusServiceUnavailable)(ctx)
	})
	u.await(ctx, t, harness.Answers(u.order.LiveURL(), http.StatusOK))
	if o, err := u.Find(ctx, unpaid[0].Number); err != nil || o.Number != unpaid[0].Number {
		t.Errorf("reading does not go on: %v", err)
	}

	ended = true
	if err := u.end(ctx); err != nil {
		t.Fatal(err)
	}
	begin := time.Now()
	u.await(ctx, t, harness.Answers(u.order.ReadyURL(), http.StatusOK))
	t.Logf("ready again after %s; %d of %d callbacks were taken meanwhile", time.Since(begin).Round(time.Millisecond), len(paid), len(unpaid))
	for _, o := range unpaid {
		notice := u.Paid(o)
		if _, err := u.Deliver(ctx, notice); err != nil {
			t.Error(err)
		}
		paid = append(paid, notice.TransactionID)
	}
	if u.order.Process != process {
		t.Error("the service was started again")
	}
	books := u.settle(ctx, t)
	if missing := books.Unrecorded(paid); missing != nil {
		t.Errorf("answered ok and not recorded: %v", missing)
	}
}

// isFull sends callbacks of a size that soon finds no room, and is nil once one was
// refused. They tell of payments that failed, which are kept and touch nothing.
func (u *unwritable) isFull(ctx context.Context) error {
	for range 50 {
		notice := u.Paid(shop.Order{Number: "06H0MJ6JW5S6BCK71JXD3C93FG", Amount: 1})
		notice.State = "failed"
		body, err := json.Marshal(map[string]any{
			"transactionId": notice.TransactionID, "orderNumber": notice.OrderNumber, "amount": notice.Amount,
			"currency": notice.Currency, "state": notice.State, "paidAt": notice.PaidAt, "padding": strings.Repeat("x", 60_000),
		})
		if err != nil {
			return fmt.Errorf("large notice: %w", err)
		}
		status, err := u.Call(ctx, u.SignBody(body))
		if err != nil {
			return fmt.Errorf("large notice: %w", err)
		}
		if status == http.StatusServiceUnavailable {
			return nil
		}
	}
	return errors.New("there is room still")
}

// moveOrder has order keep its SQLite database in another file, before it is started.
func (w *world) moveOrder(t *testing.T, file string) {
	t.Helper()
	w.order.Set("STOCKONCE_DATABASE_DSN", file)
	db, err := audit.OpenSQLite(file)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	w.orderDB = db
}
