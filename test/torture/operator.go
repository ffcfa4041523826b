package main

import (
	"context"
	"strings"
	"time"

	"github.com/stockonce/stockonce/test/harness/shop"
)

// watch reads an order again and again until stop says so, at most until ctx ends.
func (s *scene) watch(ctx context.Context, number string, stop func(shop.Order) bool) {
	for again := true; again; again = pause(ctx, time.Second) {
		try, cancel := context.WithTimeout(ctx, tryFor)
		o, err := s.shop.Find(try, number)
		cancel()
		if err == nil && stop(o) {
			return
		}
	}
}

// fulfilled waits until an order is, and tells whether it came to that.
func (s *scene) fulfilled(ctx context.Context, number string) (yes bool) {
	s.watch(ctx, number, func(o shop.Order) bool {
		yes = o.Status == "ORDER_STATUS_FULFILLED"
		return yes || o.Status != "ORDER_STATUS_CREATED" && o.Status != "ORDER_STATUS_PAID"
	})
	return yes
}

// held waits until an unpaid order has a payment of another amount, and returns it;
// false when the order went another way before.
func (s *scene) held(ctx context.Context, number string) (payment string, ok bool) {
	s.watch(ctx, number, func(o shop.Order) bool {
		for _, p := range o.Payments {
			payment, ok = p.Number, p.Disposition == "DISPOSITION_MISMATCH"
		}
		return ok || o.Status != "ORDER_STATUS_CREATED"
	})
	return payment, ok
}

// accept has an operator take a payment of another amount as the order's.
func (s *scene) accept(ctx context.Context, number, payment string) {
	if s.command(ctx, number, "payments", "accept", payment, "--by", "torture") {
		s.ledger.add("payments accepted by an operator", 1)
	}
}

// giveBack has an operator refund an order.
func (s *scene) giveBack(ctx context.Context, number string) {
	if s.command(ctx, number, "orders", "refund", number, "--by", "torture", "--reason", "torture") {
		s.kept.keep(func() { s.kept.refunded = append(s.kept.refunded, number) })
	}
}

// command runs one of order's commands until it comes through, and tells whether it
// did. An earlier try may have, whose answer did not: the order shows that.
func (s *scene) command(ctx context.Context, number string, args ...string) bool {
	for again := true; again; again = pause(ctx, time.Second) {
		out, err := s.replicas[orders[0]].Command(ctx, args...)
		switch {
		case err == nil || strings.Contains(out, "back or on its way"):
			return true
		case strings.Contains(out, "cannot be accepted"):
			return false // accepted before, or the order went another way
		}
		s.ledger.add("requests tried again", 1)
	}
	s.ledger.faultf("order %s: %v did not come through", number, args)
	return false
}
