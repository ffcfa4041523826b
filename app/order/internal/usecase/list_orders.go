package usecase

import (
	"context"
	"fmt"

	"github.com/stockonce/stockonce/app/order/internal/domain"
)

// ListOrders tells orders page by page.
type ListOrders struct{ orders Orders }

// NewListOrders makes the usecase.
func NewListOrders(orders Orders) *ListOrders { return &ListOrders{orders: orders} }

// Do returns at most size orders that the filter lets through, newest first, that come
// after the order numbered before (empty: from the newest), and the number to go on
// before; empty means that there are no more.
func (uc *ListOrders) Do(ctx context.Context, filter OrderFilter, before string, size int) ([]*domain.Order, string, error) {
	// One more than asked for tells whether there is a next page.
	orders, err := uc.orders.List(ctx, filter, before, size+1)
	if err != nil {
		return nil, "", fmt.Errorf("list orders: %w", err)
	}
	if len(orders) <= size {
		return orders, "", nil
	}
	orders = orders[:size]
	return orders, orders[size-1].Number(), nil
}
