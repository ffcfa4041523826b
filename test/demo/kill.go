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
		before = rushSize / 4 // callbacks answered before the kill
	)
	var answered atomic.Int64
	killed := make(chan struct{})
	payments, paying := errgroup.WithContext(ctx)
	payments.SetLimit(atOnce)
	for _, order := range d.orders.rush {
		payments.Go(func() error {
			if err := d.provider.pay(paying, order); err != nil {
				return fmt.Errorf("pay order %s: %w", order.Number, err)
			}
			if answered.Add(1) == before {
				d.product.Kill()
				d.sayf("%d of %d callbacks are answered: product is killed now", before, rushSize)
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
		if _, err := d.become(ctx, order.Number, "FULFILLED"); err != nil {
			return err
		}
	}
	d.sayf("all %d orders are fulfilled, without help", rushSize)
	return d.stockIs(ctx, tea.Code, tea.Stock-2-rushSize)
}
