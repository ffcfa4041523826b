package usecase

import (
	"context"
	"fmt"

	"github.com/stockonce/stockonce/app/product/internal/domain"
)

// NewID makes the id of a new product: unique, of [0-9A-Za-z], and sorted by time.
type NewID func() string

// CreateProduct puts a product with its SKUs and their opening stock into the shop.
type CreateProduct struct {
	products Products
	newID    NewID
}

// NewCreateProduct returns the usecase.
func NewCreateProduct(products Products, newID NewID) *CreateProduct {
	return &CreateProduct{products: products, newID: newID}
}

// Do stores the product and returns it as stored. It returns domain.ErrInvalid or
// domain.ErrSKUExists, and then nothing is stored.
func (uc *CreateProduct) Do(ctx context.Context, name string, skus []domain.SKU) (domain.Product, error) {
	product, err := domain.NewProduct(uc.newID(), name, skus)
	if err != nil {
		return domain.Product{}, fmt.Errorf("create product: %w", err)
	}
	stored, err := uc.products.Create(ctx, product)
	if err != nil {
		return domain.Product{}, fmt.Errorf("create product: %w", err)
	}
	return stored, nil
}
