package usecase

import (
	"context"

	"github.com/stockonce/stockonce/app/product/internal/domain"
)

// Signals tells operators what happened. No method blocks or fails.
type Signals interface {
	// StockFellLow: an order took a SKU's stock below its low-water mark. It is told
	// once each time the mark is passed downwards, whoever takes at the same time; a
	// process that is killed right after the commit tells nothing.
	StockFellLow(ctx context.Context, low domain.LowStock)
}
