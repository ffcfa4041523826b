package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/stockonce/stockonce/app/paysim/sim"
)

func (d *demo) centShort(ctx context.Context) error {
	order := d.orders.unpaid["stripe"]
	paid, err := d.pay(ctx, order, order.Amount-1)
	if err != nil {
		return err
	}
	found, err := d.become(ctx, order, "CREATED")
	if err != nil {
		return err
	}
	if err := paymentsAre(found, "MISMATCH"); err != nil {
		return err
	}
	d.sayf("%s instead of %s: order %s stays unpaid, the money is held for a person",
		money(paid.Amount), money(order.Amount), order.Number)
	held := found.Payments[0].Number
	list, err := d.operate(ctx, "payments", "list")
	if err != nil {
		return err
	}
	if !strings.Contains(list, held) || !strings.Contains(list, paid.TransactionID) {
		return fmt.Errorf("payment %s waits for a person, who is not told:\n%s", held, list)
	}
	for line := range strings.Lines(list) {
		fmt.Print("            ", line)
	}
	if _, err := d.operate(ctx, "payments", "refund", held, "--by", "demo", "--reason", "a cent short"); err != nil {
		return err
	}
	if err := d.goneBack(ctx, paid); err != nil {
		return err
	}
	d.sayf("%s went back through %s", money(paid.Amount), paid.Provider)
	return nil
}

func (d *demo) payCancelled(ctx context.Context) error {
	order := d.orders.unpaid["wechatpay"]
	if err := d.shop.Cancel(ctx, order.Number); err != nil {
		return fmt.Errorf("cancel: %w", err)
	}
	return d.payForNothing(ctx, order, "CANCELLED", "LATE")
}

func (d *demo) payTwice(ctx context.Context) error {
	order := d.orders.unpaid["alipay"]
	if _, err := d.sell(ctx, order); err != nil {
		return err
	}
	d.sayf("order %s is paid and fulfilled", order.Number)
	return d.payForNothing(ctx, order, "FULFILLED", "WINNER", "DUPLICATE")
}

// payForNothing has an order paid that must not be any more, which changes nothing:
// the money goes back by itself.
func (d *demo) payForNothing(ctx context.Context, order sale, status string, payments ...string) error {
	paid, err := d.pay(ctx, order, order.Amount)
	if err != nil {
		return err
	}
	if err := d.goneBack(ctx, paid); err != nil {
		return err
	}
	found, err := d.become(ctx, order, status)
	if err != nil {
		return err
	}
	d.sayf("order %s stays %s: %s went back through %s", order.Number, strings.ToLower(status), money(paid.Amount), paid.Provider)
	return paymentsAre(found, payments...)
}

func (d *demo) refundAtConsole(ctx context.Context) error {
	return d.refundSold(ctx, "wechatpay", func(order sale) error {
		if _, err := d.providers.Refund(ctx, sim.Refund{Provider: order.provider, OrderNumber: order.Number}); err != nil {
			return fmt.Errorf("refund: %w", err)
		}
		d.sayf("%s sends back all of order %s, and calls back", order.provider, order.Number)
		return nil
	})
}

func (d *demo) refundByOperator(ctx context.Context) error {
	return d.refundSold(ctx, "stripe", func(order sale) error {
		_, err := d.operate(ctx, "orders", "refund", order.Number, "--by", "demo", "--reason", "wrong taste")
		return err
	})
}

// refundSold begins a refund of an order that is fulfilled, and sees stock and money
// come back.
func (d *demo) refundSold(ctx context.Context, provider string, begin func(sale) error) error {
	order := d.orders.bought[provider]
	before, err := d.shop.Stock(ctx, tea.Code)
	if err != nil {
		return fmt.Errorf("read the stock: %w", err)
	}
	if err := begin(order); err != nil {
		return err
	}
	if err := d.goneBack(ctx, d.paid[provider]); err != nil {
		return err
	}
	if _, err := d.become(ctx, order, "REFUNDED"); err != nil {
		return err
	}
	d.sayf("order %s is refunded: %s went back through %s", order.Number, money(order.Amount), provider)
	return d.stockMoves(ctx, tea, before, 2)
}
