package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"time"

	"github.com/stockonce/stockonce/bench/load"
	"github.com/stockonce/stockonce/test/harness"
	"github.com/stockonce/stockonce/test/harness/audit"
	"github.com/stockonce/stockonce/test/harness/identity"
	"github.com/stockonce/stockonce/test/harness/shop"
)

// stage is both services on a MariaDB that keeps its commits, as they are shipped but
// for the pool.
type stage struct {
	folder         string
	mysql          *harness.MySQL
	order, product *harness.Service
	queue          *queue
	undo           harness.Stack
}

// placers is how many customers place orders at once.
const placers = 16

// open starts everything and prepares orders with a pool as it is shipped.
func open(ctx context.Context, o options) (_ *stage, err error) {
	folder, err := os.MkdirTemp("", "stockonce-overload-")
	if err != nil {
		return nil, fmt.Errorf("make the scratch folder: %w", err)
	}
	s := &stage{folder: folder}
	s.undo.Push(func() { _ = os.RemoveAll(folder) })
	defer func() {
		if err != nil {
			s.close()
		}
	}()
	sayf("building and starting both services on MariaDB")
	binaries, err := harness.Build(ctx, folder, false)
	if err != nil {
		return nil, err
	}
	if s.mysql, err = harness.StartMySQL(ctx, binaries.WithMySQL, folder); err != nil {
		return nil, err
	}
	s.undo.Push(func() { _ = s.mysql.Stop() })
	people, err := identity.New(filepath.Join(folder, "identity"))
	if err != nil {
		return nil, err
	}
	if s.product, err = s.service(ctx, "product", binaries.Product, people, nil); err != nil {
		return nil, err
	}
	own := map[string]string{"STOCKONCE_PRODUCT_ENDPOINT": s.product.GRPC, "STOCKONCE_SECRET_STANDARD": shop.Secret}
	maps.Copy(own, people.OrderSettings())
	if s.order, err = s.service(ctx, "order", binaries.Order, people, own); err != nil {
		return nil, err
	}
	if s.queue, err = newQueue(s.order.HTTP); err != nil {
		return nil, err
	}
	world, err := shop.New(s.order.HTTP, s.product.HTTP, shop.Secret, people.Operator())
	if err != nil {
		return nil, err
	}
	sayf("placing %d orders", o.orders)
	if err := s.place(ctx, world, o.orders); err != nil {
		return nil, err
	}
	if err := s.order.Terminate(ctx); err != nil {
		return nil, err
	}
	s.order.Set("STOCKONCE_DATABASE_MAX_OPEN", strconv.Itoa(o.pool))
	// The relay's part of the pool stays what it is as shipped: half of it.
	s.order.Set("STOCKONCE_RELAY_CONCURRENCY", strconv.Itoa(max(1, o.pool/2)))
	return s, s.order.Run(ctx)
}

// service starts a service on a database of its own.
func (s *stage) service(ctx context.Context, name, binary string, people *identity.Authority, own map[string]string) (*harness.Service, error) {
	env := map[string]string{
		"STOCKONCE_DATABASE_DRIVER": "mysql",
		"STOCKONCE_DATABASE_DSN":    harness.ServiceDSN(s.mysql.Addr(), database(name)),
		"STOCKONCE_LOG_LEVEL":       "warn",
	}
	maps.Copy(env, own)
	service, err := harness.NewService(name, binary, s.folder, env)
	if err != nil {
		return nil, err
	}
	if err := service.Trust(people.Access(name)); err != nil {
		return nil, err
	}
	if name == "order" {
		if err := service.Configure(harness.StandardProvider); err != nil {
			return nil, err
		}
	}
	if err := service.Install(ctx, s.mysql, database(name)); err != nil {
		return nil, err
	}
	s.undo.Push(service.Close)
	return service, service.Run(ctx)
}

// database is the name of a service's database.
func database(service string) string { return "bench_" + service }

// skus share the sales, so that no single row is what limits them.
const skus = 200

func (s *stage) place(ctx context.Context, world *shop.Shop, n int) error {
	var goods []shop.SKU
	for i := range skus {
		goods = append(goods, shop.SKU{Code: "SKU-" + strconv.Itoa(i), Price: 995, Stock: int64(n)})
	}
	if err := world.CreateProduct(ctx, goods...); err != nil {
		return err
	}
	errs := make([]error, placers)
	var wg sync.WaitGroup
	for placer := range placers {
		wg.Go(func() {
			for i := placer; i < n && errs[placer] == nil; i += placers {
				errs[placer] = s.placeOne(ctx, world, i)
			}
		})
	}
	wg.Wait()
	return errors.Join(errs...)
}

// placeOne places an order, again while it is answered with 503.
func (s *stage) placeOne(ctx context.Context, world *shop.Shop, i int) error {
	for {
		o, err := world.Place(ctx, shop.Line{SKU: goodOf(i), Quantity: 1})
		if err == nil {
			s.queue.add(notice{OrderNumber: o.Number, TransactionID: "tx-" + strconv.Itoa(i), Amount: o.Amount})
			return nil
		}
		if answer, ok := errors.AsType[*shop.StatusError](err); !ok || answer.Status != 503 || ctx.Err() != nil {
			return err
		}
	}
}

func goodOf(i int) string { return "SKU-" + strconv.Itoa(i%skus) }

func (s *stage) close() { s.undo.Close() }

// send sends callbacks at a rate.
func (s *stage) send(ctx context.Context, rate float64, d time.Duration) *load.Result {
	r := load.Run(ctx, load.Plan{
		Addr: s.order.HTTP, Rate: rate, For: d, Next: s.queue.next, InFlight: inFlight, Patience: patience,
	})
	sayf("%6.0f/s for %s: %.0f/s answered ok, P50 %s, P99 %s; %v, %d without an answer, %d not sent",
		r.Sent(), r.Lasted.Round(time.Second), r.Goodput(), ms(r.Good(50)), ms(r.Good(99)), r.Status, r.Failed, r.Unsent)
	return r
}

const (
	// step is how long each rate is tried, and growth how much more the next one is.
	step   = 6 * time.Second
	growth = 1.3
)

// findPeak sends more and more until that does not help.
func (s *stage) findPeak(ctx context.Context) (*load.Result, error) {
	s.send(ctx, 50, step) // warms up
	var peak *load.Result
	for rate, worse := 100.0, 0; worse < 2; rate *= growth {
		r := s.send(ctx, rate, step)
		if peak == nil || r.Goodput() > 1.03*peak.Goodput() {
			peak, worse = r, 0
		} else {
			worse++
		}
		if err := ctx.Err(); err != nil {
			return nil, fmt.Errorf("find the peak: %w", err)
		}
	}
	return peak, nil
}

const (
	// recovered is how long everything must be well to count as recovery, and recovery
	// how soon that must begin.
	recovered = 2 * time.Second
	recovery  = 5 * time.Second
)

// recover sends what can be done, and tells after how long everything was well.
func (s *stage) recover(ctx context.Context, rate float64) time.Duration {
	begin := time.Now()
	r := s.send(ctx, rate, recovery+recovered)
	if r.LastBad().IsZero() {
		return 0
	}
	return r.LastBad().Sub(begin)
}

// books waits until no paid order waits for its stock and returns what is in both
// databases.
func (s *stage) books(ctx context.Context) (*audit.Books, error) {
	orders, err := audit.OpenMySQL(s.mysql.DSN(database("order")))
	if err != nil {
		return nil, err
	}
	defer orders.Close()
	products, err := audit.OpenMySQL(s.mysql.DSN(database("product")))
	if err != nil {
		return nil, err
	}
	defer products.Close()
	ctx, cancel := context.WithTimeout(ctx, 5*time.Minute)
	defer cancel()
	var books *audit.Books
	err = harness.Await(ctx, func(ctx context.Context) (err error) {
		if books, err = audit.Read(ctx, orders, products); err != nil {
			return err
		}
		if waiting := books.Unsettled(); len(waiting) > 0 {
			return fmt.Errorf("%d orders wait for their stock", len(waiting))
		}
		return nil
	}, s.order.Process, s.product.Process)
	return books, err
}
