package main

import (
	"context"
	"fmt"
	"net/http"
	"strings"

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
		d.sayf("%s costs %s %s, %d in stock", sku.Code, money(sku.Price), shop.Currency, sku.Stock)
	}
	rush := make([]shop.Order, rushSize)
	wishes := []struct {
		order    *shop.Order
		sku      shop.SKU
		quantity int64
	}{
		{&d.orders.paid, tea, 2},
		{&d.orders.unpaid, tea, 1},
		{&d.orders.cancelled, tea, 1},
		{&d.orders.lastCup[0], cup, 1},
		{&d.orders.lastCup[1], cup, 1},
	}
	for _, w := range wishes {
		if *w.order, err = d.place(ctx, w.sku, w.quantity); err != nil {
			return err
		}
	}
	for i := range rush {
		if rush[i], err = d.place(ctx, tea, 1); err != nil {
			return err
		}
	}
	d.orders.rush = rush
	d.sayf("%d orders placed; that takes no stock: %s has %d left", len(wishes)+rushSize, tea.Code, tea.Stock)
	return d.stockIs(ctx, tea.Code, tea.Stock)
}

func (d *demo) place(ctx context.Context, sku shop.SKU, quantity int64) (shop.Order, error) {
	order, err := d.shop.Place(ctx, shop.Line{SKU: sku.Code, Quantity: quantity})
	if err != nil {
		return order, fmt.Errorf("place an order: %w", err)
	}
	if order.Amount != quantity*sku.Price {
		return order, fmt.Errorf("%d of %s cost %s, not %s", quantity, sku.Code, money(order.Amount), money(quantity*sku.Price))
	}
	return order, nil
}

func (d *demo) payOnce(ctx context.Context) error {
	order := d.orders.paid
	pay, err := d.provider.paid(order, order.Amount)
	if err != nil {
		return err
	}
	d.first = pay
	if err := allTaken(d.provider.report(ctx, pay, 1)); err != nil {
		return err
	}
	if _, err := d.become(ctx, order.Number, "FULFILLED"); err != nil {
		return err
	}
	d.sayf("order %s is paid with %s and fulfilled; %s has %d left", order.Number, money(order.Amount), tea.Code, tea.Stock-2)
	return d.stockIs(ctx, tea.Code, tea.Stock-2)
}

func (d *demo) repeat(ctx context.Context) error {
	const times = 100
	if err := allTaken(d.provider.report(ctx, d.first, times)); err != nil {
		return err
	}
	order, err := d.become(ctx, d.orders.paid.Number, "FULFILLED")
	if err != nil {
		return err
	}
	if err := paymentsAre(order, "WINNER"); err != nil {
		return err
	}
	d.sayf("all %d answered ok; still one payment, and %s still has %d", times, tea.Code, tea.Stock-2)
	return d.stockIs(ctx, tea.Code, tea.Stock-2)
}

func (d *demo) forge(ctx context.Context) error {
	order := d.orders.unpaid
	pay, err := d.provider.paid(order, order.Amount)
	if err != nil {
		return err
	}
	answer := d.provider.forge(ctx, pay)
	if answer.Status != http.StatusUnauthorized {
		return fmt.Errorf("the forged callback is answered %d, not 401 (error: %w)", answer.Status, answer.Err)
	}
	if order, err = d.become(ctx, order.Number, "CREATED"); err != nil {
		return err
	}
	d.sayf("answered 401; order %s is as unpaid as before", order.Number)
	return paymentsAre(order)
}

func (d *demo) centShort(ctx context.Context) error {
	order := d.orders.unpaid
	pay, err := d.provider.paid(order, order.Amount-1)
	if err != nil {
		return err
	}
	if err := allTaken(d.provider.report(ctx, pay, 1)); err != nil {
		return err
	}
	if order, err = d.become(ctx, order.Number, "CREATED"); err != nil {
		return err
	}
	d.sayf("%s instead of %s is recorded and held for a person; order %s stays unpaid",
		money(order.Amount-1), money(order.Amount), order.Number)
	return paymentsAre(order, "MISMATCH")
}

func (d *demo) payCancelled(ctx context.Context) error {
	order := d.orders.cancelled
	if err := d.shop.Cancel(ctx, order.Number); err != nil {
		return fmt.Errorf("cancel: %w", err)
	}
	if err := d.provider.pay(ctx, order); err != nil {
		return err
	}
	order, err := d.become(ctx, order.Number, "CANCELLED")
	if err != nil {
		return err
	}
	d.sayf("order %s stays cancelled; its %s go back", order.Number, money(order.Amount))
	return paymentsAre(order, "LATE")
}

func (d *demo) sellOut(ctx context.Context) error {
	first, second := d.orders.lastCup[0], d.orders.lastCup[1]
	for _, order := range []shop.Order{first, second} {
		if err := d.provider.pay(ctx, order); err != nil {
			return err
		}
		// The first is let through first, so that the demo tells the same story each time.
		if order.Number == first.Number {
			if _, err := d.become(ctx, first.Number, "FULFILLED"); err != nil {
				return err
			}
			d.sayf("order %s gets the last %s", first.Number, cup.Code)
		}
	}
	if _, err := d.become(ctx, second.Number, "UNFULFILLABLE"); err != nil {
		return err
	}
	d.sayf("order %s is paid but unfulfillable; its %s go back", second.Number, money(second.Amount))
	return d.stockIs(ctx, cup.Code, 0)
}

func (d *demo) stockIs(ctx context.Context, sku string, want int64) error {
	got, err := d.shop.Stock(ctx, sku)
	if err != nil {
		return fmt.Errorf("read the stock: %w", err)
	}
	if got != want {
		return fmt.Errorf("%s has %d in stock, not %d", sku, got, want)
	}
	return nil
}

// paymentsAre compares the dispositions of an order's payments, oldest first.
func paymentsAre(order shop.Order, want ...string) error {
	var got []string
	for _, p := range order.Payments {
		got = append(got, strings.TrimPrefix(p.Disposition, "DISPOSITION_"))
	}
	if strings.Join(got, ",") != strings.Join(want, ",") {
		return fmt.Errorf("the payments of order %s are %q, not %q", order.Number, got, want)
	}
	return nil
}

// money prints an amount of minor units of a currency with two decimals.
func money(minor int64) string { return fmt.Sprintf("%d.%02d", minor/100, minor%100) }
