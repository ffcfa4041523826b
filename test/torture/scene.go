package main

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/go-sql-driver/mysql"

	"github.com/stockonce/stockonce/test/harness"
	"github.com/stockonce/stockonce/test/harness/audit"
	"github.com/stockonce/stockonce/test/harness/identity"
	"github.com/stockonce/stockonce/test/harness/shop"
	"github.com/stockonce/stockonce/test/harness/wire"
)

// scene is all that runs, with a proxy on every wire:
//
//	providers ──wire──┐               ┌──wire──> product-a, -b, -c ──wire──> product-db
//	                  ├──> order-a, -b, -c ──wire──> order-db
//	customers ──wire──┘
//
// and Consul, which tells order where the proxies in front of product are.
type scene struct {
	folder    string
	servers   map[string]*harness.MySQL
	clocks    error // why there are none
	consul    *harness.Consul
	replicas  map[string]*replica
	wires     map[string]*wire.TCP
	commits   map[string]*wire.MySQL // by database
	providers map[string]*provider
	identity  *identity.Authority
	shop      *shop.Shop
	ledger    *tally
	kept      *memory
	// Straight to the databases, past the proxies.
	orderDB, productDB *sql.DB

	undo harness.Stack
}

// Waits of order are short, so that those of chaos are longer: a lease runs out while
// its owner stands still, and an order expires while callbacks are lost.
const (
	lease         = 8 * time.Second
	payWithin     = 40 * time.Second
	closingTime   = time.Minute // for how long an unpaid order's trade is still looked for
	orphanWindow  = 20 * time.Second
	orderSettings = "orders: {queryAfter: [3s, 12s]}\n"
)

var settings = map[string]string{
	"STOCKONCE_PRODUCT_CALL_TIMEOUT": "3s",
	"STOCKONCE_RELAY_LEASE":          lease.String(),
	"STOCKONCE_RELAY_POLL_INTERVAL":  "0.2s",
	"STOCKONCE_ORDERS_PAY_WITHIN":    payWithin.String(),
	"STOCKONCE_ORDERS_GRACE":         fmt.Sprint(closingTime.Seconds(), "s"),
	"STOCKONCE_ORDERS_ORPHAN_WINDOW": orphanWindow.String(),
}

// openScene starts everything in folder. What is started ends with close, also after
// an error.
func openScene(ctx context.Context, folder string) (s *scene, err error) {
	_ = mysql.SetLogger(&mysql.NopLogger{}) // databases come and go here
	s = &scene{
		folder: folder, ledger: newTally(), kept: newMemory(),
		servers: map[string]*harness.MySQL{}, replicas: map[string]*replica{},
		wires: map[string]*wire.TCP{}, commits: map[string]*wire.MySQL{},
	}
	for _, step := range []func(context.Context) error{s.startServers, s.startServices, s.fillShop} {
		if err := step(ctx); err != nil {
			return s, err
		}
	}
	return s, nil
}

func (s *scene) close() { s.undo.Close() }

func (s *scene) startServers(ctx context.Context) error {
	program, err := harness.BuildWithMySQL(ctx, s.folder)
	if err != nil {
		return fmt.Errorf("start the databases: %w", err)
	}
	start := harness.StartClockedMySQL
	if s.clocks = harness.WithClocks(s.folder); s.clocks != nil {
		start = harness.StartMySQL
	}
	books := map[string]**sql.DB{"order-db": &s.orderDB, "product-db": &s.productDB}
	for _, name := range databases {
		folder := filepath.Join(s.folder, name)
		if err := os.Mkdir(folder, 0o700); err != nil {
			return fmt.Errorf("start %s: %w", name, err)
		}
		server, err := start(ctx, program, folder)
		if err != nil {
			return fmt.Errorf("start %s: %w", name, err)
		}
		s.undo.Push(func() { _ = server.Stop() })
		s.servers[name] = server
		if *books[name], err = audit.OpenMySQL(server.DSN(database)); err != nil {
			return fmt.Errorf("start %s: %w", name, err)
		}
		s.undo.Push(func() { _ = (*books[name]).Close() })
		if s.commits[name], err = wire.NewMySQL(server.Addr()); err != nil {
			return fmt.Errorf("start %s: %w", name, err)
		}
		s.undo.Push(s.commits[name].Close)
	}
	if s.consul, err = harness.StartConsul(ctx, s.folder); err != nil {
		return fmt.Errorf("start consul: %w", err)
	}
	s.undo.Push(s.consul.Kill)
	return nil
}

// database is what each service calls its own, on a server of its own.
const database = "shop"

func (s *scene) fillShop(ctx context.Context) error {
	var skus []shop.SKU
	for i := range hotSKUs {
		skus = append(skus, shop.SKU{Code: hot(i), Price: price, Stock: hotStock})
	}
	for i := range coldSKUs {
		skus = append(skus, shop.SKU{Code: cold(i), Price: price, Stock: coldStock})
	}
	const atOnce = 50
	for i := 0; i < len(skus); i += atOnce {
		if err := s.shop.CreateProduct(ctx, skus[i:min(i+atOnce, len(skus))]...); err != nil {
			return fmt.Errorf("fill the shop: %w", err)
		}
	}
	return nil
}
