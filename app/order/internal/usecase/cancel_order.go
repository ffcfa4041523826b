package usecase

import (
	"context"
	"fmt"
	"slices"

	"github.com/stockonce/stockonce/app/order/internal/domain"
)

// CancelOrder cancels an order that nobody has paid.
type CancelOrder struct {
	orders    Orders
	providers PaymentProviders
}

// NewCancelOrder makes the usecase.
func NewCancelOrder(orders Orders, providers PaymentProviders) *CancelOrder {
	return &CancelOrder{orders: orders, providers: providers}
}

// Do returns the cancelled order. ErrOrderNotFound and domain.ErrNotCancellable are
// returned; of a cancel and a payment at once, one is first.
func (uc *CancelOrder) Do(ctx context.Context, number string) (*domain.Order, error) {
	err := uc.orders.Update(ctx, number, func(o *domain.Order) error {
		return o.Cancel(slices.Contains(uc.providers.Configured(), o.Provider()))
	})
	if err != nil {
		return nil, fmt.Errorf("cancel order %s: %w", number, err)
	}
	o, err := uc.orders.Find(ctx, number)
	if err != nil {
		return nil, fmt.Errorf("find cancelled order %s: %w", number, err)
	}
	return o, nil
}
