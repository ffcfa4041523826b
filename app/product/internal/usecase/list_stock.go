package usecase

import (
	"context"
	"fmt"
	"iter"

	"github.com/stockonce/stockonce/app/product/internal/domain"
)

// levelsPage is how many SKUs are added up at a time: the ledger of one alone may be
// millions of rows.
const levelsPage = 50

// ListStock tells the stock of SKUs beside the sum of their movements.
type ListStock struct{ ledger Ledger }

// NewListStock returns the usecase.
func NewListStock(ledger Ledger) *ListStock { return &ListStock{ledger} }

// Do yields the SKUs after a code, sorted by code, only the given ones unless codes is
// empty, and at most limit of them unless that is 0. It reads page by page and ends
// after the first error.
func (uc *ListStock) Do(ctx context.Context, after string, codes []string, limit int) iter.Seq2[domain.StockLevel, error] {
	read := func(after string, size int) ([]domain.StockLevel, error) {
		page, err := uc.ledger.Levels(ctx, after, codes, size)
		if err != nil {
			return nil, fmt.Errorf("list stock after %q: %w", after, err)
		}
		return page, nil
	}
	return pages(after, levelsPage, limit, read, func(l domain.StockLevel) string { return l.SKU })
}
