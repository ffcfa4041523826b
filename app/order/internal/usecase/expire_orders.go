package usecase

import (
	"context"
	"fmt"
	"time"

	"github.com/stockonce/stockonce/app/order/internal/domain"
)

// ExpireOrders cancels orders that nobody paid in time.
type ExpireOrders struct {
	orders    Orders
	tasks     Tasks
	providers PaymentProviders
	signals   Signals
	grace     time.Duration
	batch     int
}

// NewExpireOrders makes the usecase, for orders whose provider cannot be asked: the
// others expire when it says that nobody paid; see QueryPayment. grace is how long after its expiry an order
// still waits for a payment that was made in time: our own outage must not turn it
// away. A pass cancels at most batch orders.
func NewExpireOrders(orders Orders, tasks Tasks, providers PaymentProviders, signals Signals, grace time.Duration, batch int) *ExpireOrders {
	return &ExpireOrders{orders: orders, tasks: tasks, providers: providers, signals: signals, grace: grace, batch: batch}
}

// RunOnce does one pass and returns how many orders it cancelled.
func (uc *ExpireOrders) RunOnce(ctx context.Context) (int, error) {
	if err := uc.watchAgain(ctx); err != nil {
		return 0, err
	}
	numbers, err := uc.orders.Unpaid(ctx, uc.grace, uc.batch, uc.providers.Configured())
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

// watchAgain has providers asked about expired orders that nobody asks about any
// more: while versions run side by side, an older one ends such tasks unasked.
func (uc *ExpireOrders) watchAgain(ctx context.Context) error {
	configured := uc.providers.Configured()
	if len(configured) == 0 {
		return nil
	}
	forgotten, err := uc.orders.Unwatched(ctx, configured, uc.batch)
	if err != nil {
		return fmt.Errorf("look for unpaid orders that nobody asks about: %w", err)
	}
	for _, w := range forgotten {
		task := domain.NewTask{Kind: domain.TaskQueryPayment, Ref: w.Order, Lane: w.Provider}
		if err := uc.tasks.Wake(ctx, task); err != nil {
			return fmt.Errorf("ask about order %s: %w", w.Order, err)
		}
	}
	return nil
}
