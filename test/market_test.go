package test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stockonce/stockonce/app/paysim/book"
	"github.com/stockonce/stockonce/app/paysim/deliver"
	"github.com/stockonce/stockonce/app/paysim/dialect"
	"github.com/stockonce/stockonce/app/paysim/keyfile"
	"github.com/stockonce/stockonce/app/paysim/keyset"
	"github.com/stockonce/stockonce/app/paysim/sim"
	"github.com/stockonce/stockonce/test/harness"
	"github.com/stockonce/stockonce/test/harness/audit"
	"github.com/stockonce/stockonce/test/harness/shop"
)

// providers are all that can be paid with.
var providers = keyset.Names()

// market is a world in which all four payment providers do business. They are played
// by paysim, which signs, retries, refunds and answers with code of its own.
type market struct {
	*world
	sim  *sim.Server
	keys *keyset.Set
	dir  string // of the keys
	api  string // base URL of the providers
	// config is the part of order's configuration that goes with the keys.
	config string
	// around, when set, is in the way of every request to a provider's API.
	around func(w http.ResponseWriter, r *http.Request, next http.Handler)

	mu sync.Mutex
}

// providerKeys are made once: four RSA keys take a second.
var providerKeys = sync.OnceValues(func() (*keyset.Set, error) { return keyset.New() })

// openMarket starts a market on a kind of database.
func openMarket(t *testing.T, engine string, extra settings) *market {
	t.Helper()
	m := prepareMarket(t, engine, extra)
	ctx := within(t, time.Minute)
	for _, s := range []*harness.Service{m.product, m.order} {
		if err := s.Run(ctx); err != nil {
			t.Fatal(err)
		}
	}
	return m
}

// prepareMarket is openMarket without starting the services.
func prepareMarket(t *testing.T, engine string, extra settings) *market {
	t.Helper()
	keys, err := providerKeys()
	if err != nil {
		t.Fatal(err)
	}
	m := &market{keys: keys, dir: t.TempDir()}
	m.world = prepareOn(t, engine, extra)
	m.sim, err = sim.New(sim.Options{Dialects: keys.Dialects(), Callback: "http://" + m.order.HTTP, Speed: 100})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		m.mu.Lock()
		around := m.around
		m.mu.Unlock()
		if around != nil {
			around(w, r, m.sim)
			return
		}
		m.sim.ServeHTTP(w, r)
	}))
	m.api = server.URL
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- m.sim.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
		server.CloseClientConnections()
		server.Close()
	})
	place := m.place()
	if err := keys.Write(place); err != nil {
		t.Fatal(err)
	}
	// A second is enough on one machine, and one that does not answer is part of tests.
	m.config = strings.ReplaceAll(keys.Config(place), "timeout: 10s", "timeout: 1s")
	if err := m.order.Configure(m.config); err != nil {
		t.Fatal(err)
	}
	return m
}

func (m *market) place() keyfile.Place {
	return keyfile.Place{Dir: m.dir, API: m.api, Callback: "http://" + m.order.HTTP}
}

// intercept puts f in the way of requests to the providers' APIs.
func (m *market) intercept(f func(w http.ResponseWriter, r *http.Request, next http.Handler)) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.around = f
}

// onEachDatabase runs f in a market of its own on every kind of database.
func onEachDatabase(t *testing.T, extra settings, f func(t *testing.T, m *market)) {
	t.Helper()
	for _, engine := range []string{onSQLite, onMariaDB} {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			f(t, openMarket(t, engine, extra))
		})
	}
}

// orderWith places an order of one piece with a provider.
func (m *market) orderWith(ctx context.Context, t *testing.T, provider, sku string) shop.Order {
	t.Helper()
	o, err := m.PlaceWith(ctx, provider, oneOf(sku))
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// pay has a customer pay an order in full, and the provider call back.
func (m *market) pay(ctx context.Context, t *testing.T, provider string, o shop.Order) book.Payment {
	t.Helper()
	p, err := m.sim.Pay(ctx, sim.Payment{Provider: provider, OrderNumber: o.Number, Amount: o.Amount})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// dialect is how a provider speaks.
func (m *market) dialect(t *testing.T, provider string) dialect.Dialect {
	t.Helper()
	d, ok := m.sim.Dialect(provider)
	if !ok {
		t.Fatalf("nobody plays %s", provider)
	}
	return d
}

// paid is the notice that an order was paid in full by a new transaction, which the
// provider's books know nothing of.
func paid(d dialect.Dialect, o shop.Order) book.Notice {
	now := time.Now()
	return book.PaymentNotice(book.Payment{
		Provider: d.Name(), OrderNumber: o.Number, TransactionID: d.NewTransactionID(now),
		Amount: o.Amount, Currency: shop.Currency, State: book.Paid, PaidAt: now, CreatedAt: now,
	}, now)
}

// signed is a notice as it is sent at a time.
func signed(t *testing.T, d dialect.Dialect, n book.Notice, at time.Time) shop.Signed {
	t.Helper()
	request, err := d.Notice(n)
	if err != nil {
		t.Fatal(err)
	}
	header, body := request(at)
	return shop.Signed{Header: header, Body: body}
}

// call sends a request to a provider's callback once and returns status and body.
func (m *market) call(ctx context.Context, t *testing.T, provider string, s shop.Signed) (int, string) {
	t.Helper()
	sender := deliver.NewSender(m.ProviderURL(provider), 30*time.Second)
	defer sender.Close()
	a := sender.Send(ctx, func(time.Time) (http.Header, []byte) { return s.Header.Clone(), s.Body })
	if a.Err != nil {
		t.Fatal(a.Err)
	}
	return a.Status, a.Body
}

// closeBooks waits until no stock and no money moves any more, checks all invariants,
// and that what order says went back is what went back at the providers.
func (m *market) closeBooks(ctx context.Context, t *testing.T) *audit.Books {
	t.Helper()
	var books *audit.Books
	err := harness.Await(ctx, func(ctx context.Context) error {
		var err error
		if books, err = audit.Read(ctx, m.orderDB, m.productDB); err != nil {
			return err
		}
		if moving := append(books.Unsettled(), books.MoneyUnderWay()...); len(moving) > 0 {
			return fmt.Errorf("%d things move, the first: %s", len(moving), moving[0])
		}
		return nil
	}, m.order.Process, m.product.Process)
	if err != nil {
		t.Fatal(err)
	}
	keepsInvariants(t, books)
	m.agree(t, books)
	return books
}

// agree compares order's books with the providers' own.
func (m *market) agree(t *testing.T, books *audit.Books) {
	t.Helper()
	at := map[string]int64{}
	for _, p := range m.sim.Payments() {
		at[p.Provider+" "+p.TransactionID] = p.Refunded
	}
	payments := map[string]audit.Payment{}
	for _, p := range books.Payments {
		payments[p.Number] = p
	}
	in := map[string]int64{}
	for _, r := range books.Refunds {
		if p := payments[r.Payment]; r.State == "confirmed" && r.Source != "by_hand" {
			in[p.Provider+" "+p.Transaction] += r.Amount
		}
	}
	for transaction, refunded := range at {
		if in[transaction] != refunded {
			t.Errorf("%s: %d went back at the provider, order knows of %d", transaction, refunded, in[transaction])
		}
	}
}

// taken waits until the provider has no notice left that order did not take.
func (m *market) taken(ctx context.Context, t *testing.T) {
	t.Helper()
	err := harness.Await(ctx, func(context.Context) error {
		for _, d := range m.sim.Deliveries() {
			if d.State == book.GivenUp {
				return errors.New("a notice was given up: " + d.Answer)
			}
			if d.State != book.Taken {
				return errors.New("a notice is not taken: " + d.Answer)
			}
		}
		return nil
	}, m.order.Process)
	if err != nil {
		t.Fatal(err)
	}
}

// verdicts counts the kept callbacks of an order number by verdict.
func (m *market) verdicts(ctx context.Context, t *testing.T, number string) map[string]int {
	t.Helper()
	rows, err := m.orderDB.QueryContext(ctx, "SELECT verdict FROM callbacks WHERE order_number = ?", number)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	found := map[string]int{}
	for rows.Next() {
		var verdict string
		if err := rows.Scan(&verdict); err != nil {
			t.Fatal(err)
		}
		found[verdict]++
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return found
}
