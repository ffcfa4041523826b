package test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stockonce/stockonce/test/harness"
	"github.com/stockonce/stockonce/test/harness/audit"
	"github.com/stockonce/stockonce/test/harness/identity"
	"github.com/stockonce/stockonce/test/harness/shop"
	"github.com/stockonce/stockonce/test/harness/wire"
)

// world is both services on databases of their own, with a proxy on every wire:
//
//	shop ──> order ──rpc──> product
//	           └──orderWire──> MySQL <──productWire──┘
type world struct {
	*shop.Shop
	identity               *identity.Authority
	order, product         *harness.Service
	orderWire, productWire *wire.MySQL
	rpc                    *wire.GRPC
	// Straight to the databases, past the proxies.
	orderDB, productDB *sql.DB
}

type settings map[string]string

var worlds atomic.Int64

// start starts a world that ends with the test. Settings are for both services, in
// addition to what they need.
func start(t *testing.T, extra settings) *world {
	t.Helper()
	w := prepare(t, extra)
	ctx := within(t, time.Minute)
	for _, s := range []*harness.Service{w.product, w.order} {
		if err := s.Run(ctx); err != nil {
			t.Fatal(err)
		}
	}
	return w
}

// prepare is start without starting the services.
func prepare(t *testing.T, extra settings) *world {
	t.Helper()
	return prepareOn(t, onMariaDB, extra)
}

// The databases that both services run on.
const (
	onMariaDB = "mariadb"
	onSQLite  = "sqlite"
	// Without tables, with an account that may make them.
	onEmptyMariaDB = "empty mariadb"
)

// prepareOn is prepare on a kind of database.
func prepareOn(t *testing.T, engine string, extra settings) *world {
	t.Helper()
	return prepareAt(t, mysql, mysql.Addr(), engine, extra)
}

// prepareAt is prepareOn with a database server that may be the test's own, and that
// the services reach at via.
func prepareAt(t *testing.T, server *harness.MySQL, via, engine string, extra settings) *world {
	t.Helper()
	ctx := within(t, time.Minute)
	w := &world{}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	var err error
	w.orderWire, err = wire.NewMySQL(via)
	must(err)
	t.Cleanup(w.orderWire.Close)
	w.productWire, err = wire.NewMySQL(via)
	must(err)
	t.Cleanup(w.productWire.Close)

	n := worlds.Add(1)
	folder := t.TempDir()
	w.identity, err = identity.New(filepath.Join(folder, "identity"))
	must(err)
	service := func(name, binary, addr string, own settings) (*harness.Service, *sql.DB) {
		t.Helper()
		var db *sql.DB
		var env settings
		var database string
		var err error
		if engine == onSQLite {
			file := filepath.Join(folder, name+".db")
			db, err = audit.OpenSQLite(file)
			env = settings{"STOCKONCE_DATABASE_DRIVER": "sqlite", "STOCKONCE_DATABASE_DSN": file}
		} else {
			database = fmt.Sprintf("%s_%d", name, n)
			t.Cleanup(func() { must(server.Drop(context.Background(), database)) })
			db, err = audit.OpenMySQL(server.DSN(database))
			env = settings{"STOCKONCE_DATABASE_DRIVER": "mysql", "STOCKONCE_DATABASE_DSN": harness.ServiceDSN(addr, database)}
		}
		must(err)
		t.Cleanup(func() { _ = db.Close() })
		// A busy machine is no database in trouble: see trouble_test.go for those.
		env["STOCKONCE_LIMITS_ANSWER_WITHIN"] = "10s"
		for _, limit := range []string{"OPEN", "REQUESTS", "PER_CALLER"} {
			env["STOCKONCE_LIMITS_"+limit] = "2000"
		}
		maps.Copy(env, own)
		maps.Copy(env, extra)
		s, err := harness.NewService(name, binary, folder, env)
		must(err)
		must(s.Trust(w.identity.Access(name)))
		switch engine {
		case onMariaDB:
			must(s.Install(ctx, server, database))
		case onEmptyMariaDB:
			must(server.Create(ctx, database))
			s.Set("STOCKONCE_DATABASE_DSN", harness.DSN(addr, database))
		}
		t.Cleanup(func() {
			s.Close()
			if s.Process == nil {
				return
			}
			for _, trouble := range []string{"DATA RACE", `"msg":"panic"`, "goroutine 1 ["} {
				if log := s.Log(); strings.Contains(log, trouble) {
					at := strings.Index(log, trouble)
					t.Errorf("%s logged %q:\n%s", name, trouble, log[at:min(len(log), at+4000)])
				}
			}
			if t.Failed() {
				t.Log(s.Tail())
			}
		})
		return s, db
	}
	w.product, w.productDB = service("product", binaries.Product, w.productWire.Addr, nil)
	w.rpc, err = wire.NewGRPC(w.product.GRPC)
	must(err)
	t.Cleanup(w.rpc.Close)
	orderSettings := settings{
		"STOCKONCE_PRODUCT_ENDPOINT":    w.rpc.Addr,
		"STOCKONCE_SECRET_STANDARD":     shop.Secret,
		"STOCKONCE_RELAY_POLL_INTERVAL": "0.05s",
	}
	maps.Copy(orderSettings, w.identity.OrderSettings())
	w.order, w.orderDB = service("order", binaries.Order, w.orderWire.Addr, orderSettings)
	must(w.order.Configure(harness.StandardProvider))
	w.Shop, err = shop.New(w.order.HTTP, w.product.HTTP, shop.Secret, w.identity.Operator())
	must(err)
	return w
}

// within is the test's context with a deadline.
func within(t *testing.T, d time.Duration) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), d)
	t.Cleanup(cancel)
	return ctx
}

// settle waits until no paid order waits for its stock any more, and returns the
// books, which keep all invariants.
func (w *world) settle(ctx context.Context, t *testing.T) *audit.Books {
	t.Helper()
	var books *audit.Books
	err := harness.Await(ctx, func(ctx context.Context) error {
		var err error
		if books, err = audit.Read(ctx, w.orderDB, w.productDB); err != nil {
			return err
		}
		if waiting := books.Unsettled(); len(waiting) > 0 {
			return fmt.Errorf("%d orders wait for their stock, the first %s", len(waiting), waiting[0])
		}
		return nil
	}, w.order.Process, w.product.Process)
	if err != nil {
		t.Fatal(err)
	}
	keepsInvariants(t, books)
	return books
}

// keepsInvariants fails the test when the books break one.
func keepsInvariants(t *testing.T, b *audit.Books) {
	t.Helper()
	for i, v := range b.Violations() {
		if t.Errorf("invariant broken: %s", v); i == 9 {
			t.Fatal("and more")
		}
	}
}

// place creates SKUs with the given stock and returns a placed order of one piece each.
func (w *world) place(ctx context.Context, t *testing.T, stock int64, codes ...string) shop.Order {
	t.Helper()
	w.stock(ctx, t, stock, codes...)
	return w.placed(ctx, t, codes...)
}

// stock creates SKUs at 995 each with the given stock.
func (w *world) stock(ctx context.Context, t *testing.T, stock int64, codes ...string) {
	t.Helper()
	var skus []shop.SKU
	for _, code := range codes {
		skus = append(skus, shop.SKU{Code: code, Price: 995, Stock: stock})
	}
	if err := w.CreateProduct(ctx, skus...); err != nil {
		t.Fatal(err)
	}
}

// placed places an order of one piece each, again while the answer is 503, as it is
// while order has not found a restarted product yet.
func (w *world) placed(ctx context.Context, t *testing.T, codes ...string) shop.Order {
	t.Helper()
	var lines []shop.Line
	for _, code := range codes {
		lines = append(lines, oneOf(code))
	}
	for {
		o, err := w.Place(ctx, lines...)
		if err == nil {
			return o
		}
		var answer *shop.StatusError
		if !errors.As(err, &answer) || answer.Status != http.StatusServiceUnavailable {
			t.Fatal(err)
		}
		select {
		case <-ctx.Done():
			t.Fatal(err)
		case <-time.After(50 * time.Millisecond): // a client's pause
		}
	}
}

func oneOf(sku string) shop.Line { return shop.Line{SKU: sku, Quantity: 1} }

// wantStatus waits until the order has the status, as in "FULFILLED".
func (w *world) wantStatus(ctx context.Context, t *testing.T, number, status string) {
	t.Helper()
	err := harness.Await(ctx, func(ctx context.Context) error {
		o, err := w.Find(ctx, number)
		if err == nil && o.Status != "ORDER_STATUS_"+status {
			err = errors.New("order " + number + " is " + o.Status + ", not " + status)
		}
		return err
	}, w.order.Process, w.product.Process)
	if err != nil {
		t.Fatal(err)
	}
}

// await waits until ok holds, while both services run.
func (w *world) await(ctx context.Context, t *testing.T, ok func(context.Context) error) {
	t.Helper()
	if err := harness.Await(ctx, ok, w.order.Process, w.product.Process); err != nil {
		t.Fatal(err)
	}
}

func status(o audit.Order) string        { return o.Status }
func disposition(p audit.Payment) string { return p.Disposition }
func outcome(d audit.Deduction) string   { return d.Outcome }
func kindAndState(t audit.Task) string   { return t.Kind + " " + t.State }

// work is the tasks about stock and money: that a provider is asked about an order is
// planned when it is placed, and says nothing here.
func work(b *audit.Books) []audit.Task {
	return slices.DeleteFunc(slices.Clone(b.Tasks), func(t audit.Task) bool { return t.Kind == "query_payment" })
}

// wantCounts compares counts, of which missing ones are zero.
func wantCounts(t *testing.T, what string, got, want map[string]int) {
	t.Helper()
	if !maps.Equal(got, want) {
		t.Errorf("%s: %v, want %v", what, got, want)
	}
}
