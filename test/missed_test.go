package test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stockonce/stockonce/app/paysim/sim"
	"github.com/stockonce/stockonce/app/paysim/standard"
	"github.com/stockonce/stockonce/test/harness"
	"github.com/stockonce/stockonce/test/harness/audit"
	"github.com/stockonce/stockonce/test/harness/shop"
)

// TestAPaymentThatNoCallbackToldOfIsFound has every callback lost: the provider is
// asked, minutes after the order was placed (here: a second).
func TestAPaymentThatNoCallbackToldOfIsFound(t *testing.T) {
	for _, engine := range []string{onSQLite, onMariaDB} {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			m := prepareMarket(t, engine, nil)
			ctx := within(t, time.Minute)
			if err := m.order.Configure(m.config + "orders: {queryAfter: [1s, 2s]}\n"); err != nil {
				t.Fatal(err)
			}
			m.run(ctx, t)
			m.stock(ctx, t, 100, "A")
			var orders []shop.Order
			for _, provider := range providers {
				o := m.orderWith(ctx, t, provider, "A")
				orders = append(orders, o)
				_, err := m.sim.Pay(ctx, sim.Payment{Provider: provider, OrderNumber: o.Number, Amount: o.Amount, Silent: true})
				if err != nil {
					t.Fatal(err)
				}
			}
			for _, o := range orders {
				m.wantStatus(ctx, t, o.Number, "FULFILLED")
			}
			m.closeBooks(ctx, t)
		})
	}
}

// run starts both services.
func (m *market) run(ctx context.Context, t *testing.T) {
	t.Helper()
	for _, s := range []*harness.Service{m.product, m.order} {
		if err := s.Run(ctx); err != nil {
			t.Fatal(err)
		}
	}
}

// TestTwoHoursOfOutage has order away while customers pay, until after their orders'
// expiry, and the providers call back only then. Two hours are two seconds here: what
// matters is the sequence of placed, paid, expired, back, told.
func TestTwoHoursOfOutage(t *testing.T) {
	const payWithin, each = 2 * time.Second, 5
	for _, engine := range []string{onSQLite, onMariaDB} {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			m := prepareMarket(t, engine, nil)
			m.order.Set("STOCKONCE_ORDERS_PAY_WITHIN", payWithin.String())
			ctx := within(t, 2*time.Minute)
			m.run(ctx, t)
			m.stock(ctx, t, 1000, "A")
			var inTime, never []shop.Order
			placed := time.Now()
			for _, provider := range providers {
				for range each {
					inTime = append(inTime, m.orderWith(ctx, t, provider, "A"))
				}
				never = append(never, m.orderWith(ctx, t, provider, "A"))
			}
			m.order.Kill()
			for i, o := range inTime {
				payment := sim.Payment{Provider: providers[i/each], OrderNumber: o.Number, Amount: o.Amount, Silent: i%2 == 0}
				if _, err := m.sim.Pay(ctx, payment); err != nil {
					t.Fatal(err)
				}
			}
			<-time.After(time.Until(placed.Add(payWithin + time.Second))) // all have expired
			if err := m.order.Run(ctx); err != nil {
				t.Fatal(err)
			}
			for _, o := range inTime {
				m.wantStatus(ctx, t, o.Number, "FULFILLED")
			}
			for _, o := range never {
				m.wantStatus(ctx, t, o.Number, "CANCELLED")
			}
			m.taken(ctx, t)
			books := m.closeBooks(ctx, t)
			wantCounts(t, "payments", audit.Count(books.Payments, disposition), map[string]int{"winner": len(inTime)})
			wantCounts(t, "closed trades", audit.Count(books.Tasks, closings), map[string]int{"": len(books.Tasks) - len(never), "not begun": len(never)})
		})
	}
}

// closings is how the closing of an unpaid order's trade stands; empty for other tasks.
func closings(task audit.Task) string {
	switch {
	case task.Kind != "close_payment":
		return ""
	case task.State == "pending" && task.LastError == audit.NoTrade:
		return "not begun"
	}
	return task.State
}

// TestTheShopIsTold has a target that fails at first: every event of every order
// arrives, signed, with its place in the order's history.
func TestTheShopIsTold(t *testing.T) {
	for _, engine := range []string{onSQLite, onMariaDB} {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			m := prepareMarket(t, engine, nil)
			ctx := within(t, time.Minute)
			key := standard.NewKey()
			ear := &ear{key: key, told: map[string]map[int64]string{}, refused: map[string]bool{}}
			server := httptest.NewServer(ear)
			t.Cleanup(server.Close)
			file := filepath.Join(m.dir, "notify.secret")
			if err := os.WriteFile(file, []byte(key.Reveal()), 0o600); err != nil {
				t.Fatal(err)
			}
			err := m.order.Configure(m.config + fmt.Sprintf(
				"notify: {targets: [{id: shop, endpoint: {url: %q, timeout: 5s}, keys: [{id: one, file: %q}]}]}\n", server.URL, file))
			if err != nil {
				t.Fatal(err)
			}
			m.run(ctx, t)
			m.stock(ctx, t, 1, "A")
			o, short := m.orderWith(ctx, t, "alipay", "A"), m.orderWith(ctx, t, "stripe", "A")
			m.pay(ctx, t, "alipay", o)
			m.wantStatus(ctx, t, o.Number, "FULFILLED")
			m.pay(ctx, t, "stripe", short)
			m.wantStatus(ctx, t, short.Number, "REFUNDED")
			for number, want := range map[string][]string{
				o.Number:     {"order.placed", "order.paid", "order.fulfilled"},
				short.Number: {"order.placed", "order.paid", "order.unfulfillable", "order.refund_requested", "order.refund_confirmed", "order.refunded"},
			} {
				m.await(ctx, t, func(context.Context) error { return ear.heard(number, want) })
			}
			if ear.problem() != "" {
				t.Error(ear.problem())
			}
		})
	}
}

// ear is a target that verifies by itself and refuses everything once.
type ear struct {
	key standard.Key

	mu      sync.Mutex
	told    map[string]map[int64]string // type by order and sequence
	refused map[string]bool             // by message id
	wrong   string
}

func (e *ear) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	e.mu.Lock()
	defer e.mu.Unlock()
	if id := r.Header.Get("Webhook-Id"); !e.refused[id] {
		e.refused[id] = true
		w.WriteHeader(http.StatusInternalServerError)
		return
	}
	seconds, _ := strconv.ParseInt(r.Header.Get("Webhook-Timestamp"), 10, 64)
	want := e.key.Sign(r.Header.Get("Webhook-Id"), time.Unix(seconds, 0), body)
	if err != nil || !slices.Contains(strings.Fields(r.Header.Get("Webhook-Signature")), want) {
		e.wrong = "a signature is wrong"
	}
	var message struct {
		Type string `json:"type"`
		Data struct {
			OrderNumber string      `json:"orderNumber"`
			Sequence    json.Number `json:"sequence"`
		} `json:"data"`
	}
	if err := json.Unmarshal(body, &message); err != nil {
		e.wrong = err.Error() + ": " + base64.StdEncoding.EncodeToString(body)
	}
	sequence, err := message.Data.Sequence.Int64()
	if err != nil {
		e.wrong = err.Error()
	}
	if e.told[message.Data.OrderNumber] == nil {
		e.told[message.Data.OrderNumber] = map[int64]string{}
	}
	e.told[message.Data.OrderNumber][sequence] = message.Type
	w.WriteHeader(http.StatusNoContent)
}

// heard wants the events of an order, in their sequence from 1.
func (e *ear) heard(number string, want []string) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	got := e.told[number]
	for i, kind := range want {
		if got[int64(i+1)] != kind {
			return fmt.Errorf("order %s: told %v, want %v", number, slices.Collect(maps.Values(got)), want)
		}
	}
	return nil
}

func (e *ear) problem() string {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.wrong
}
