package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/stockonce/stockonce/test/harness"
	"github.com/stockonce/stockonce/test/harness/shop"
)

// demo is the demonstration under way.
type demo struct {
	*stage
	provider *provider
	started  time.Time
	orders   orders
	// first is the payment of orders.paid.
	first payment
}

// orders are what the scenes are about.
type orders struct {
	paid, unpaid, cancelled shop.Order
	lastCup                 [2]shop.Order
	rush                    []shop.Order
}

// scene is one thing that happens to a shop. Play tells what it sees, and fails when
// that is not what should be.
type scene struct {
	title string
	play  func(*demo, context.Context) error
}

var scenes = []scene{
	{"A shop opens: products are created, orders are placed", (*demo).openShop},
	{"An order is paid: its callback arrives", (*demo).payOnce},
	{"The same callback arrives 100 times more, all at once", (*demo).repeat},
	{"A forged callback arrives", (*demo).forge},
	{"A callback arrives for one cent less than the order costs", (*demo).centShort},
	{"A callback arrives for an order that was cancelled", (*demo).payCancelled},
	{"Two customers pay for the last cup", (*demo).sellOut},
	{"Product is killed (kill -9) in the middle of a rush, and comes back", (*demo).killProduct},
}

var errNotAll = errors.New("not everything held: see the lines marked ✗")

// demonstrate plays all scenes and then looks into both databases.
func demonstrate(ctx context.Context, s *stage) error {
	d := &demo{stage: s, started: time.Now()}
	d.sayf("starting product and order on SQLite in %s", s.folder)
	if err := s.open(ctx); err != nil {
		return err
	}
	d.provider = newProvider(s)
	defer d.provider.sender.Close()
	d.sayf("product  http://%s   order  http://%s", s.product.HTTP, s.order.HTTP)

	held := true
	for i, scene := range scenes {
		fmt.Printf("\n%d. %s\n", i+1, scene.title)
		if err := scene.play(d, ctx); err != nil {
			if ctx.Err() != nil || i == 0 { // without a shop there is nothing to show
				return fmt.Errorf("scene %d: %w", i+1, err)
			}
			d.sayf("✗ %v", err)
			held = false
		}
	}
	// The databases are compared when nothing moves any more.
	books, err := d.settledBooks(ctx)
	if err != nil {
		return err
	}
	if !d.report(books) || !held {
		return errNotAll
	}
	fmt.Printf("\nAll of it held, in %.1f s.\n", time.Since(d.started).Seconds())
	return nil
}

// sayf prints a line with the time since the start.
func (d *demo) sayf(format string, args ...any) {
	fmt.Printf("%6.2f s  %s\n", time.Since(d.started).Seconds(), fmt.Sprintf(format, args...))
}

// become waits until an order has the status, and returns it.
func (d *demo) become(ctx context.Context, number, status string) (o shop.Order, err error) {
	ctx, cancel := context.WithTimeout(ctx, 15*time.Second)
	defer cancel()
	err = harness.Await(ctx, func(ctx context.Context) error {
		if o, err = d.shop.Find(ctx, number); err != nil {
			return fmt.Errorf("find order: %w", err)
		}
		if o.Status != "ORDER_STATUS_"+status {
			return fmt.Errorf("order %s is %s, not %s", number, o.Status, status)
		}
		return nil
	}, d.order.Process)
	return o, err
}
