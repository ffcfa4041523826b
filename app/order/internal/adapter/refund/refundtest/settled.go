// Package refundtest helps tests of provider APIs.
package refundtest

import (
	"context"

	"github.com/stockonce/stockonce/app/order/internal/adapter/refund"
	"github.com/stockonce/stockonce/app/order/internal/domain"
)

// Settled is an API whose calls end when the other side has ended them too, also
// those that were cut off: then a test may look at what it did. Settle waits for the
// request that is being served.
type Settled struct {
	refund.API
	Settle func()
}

// Refund implements refund.API.
func (s Settled) Refund(ctx context.Context, r domain.RefundRequest) (domain.RefundReport, error) {
	defer s.Settle()
	return s.API.Refund(ctx, r)
}

// Query implements refund.API.
func (s Settled) Query(ctx context.Context, orderNumber string) (domain.Notice, error) {
	defer s.Settle()
	return s.API.Query(ctx, orderNumber)
}

// Close implements refund.API.
func (s Settled) Close(ctx context.Context, orderNumber string) error {
	defer s.Settle()
	return s.API.Close(ctx, orderNumber)
}
