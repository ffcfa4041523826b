package usecase

import (
	"context"
	"fmt"

	"github.com/stockonce/stockonce/app/product/internal/domain"
)

// ListProducts tells products page by page, newest first.
type ListProducts struct{ products Products }

// NewListProducts returns the usecase.
func NewListProducts(products Products) *ListProducts { return &ListProducts{products} }

// Do returns the page after the product with the id before, or the first page when
// that is empty. A size of 0 means the default. Next is what to pass as before for
// the page that follows; it is empty on the last page.
func (uc *ListProducts) Do(ctx context.Context, before string, size int) (page []domain.Product, next string, err error) {
	size = pageSize(size)
	page, err = uc.products.List(ctx, before, size+1)
	if err != nil {
		return nil, "", fmt.Errorf("list products: %w", err)
	}
	if len(page) > size {
		page = page[:size]
		next = page[size-1].ID
	}
	return page, next, nil
}
