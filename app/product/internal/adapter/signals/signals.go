// Package signals tells operators what happened: a log line each, and counters.
package signals

import (
	"context"
	"fmt"
	"log/slog"

	"go.opentelemetry.io/otel/metric"

	"github.com/stockonce/stockonce/app/product/internal/domain"
)

// Signals implements usecase.Signals.
type Signals struct {
	logger *slog.Logger
	low    metric.Int64Counter
}

// New makes the adapter.
func New(logger *slog.Logger, meter metric.Meter) (*Signals, error) {
	low, err := meter.Int64Counter("stockonce.stock.fell_low",
		metric.WithDescription("how often an order took a SKU's stock below its low-water mark"))
	if err != nil {
		return nil, fmt.Errorf("make counter: %w", err)
	}
	return &Signals{logger: logger, low: low}, nil
}

// StockFellLow implements usecase.Signals. Which SKU it was is in the log: there may
// be too many for a metric.
func (s *Signals) StockFellLow(ctx context.Context, low domain.LowStock) {
	s.low.Add(ctx, 1)
	s.logger.WarnContext(ctx, "stock fell low", "sku", low.SKU, "stock", low.Stock, "low_water", low.LowWater)
}
