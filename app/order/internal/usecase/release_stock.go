package usecase

import (
	"context"
	"errors"
	"fmt"

	"github.com/stockonce/stockonce/app/order/internal/domain"
)

// ReleaseStock has product take back the stock of an order whose money goes back.
type ReleaseStock struct {
	orders   Orders
	releaser StockReleaser
}

// NewReleaseStock makes the usecase.
func NewReleaseStock(orders Orders, releaser StockReleaser) *ReleaseStock {
	return &ReleaseStock{orders: orders, releaser: releaser}
}

// Do works on a claimed release task. Money is let go only after product's answer.
func (uc *ReleaseStock) Do(ctx context.Context, c domain.Claim) error {
	err := uc.releaser.Release(ctx, c.Ref)
	if errors.Is(err, ErrRejected) {
		return &HopelessError{Reason: err.Error()}
	}
	if err != nil {
		return fmt.Errorf("release stock of order %s: %w", c.Ref, err)
	}
	err = uc.orders.Update(ctx, c.Ref, func(o *domain.Order) error {
		o.Released(c)
		return nil
	})
	if err != nil {
		return fmt.Errorf("record release of order %s: %w", c.Ref, err)
	}
	return nil
}
