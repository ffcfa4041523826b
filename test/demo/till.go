package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/stockonce/stockonce/app/paysim/book"
	"github.com/stockonce/stockonce/app/paysim/sim"
	"github.com/stockonce/stockonce/test/harness"
	"github.com/stockonce/stockonce/test/harness/shop"
)

// currency is what everything costs.
const currency = shop.Currency

// sale is an order and the provider that it is to be paid with.
type sale struct {
	shop.Order
	provider string
}

func (d *demo) place(ctx context.Context, provider string, sku shop.SKU, quantity int64) (sale, error) {
	order, err := d.shop.PlaceWith(ctx, provider, shop.Line{SKU: sku.Code, Quantity: quantity})
	if err != nil {
		return sale{}, fmt.Errorf("place an order: %w", err)
	}
	if order.Amount != quantity*sku.Price {
		return sale{}, fmt.Errorf("%d of %s cost %s, not %s", quantity, sku.Code, money(order.Amount), money(quantity*sku.Price))
	}
	return sale{order, provider}, nil
}

// pay has a customer pay for an order, and waits until the provider's callback is taken.
func (d *demo) pay(ctx context.Context, s sale, amount int64) (book.Payment, error) {
	paid, err := d.providers.Pay(ctx, sim.Payment{Provider: s.provider, OrderNumber: s.Number, Amount: amount})
	if err != nil {
		return paid, fmt.Errorf("pay order %s: %w", s.Number, err)
	}
	return paid, d.soon(ctx, func(context.Context) error {
		for _, told := range d.providers.Deliveries() {
			if told.Payment.TransactionID == paid.TransactionID && told.Refund == nil && told.State == book.Taken {
				return nil
			}
		}
		return fmt.Errorf("the callback of order %s is not taken", s.Number)
	})
}

// sell is pay in full, and waits until the order is fulfilled.
func (d *demo) sell(ctx context.Context, s sale) (book.Payment, error) {
	paid, err := d.pay(ctx, s, s.Amount)
	if err == nil {
		_, err = d.become(ctx, s, "FULFILLED")
	}
	return paid, err
}

// become waits until an order has the status, and returns it.
func (d *demo) become(ctx context.Context, s sale, status string) (o shop.Order, err error) {
	err = d.soon(ctx, func(ctx context.Context) error {
		if o, err = d.shop.Find(ctx, s.Number); err != nil {
			return fmt.Errorf("find order: %w", err)
		}
		if o.Status != "ORDER_STATUS_"+status {
			return fmt.Errorf("order %s is %s, not %s", s.Number, o.Status, status)
		}
		return nil
	})
	return o, err
}

// goneBack waits until all of a payment is with the customer again, as its provider
// and its order both say.
func (d *demo) goneBack(ctx context.Context, paid book.Payment) error {
	return d.soon(ctx, func(ctx context.Context) error {
		all := d.providers.Payments()
		i := slices.IndexFunc(all, func(p book.Payment) bool {
			return p.Provider == paid.Provider && p.TransactionID == paid.TransactionID
		})
		if all[i].Refunded != paid.Amount {
			return fmt.Errorf("%s sent back %s of %s", paid.Provider, money(all[i].Refunded), money(paid.Amount))
		}
		order, err := d.shop.Find(ctx, paid.OrderNumber)
		if err != nil {
			return fmt.Errorf("find order: %w", err)
		}
		var confirmed int64
		for _, r := range order.Refunds {
			if r.State == "REFUND_STATE_CONFIRMED" {
				confirmed += r.Amount
			}
		}
		if confirmed != paid.Amount {
			return fmt.Errorf("order %s knows of %s that went back, not of %s", order.Number, money(confirmed), money(paid.Amount))
		}
		return nil
	})
}

// operate runs one of order's commands, as an operator does, and prints it.
func (d *demo) operate(ctx context.Context, args ...string) (string, error) {
	words := []string{"$ order"}
	for _, arg := range args {
		if strings.Contains(arg, " ") {
			arg = "'" + arg + "'"
		}
		words = append(words, arg)
	}
	d.sayf("%s", strings.Join(words, " "))
	printed, err := d.order.Command(ctx, args...)
	if err != nil {
		return "", fmt.Errorf("%w\n%s", err, printed)
	}
	return printed, nil
}

// soon waits until check holds, while order runs.
func (d *demo) soon(ctx context.Context, check func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, 15*time.Second)
	defer cancel()
	return harness.Await(ctx, check, d.order.Process)
}

// stockMoves compares the stock of a SKU with what it was before.
func (d *demo) stockMoves(ctx context.Context, sku shop.SKU, before, by int64) error {
	got, err := d.shop.Stock(ctx, sku.Code)
	if err != nil {
		return fmt.Errorf("read the stock: %w", err)
	}
	if got != before+by {
		return fmt.Errorf("%s had %d in stock and has %d, not %d", sku.Code, before, got, before+by)
	}
	d.sayf("stock of %s: %d, then %d", sku.Code, before, got)
	return nil
}

// paymentsAre compares the dispositions of an order's payments, oldest first.
func paymentsAre(order shop.Order, want ...string) error {
	var got []string
	for _, p := range order.Payments {
		got = append(got, strings.TrimPrefix(p.Disposition, "DISPOSITION_"))
	}
	if !slices.Equal(got, want) {
		return fmt.Errorf("the payments of order %s are %q, not %q", order.Number, got, want)
	}
	return nil
}
