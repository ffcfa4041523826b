package usecase

import (
	"context"
	"fmt"

	"github.com/stockonce/stockonce/app/product/internal/domain"
)

// Restock adds stock that arrived.
type Restock struct{ stock Stock }

// NewRestock returns the usecase.
func NewRestock(stock Stock) *Restock { return &Restock{stock} }

// Do adds quantity pieces once per requestID and returns the movement, which keeps who
// asked; by may be empty. The errors are domain.ErrInvalid and those of Stock.Change.
func (uc *Restock) Do(ctx context.Context, sku, requestID string, quantity int64, reason, by string) (domain.Movement, error) {
	change, err := domain.NewRestock(sku, requestID, quantity, reason)
	if err == nil {
		change, err = change.AskedBy(by)
	}
	if err != nil {
		return domain.Movement{}, fmt.Errorf("restock SKU %s: %w", sku, err)
	}
	movement, err := uc.stock.Change(ctx, change)
	if err != nil {
		return domain.Movement{}, fmt.Errorf("restock SKU %s: %w", sku, err)
	}
	return movement, nil
}
