package usecase

import (
	"context"
	"fmt"

	"github.com/stockonce/stockonce/app/product/internal/domain"
)

// LookUpPrices tells what an order's SKUs cost.
type LookUpPrices struct{ products Products }

// NewLookUpPrices returns the usecase.
func NewLookUpPrices(products Products) *LookUpPrices { return &LookUpPrices{products} }

// Do returns the SKUs with the given codes, sorted by code and each once. Codes
// that no SKU has are missing.
func (uc *LookUpPrices) Do(ctx context.Context, codes []string) ([]domain.SKU, error) {
	skus, err := uc.products.SKUs(ctx, codes)
	if err != nil {
		return nil, fmt.Errorf("look up prices of %d SKUs: %w", len(codes), err)
	}
	return skus, nil
}
