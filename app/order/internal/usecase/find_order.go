package usecase

import (
	"context"
	"fmt"

	"github.com/stockonce/stockonce/app/order/internal/domain"
)

// FindOrder tells one order.
type FindOrder struct{ orders Orders }

// NewFindOrder makes the usecase.
func NewFindOrder(orders Orders) *FindOrder { return &FindOrder{orders: orders} }

// Do returns the order with its payments and refunds, or ErrOrderNotFound.
func (uc *FindOrder) Do(ctx context.Context, number string) (*domain.Order, error) {
	o, err := uc.orders.Find(ctx, number)
	if err != nil {
		return nil, fmt.Errorf("find order %s: %w", number, err)
	}
	return o, nil
}
