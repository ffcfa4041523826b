package main

import (
	"context"
	"fmt"
	"net/http"

	"golang.org/x/sync/errgroup"

	"github.com/stockonce/stockonce/app/paysim/keyset"
	"github.com/stockonce/stockonce/app/paysim/sim"
	"github.com/stockonce/stockonce/test/harness/shop"
)

// What the shop sells.
var (
	tea = shop.SKU{Code: "TEA-GREEN", Price: 2500, Stock: 100}
	cup = shop.SKU{Code: "CUP-JADE", Price: 8800, Stock: 1}
)

// rushSize is how many orders are paid while product is killed.
const rushSize = 20

func (d *demo) openShop(ctx context.Context) (err error) {
	for _, sku := range []shop.SKU{tea, cup} {
		if err := d.shop.CreateProduct(ctx, sku); err != nil {
			return fmt.Errorf("create product: %w", err)
		}
		d.sayf("%s costs %s %s, %d in stock", sku.Code, money(sku.Price), currency, sku.Stock)
	}
	o := orders{bought: map[string]sale{}, unpaid: map[string]sale{}}
	names := keyset.Names()
	for _, name := range names {
		if o.bought[name], err = d.place(ctx, name, tea, 2); err != nil {
			return err
		}
		if o.unpaid[name], err = d.place(ctx, name, tea, 1); err != nil {
			return err
		}
	}
	for i, name := range []string{"alipay", "standard"} {
		if o.lastCup[i], err = d.place(ctx, name, cup, 1); err != nil {
			return err
		}
	}
	for i := range rushSize {
		one, err := d.place(ctx, names[i%len(names)], tea, 1)
		if err != nil {
			return err
		}
		o.rush = append(o.rush, one)
	}
	d.orders = o
	d.sayf("%d orders placed, with %d providers; that takes no stock", 2*len(names)+len(o.lastCup)+rushSize, len(names))
	return d.stockMoves(ctx, tea, tea.Stock, 0)
}

func (d *demo) payOnce(ctx context.Context) error {
	before, err := d.shop.Stock(ctx, tea.Code)
	if err != nil {
		return fmt.Errorf("read the stock: %w", err)
	}
	names := keyset.Names()
	for _, name := range names {
		order := d.orders.bought[name]
		if d.paid[name], err = d.sell(ctx, order); err != nil {
			return err
		}
		d.sayf("order %s is paid with %s by %s, and fulfilled", order.Number, money(order.Amount), name)
	}
	return d.stockMoves(ctx, tea, before, -2*int64(len(names)))
}

func (d *demo) repeat(ctx context.Context) error {
	before, err := d.shop.Stock(ctx, tea.Code)
	if err != nil {
		return fmt.Errorf("read the stock: %w", err)
	}
	names := keyset.Names()
	each := 100 / len(names)
	repeats, repeating := errgroup.WithContext(ctx)
	for _, name := range names {
		repeats.Go(func() error {
			answers, err := d.providers.repeat(repeating, d.paid[name], each)
			for _, a := range answers {
				if err == nil && !d.providers.speaker(name).Taken(a) {
					err = fmt.Errorf("a repeat of %s is answered %s", name, sim.Describe(a))
				}
			}
			return err
		})
	}
	if err := repeats.Wait(); err != nil {
		return err
	}
	for _, name := range names {
		order, err := d.become(ctx, d.orders.bought[name], "FULFILLED")
		if err != nil {
			return err
		}
		if err := paymentsAre(order, "WINNER"); err != nil {
			return err
		}
	}
	d.sayf("%d from each provider, all answered as it wants; still one payment each", each)
	return d.stockMoves(ctx, tea, before, 0)
}

func (d *demo) forge(ctx context.Context) error {
	for _, name := range keyset.Names() {
		target := d.orders.unpaid[name]
		answer, err := d.providers.forge(ctx, target)
		if err != nil {
			return err
		}
		if answer.Status != http.StatusUnauthorized {
			return fmt.Errorf("the forged callback of %s is answered %s, not 401", name, sim.Describe(answer))
		}
		order, err := d.become(ctx, target, "CREATED")
		if err != nil {
			return err
		}
		if err := paymentsAre(order); err != nil {
			return err
		}
		d.sayf("%s's is answered 401; order %s is as unpaid as before", name, order.Number)
	}
	return nil
}

func (d *demo) sellOut(ctx context.Context) error {
	first, second := d.orders.lastCup[0], d.orders.lastCup[1]
	// One after the other, so that the demo tells the same story each time.
	if _, err := d.sell(ctx, first); err != nil {
		return err
	}
	d.sayf("order %s gets the last %s", first.Number, cup.Code)
	paid, err := d.pay(ctx, second, second.Amount)
	if err != nil {
		return err
	}
	if err := d.goneBack(ctx, paid); err != nil {
		return err
	}
	if _, err := d.become(ctx, second, "REFUNDED"); err != nil {
		return err
	}
	d.sayf("order %s cannot be fulfilled: %s went back through %s", second.Number, money(paid.Amount), paid.Provider)
	return d.stockMoves(ctx, cup, cup.Stock, -1)
}
