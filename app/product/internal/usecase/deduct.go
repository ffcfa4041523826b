package usecase

import (
	"context"
	"fmt"

	"github.com/stockonce/stockonce/app/product/internal/domain"
)

// Deduct takes the stock of a paid order.
type Deduct struct {
	stock   Stock
	signals Signals
}

// NewDeduct returns the usecase.
func NewDeduct(stock Stock, signals Signals) *Deduct { return &Deduct{stock, signals} }

// Do takes all lines or none and returns the answer, the same for ever. It returns
// domain.ErrInvalid for lines that no deduction can have; every other error means
// undecided.
func (uc *Deduct) Do(ctx context.Context, orderNumber string, lines []domain.Line) (domain.Answer, error) {
	deduction, err := domain.NewDeduction(orderNumber, lines)
	if err != nil {
		return domain.Answer{}, fmt.Errorf("deduct stock: %w", err)
	}
	answer, err := uc.stock.Deduct(ctx, deduction)
	if err != nil {
		return domain.Answer{}, fmt.Errorf("deduct stock of order %s: %w", orderNumber, err)
	}
	for _, low := range answer.Low {
		uc.signals.StockFellLow(ctx, low)
	}
	return answer, nil
}
