package main

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/stockonce/stockonce/app/paysim/book"
	"github.com/stockonce/stockonce/app/paysim/keyset"
	"github.com/stockonce/stockonce/app/paysim/sim"
)

// loseCallbacks has customers pay, and no provider call back.
func (d *demo) loseCallbacks(ctx context.Context) error {
	before, err := d.shop.Stock(ctx, tea.Code)
	if err != nil {
		return fmt.Errorf("read the stock: %w", err)
	}
	var lost []sale
	for _, name := range keyset.Names() {
		order, err := d.place(ctx, name, tea, 1)
		if err != nil {
			return err
		}
		lost = append(lost, order)
		if _, err := d.trade(ctx, order, book.Paid); err != nil {
			return err
		}
	}
	d.sayf("%d orders are placed and paid, with one provider each, and no callback comes", len(lost))
	for _, order := range lost {
		if _, err := d.become(ctx, order, "FULFILLED"); err != nil {
			return err
		}
	}
	d.sayf("all %d are fulfilled: order has asked the providers", len(lost))
	return d.stockMoves(ctx, tea, before, -int64(len(lost)))
}

// trade has an order's trade at its provider be in a state that no callback tells of.
func (d *demo) trade(ctx context.Context, order sale, state book.State) (book.Payment, error) {
	p, err := d.providers.Pay(ctx, sim.Payment{
		Provider: order.provider, OrderNumber: order.Number, Amount: order.Amount, State: string(state), Silent: true,
	})
	if err != nil {
		return p, fmt.Errorf("%s trade of order %s: %w", state, order.Number, err)
	}
	return p, nil
}

// expire leaves orders unpaid for longer than customers have.
func (d *demo) expire(ctx context.Context) error {
	// The other orders keep the time they were placed with.
	const payWithin = "1s"
	d.order.Set("STOCKONCE_ORDERS_PAY_WITHIN", payWithin)
	if err := d.order.Terminate(ctx); err != nil {
		return fmt.Errorf("end order: %w", err)
	}
	if err := d.order.Run(ctx); err != nil {
		return fmt.Errorf("start order again: %w", err)
	}
	d.sayf("order is restarted with orders.payWithin %s", payWithin)
	var left []sale
	for _, name := range keyset.Names() {
		order, err := d.place(ctx, name, tea, 1)
		if err != nil {
			return err
		}
		left = append(left, order)
		if _, err := d.trade(ctx, order, book.Pending); err != nil {
			return err
		}
	}
	d.sayf("%d orders are placed, with one provider each; their trades wait for the customers", len(left))
	for _, order := range left {
		if _, err := d.become(ctx, order, "CANCELLED"); err != nil {
			return err
		}
		if err := d.soon(ctx, func(context.Context) error { return d.closed(order) }); err != nil {
			return err
		}
		if _, err := d.trade(ctx, order, book.Paid); err == nil {
			return fmt.Errorf("order %s can still be paid at %s", order.Number, order.provider)
		} else if !errors.Is(err, book.ErrClosed) {
			return err
		}
	}
	d.sayf("all %d are cancelled and their trades closed: the providers take no money for them any more", len(left))
	return nil
}

// closed wants an order's trade closed at its provider.
func (d *demo) closed(order sale) error {
	all := d.providers.Payments()
	i := slices.IndexFunc(all, func(p book.Payment) bool {
		return p.Provider == order.provider && p.OrderNumber == order.Number
	})
	if all[i].State != book.Closed {
		return fmt.Errorf("the trade of order %s is %s at %s", order.Number, all[i].State, order.provider)
	}
	return nil
}
