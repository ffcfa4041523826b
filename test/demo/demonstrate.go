package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/stockonce/stockonce/app/paysim/book"
)

// demo is the demonstration under way.
type demo struct {
	*stage
	started time.Time
	orders  orders
	// paid are the payments of orders.bought, by provider.
	paid map[string]book.Payment
}

// orders are what the scenes are about.
type orders struct {
	bought, unpaid map[string]sale // by provider
	lastCup        [2]sale
	rush           []sale
}

// scene is one thing that happens to a shop. Play tells what it sees, and fails when
// that is not what should be.
type scene struct {
	title string
	play  func(*demo, context.Context) error
}

var scenes = []scene{
	{"A shop opens: products are created, orders are placed", (*demo).openShop},
	{"Orders are paid with each provider: their callbacks arrive", (*demo).payOnce},
	{"The same callbacks arrive 100 times more, all at once", (*demo).repeat},
	{"Forged callbacks arrive", (*demo).forge},
	{"A callback arrives for one cent less than the order costs", (*demo).centShort},
	{"A callback arrives for an order that was cancelled", (*demo).payCancelled},
	{"A customer pays twice", (*demo).payTwice},
	{"Two customers pay for the last cup", (*demo).sellOut},
	{"The money is given back at the provider's console", (*demo).refundAtConsole},
	{"An operator gives the money back", (*demo).refundByOperator},
	{"Callbacks get lost", (*demo).loseCallbacks},
	{"Product is killed (kill -9) in the middle of a rush, and comes back", (*demo).killProduct},
	{"Nobody pays: orders expire", (*demo).expire},
}

// quick shortens what would take minutes: how soon a provider is asked about an unpaid
// order and sends a callback again, and how often the relay looks for work.
var quick = pace{repeats: 100, settings: "orders: {queryAfter: [1s]}\nrelay: {pollInterval: 0.1s}\n"}

var errNotAll = errors.New("not everything held: see the lines marked ✗")

// demonstrate plays all scenes and then looks into both databases and into the books
// of the providers.
func demonstrate(ctx context.Context, s *stage) error {
	d := &demo{stage: s, started: time.Now(), paid: map[string]book.Payment{}}
	d.sayf("starting product, order and four payment providers in %s", s.folder)
	if err := s.open(ctx, quick); err != nil {
		return err
	}
	d.sayf("product  http://%s   order  http://%s   providers  http://%s", s.product.HTTP, s.order.HTTP, s.api)

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
	// The books are compared when nothing moves any more.
	books, err := d.settledBooks(ctx)
	if err != nil {
		return err
	}
	if !report(books, d.providers.statement()) || !held {
		return errNotAll
	}
	fmt.Printf("\nAll of it held, in %.1f s.\n", time.Since(d.started).Seconds())
	return nil
}

// sayf prints a line with the time since the start.
func (d *demo) sayf(format string, args ...any) {
	fmt.Printf("%6.2f s  %s\n", time.Since(d.started).Seconds(), fmt.Sprintf(format, args...))
}
