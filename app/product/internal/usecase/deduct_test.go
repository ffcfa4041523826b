package usecase_test

import (
	"context"
	"slices"
	"testing"

	"github.com/stockonce/stockonce/app/product/internal/domain"
	"github.com/stockonce/stockonce/app/product/internal/usecase"
)

// lowering answers every deduction with stock that fell low.
type lowering struct {
	usecase.Stock
	low []domain.LowStock
}

func (l lowering) Deduct(context.Context, domain.Deduction) (domain.Answer, error) {
	return domain.Answer{Outcome: domain.OutcomeDeducted, Low: l.low}, nil
}

// told is what operators were told.
type told struct{ low []domain.LowStock }

func (t *told) StockFellLow(_ context.Context, low domain.LowStock) { t.low = append(t.low, low) }

func TestOperatorsAreToldOfEachSKUThatFellLow(t *testing.T) {
	low := []domain.LowStock{{SKU: "mug", Stock: 1, LowWater: 2}, {SKU: "tea", Stock: 0, LowWater: 9}}
	var operators told
	uc := usecase.NewDeduct(lowering{low: low}, &operators)
	if _, err := uc.Do(t.Context(), "O1", []domain.Line{{SKU: "tea", Quantity: 1}}); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(operators.low, low) {
		t.Errorf("told %+v, want %+v", operators.low, low)
	}
}
