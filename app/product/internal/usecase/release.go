package usecase

import (
	"context"
	"fmt"

	"github.com/stockonce/stockonce/app/product/internal/domain"
)

// Release gives back the stock of an order.
type Release struct{ stock Stock }

// NewRelease returns the usecase.
func NewRelease(stock Stock) *Release { return &Release{stock} }

// Do gives back what the order took, once, or sees to it that it never takes
// anything. It returns domain.ErrInvalid for what cannot be an order's number;
// every other error means undecided.
func (uc *Release) Do(ctx context.Context, orderNumber string) (domain.ReleaseOutcome, error) {
	if err := domain.CheckOrderNumber(orderNumber); err != nil {
		return "", fmt.Errorf("release stock: %w", err)
	}
	outcome, err := uc.stock.Release(ctx, orderNumber)
	if err != nil {
		return "", fmt.Errorf("release stock of order %s: %w", orderNumber, err)
	}
	return outcome, nil
}
