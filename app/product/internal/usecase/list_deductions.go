package usecase

import (
	"context"
	"fmt"
	"iter"
	"time"

	"github.com/stockonce/stockonce/app/product/internal/domain"
)

// deductionsPage is how many deductions are read at a time.
const deductionsPage = 500

// ListDeductions tells what is stored for orders, as for a reconciliation.
type ListDeductions struct{ ledger Ledger }

// NewListDeductions returns the usecase.
func NewListDeductions(ledger Ledger) *ListDeductions { return &ListDeductions{ledger} }

// Do yields the deductions of orders after the given number, sorted by number, that
// changed at or after since. It reads page by page, holding no transaction
// open between pages: deductions made meanwhile may or may not be among them. It
// ends after the first error.
func (uc *ListDeductions) Do(ctx context.Context, after string, since time.Time) iter.Seq2[domain.StoredDeduction, error] {
	return func(yield func(domain.StoredDeduction, error) bool) {
		for {
			page, err := uc.ledger.Deductions(ctx, after, since, deductionsPage)
			if err != nil {
				yield(domain.StoredDeduction{}, fmt.Errorf("list deductions after %q: %w", after, err))
				return
			}
			for _, deduction := range page {
				if !yield(deduction, nil) {
					return
				}
			}
			if len(page) < deductionsPage {
				return
			}
			after = page[len(page)-1].OrderNumber
		}
	}
}
