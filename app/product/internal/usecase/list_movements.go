package usecase

import (
	"context"
	"fmt"

	"github.com/stockonce/stockonce/app/product/internal/domain"
)

// ListMovements tells a SKU's ledger page by page, newest first.
type ListMovements struct{ ledger Ledger }

// NewListMovements returns the usecase.
func NewListMovements(ledger Ledger) *ListMovements { return &ListMovements{ledger} }

// Do returns the page after the movement with the id before, or the first page when
// that is 0. A size of 0 means the default. Next is what to pass as before for the
// page that follows; it is 0 on the last page. It returns domain.ErrSKUNotFound
// when no SKU has the code.
func (uc *ListMovements) Do(ctx context.Context, sku string, before int64, size int) (page []domain.Movement, next int64, err error) {
	size = pageSize(size)
	page, err = uc.ledger.Movements(ctx, sku, before, size+1)
	if err != nil {
		return nil, 0, fmt.Errorf("list movements of SKU %s: %w", sku, err)
	}
	if len(page) > size {
		page = page[:size]
		next = page[size-1].ID
	}
	return page, next, nil
}
