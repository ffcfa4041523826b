package usecase

import (
	"context"
	"fmt"

	"github.com/stockonce/stockonce/app/product/internal/domain"
)

// FindProduct tells one product.
type FindProduct struct{ products Products }

// NewFindProduct returns the usecase.
func NewFindProduct(products Products) *FindProduct { return &FindProduct{products} }

// Do returns the product with its SKUs, or domain.ErrProductNotFound.
func (uc *FindProduct) Do(ctx context.Context, id string) (domain.Product, error) {
	product, err := uc.products.Find(ctx, id)
	if err != nil {
		return domain.Product{}, fmt.Errorf("find product %s: %w", id, err)
	}
	return product, nil
}
