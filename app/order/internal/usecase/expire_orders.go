package usecase

import (
	"context"
	"fmt"
	"time"

	"github.com/stockonce/stockonce/app/order/internal/domain"
)

// ExpireOrders cancels orders that nobody paid in time.
type ExpireOrders struct {
	orders  Orders
	signals Signals
	grace   time.Duration
	batch   int
}

// NewExpireOrders makes the usecase. grace is how long after its expiry an order
// still waits for a payment that was made in time: our own outage must not turn it
// away. A pass cancels at most batch orders.
func NewExpireOrders(orders Orders, signals Signals, grace time.Duration, batch int) *ExpireOrders {
	return &ExpireOrders{orders: orders, signals: signals, grace: grace, batch: batch}
}

// RunOnce does one pass and returns how many orders it cancelled.
func (uc *ExpireOrders) RunOnce(ctx context.Context) (int, error) {
	numbers, err := uc.orders.Unpaid(ctx, uc.grace, uc.batch)
	if err != nil {
		return 0, fmt.Errorf("look for unpaid orders: %w", err)
	}
	expired := 0
	for _, number := range numbers {
		var done bool
		err := uc.orders.Update(ctx, number, func(o *domain.Order) error {
			done = o.Expire(uc.grace)
			return nil
		})
		if err != nil {
			return expired, fmt.Errorf("expire order %s: %w", number, err)
		}
		if done {
			expired++
		}
	}
	if expired > 0 {
		uc.signals.OrdersExpired(ctx, expired)
	}
	return expired, nil
}
