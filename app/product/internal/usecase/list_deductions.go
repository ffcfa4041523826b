package usecase

import (
	"context"
	"fmt"
	"iter"

	"github.com/stockonce/stockonce/app/product/internal/domain"
)

// deductionsPage is how many deductions are read at a time.
const deductionsPage = 500

// ListDeductions tells what is stored for orders, as for a reconciliation.
type ListDeductions struct{ ledger Ledger }

// NewListDeductions returns the usecase.
func NewListDeductions(ledger Ledger) *ListDeductions { return &ListDeductions{ledger} }

// Do yields the deductions that the filter lets through, sorted by order number, and
// at most limit of them unless that is 0. It reads page by page, holding no
// transaction open between pages: deductions made meanwhile may or may not be among
// them. It ends after the first error.
func (uc *ListDeductions) Do(ctx context.Context, filter DeductionFilter, limit int) iter.Seq2[domain.DeductionRecord, error] {
	read := func(after string, size int) ([]domain.DeductionRecord, error) {
		filter.After = after
		page, err := uc.ledger.Deductions(ctx, filter, size)
		if err != nil {
			return nil, fmt.Errorf("list deductions after %q: %w", after, err)
		}
		return page, nil
	}
	return pages(filter.After, deductionsPage, limit, read, func(d domain.DeductionRecord) string { return d.OrderNumber })
}

// pages yields what read returns page by page, each after the key of the last item,
// until a page is not full, limit (unless 0) is reached or an error occurs.
func pages[T any](after string, size, limit int, read func(string, int) ([]T, error), key func(T) string) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		after := after
		for told := 0; ; {
			size := size
			if limit > 0 {
				size = min(size, limit-told)
			}
			page, err := read(after, size)
			if err != nil {
				var none T
				yield(none, err)
				return
			}
			for _, item := range page {
				if !yield(item, nil) {
					return
				}
			}
			told += len(page)
			if len(page) < size || told == limit {
				return
			}
			after = key(page[len(page)-1])
		}
	}
}
