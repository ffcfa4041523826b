package usecase

import (
	"context"
	"fmt"

	"github.com/stockonce/stockonce/app/product/internal/domain"
)

// FindSKU tells one SKU with its stock.
type FindSKU struct{ products Products }

// NewFindSKU returns the usecase.
func NewFindSKU(products Products) *FindSKU { return &FindSKU{products} }

// Do returns the SKU, or domain.ErrSKUNotFound.
func (uc *FindSKU) Do(ctx context.Context, code string) (domain.SKU, error) {
	skus, err := uc.products.SKUs(ctx, []string{code})
	if err != nil {
		return domain.SKU{}, fmt.Errorf("find SKU %s: %w", code, err)
	}
	if len(skus) == 0 {
		return domain.SKU{}, fmt.Errorf("find SKU %s: %w", code, domain.ErrSKUNotFound)
	}
	return skus[0], nil
}
