package main

import (
	"context"
	"fmt"
	"sync/atomic"

	"golang.org/x/sync/errgroup"
)

// killProduct pays many orders, kills product after some of them, shows that the
// callbacks do not mind, and starts it again.
func (d *demo) killProduct(ctx context.Context) error {
	const (
		atOnce = 4
		early  = rushSize / 4 // callbacks answered before the kill
	)
	before, err := d.shop.Stock(ctx, tea.Code)
	if err != nil {
		return fmt.Errorf("read the stock: %w", err)
	}
	var answered atomic.Int64
	killed := make(chan struct{})
	payments, paying := errgroup.WithContext(ctx)
	payments.SetLimit(atOnce)
	for _, order := range d.orders.rush {
		payments.Go(func() error {
			if _, err := d.pay(paying, order, order.Amount); err != nil {
				return err
			}
			if answered.Add(1) == early {
				d.product.Kill()
				d.sayf("%d of %d callbacks are answered: product is killed now", early, rushSize)
				close(killed)
			}
			return nil
		})
	}
	if err := payments.Wait(); err != nil {
		return fmt.Errorf("rush: %w", err)
	}
	<-killed
	waiting := 0
	for _, order := range d.orders.rush {
		now, err := d.shop.Find(ctx, order.Number)
		if err != nil {
			return fmt.Errorf("find order %s: %w", order.Number, err)
		}
		if now.Status == "ORDER_STATUS_PAID" {
			waiting++
		}
	}
	d.sayf("all %d callbacks are answered ok; %d orders are paid and wait for their stock", rushSize, waiting)
	if waiting == 0 {
		return fmt.Errorf("product was killed and no order waits: the kill came too late to show anything")
	}
	if err := d.product.Run(ctx); err != nil {
		return fmt.Errorf("start product again: %w", err)
	}
	d.sayf("product is back")
	for _, order := range d.orders.rush {
		if _, err := d.become(ctx, order, "FULFILLED"); err != nil {
			return err
		}
	}
	d.sayf("all %d orders are fulfilled, without help", rushSize)
	return d.stockMoves(ctx, tea, before, -rushSize)
}
