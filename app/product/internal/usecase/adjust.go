package usecase

import (
	"context"
	"fmt"

	"github.com/stockonce/stockonce/app/product/internal/domain"
)

// Adjust corrects the stock after a count.
type Adjust struct{ stock Stock }

// NewAdjust returns the usecase.
func NewAdjust(stock Stock) *Adjust { return &Adjust{stock} }

// Do adds delta pieces, or takes them if negative, once per requestID and returns
// the movement, which keeps the reason and who asked; by may be empty. The errors
// are domain.ErrInvalid and those of Stock.Change.
func (uc *Adjust) Do(ctx context.Context, sku, requestID string, delta int64, reason, by string) (domain.Movement, error) {
	change, err := domain.NewAdjustment(sku, requestID, delta, reason, by)
	if err != nil {
		return domain.Movement{}, fmt.Errorf("adjust SKU %s: %w", sku, err)
	}
	movement, err := uc.stock.Change(ctx, change)
	if err != nil {
		return domain.Movement{}, fmt.Errorf("adjust SKU %s: %w", sku, err)
	}
	return movement, nil
}
