package grpcapi

import (
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	productv1 "github.com/stockonce/stockonce/api/product/v1"
	"github.com/stockonce/stockonce/app/product/internal/domain"
)

// The named values of the domain in the words of the contract. A value that is
// missing here is told as UNSPECIFIED, which tests rule out.
var (
	kinds = map[domain.Kind]productv1.MovementKind{
		domain.KindOpening: productv1.MovementKind_MOVEMENT_KIND_OPENING,
		domain.KindSale:    productv1.MovementKind_MOVEMENT_KIND_SALE,
		domain.KindRelease: productv1.MovementKind_MOVEMENT_KIND_RELEASE,
		domain.KindRestock: productv1.MovementKind_MOVEMENT_KIND_RESTOCK,
		domain.KindAdjust:  productv1.MovementKind_MOVEMENT_KIND_ADJUST,
	}
	outcomes = map[domain.Outcome]productv1.DeductOutcome{
		domain.OutcomeDeducted: productv1.DeductOutcome_DEDUCT_OUTCOME_DEDUCTED,
		domain.OutcomeRefused:  productv1.DeductOutcome_DEDUCT_OUTCOME_REFUSED,
		domain.OutcomeConflict: productv1.DeductOutcome_DEDUCT_OUTCOME_CONFLICT,
	}
	releaseOutcomes = map[domain.ReleaseOutcome]productv1.ReleaseOutcome{
		domain.ReleaseDone:    productv1.ReleaseOutcome_RELEASE_OUTCOME_RELEASED,
		domain.ReleaseRefused: productv1.ReleaseOutcome_RELEASE_OUTCOME_REFUSED,
	}
	states = map[domain.State]productv1.DeductionState{
		domain.StateDeducted: productv1.DeductionState_DEDUCTION_STATE_DEDUCTED,
		domain.StateRefused:  productv1.DeductionState_DEDUCTION_STATE_REFUSED,
		domain.StateReleased: productv1.DeductionState_DEDUCTION_STATE_RELEASED,
	}
)

func fromProduct(p domain.Product) *productv1.Product {
	return &productv1.Product{
		Id: p.ID, Name: p.Name, Skus: each(p.SKUs, fromSKU), CreatedAt: timestamppb.New(p.CreatedAt),
	}
}

func fromSKU(s domain.SKU) *productv1.Sku {
	return &productv1.Sku{
		Code: s.Code, ProductId: s.ProductID, Price: s.Price, Currency: s.Currency,
		Stock: s.Stock, LowWater: s.LowWater,
	}
}

func fromMovement(m domain.Movement) *productv1.Movement {
	return &productv1.Movement{
		Sku: m.SKU, Kind: kinds[m.Kind], Ref: m.Ref, Delta: m.Delta, Balance: m.Balance,
		Reason: m.Reason, CreatedAt: timestamppb.New(m.CreatedAt),
	}
}

func fromAnswer(a domain.Answer) *productv1.DeductStockResponse {
	return &productv1.DeductStockResponse{Outcome: outcomes[a.Outcome], Short: each(a.Short, fromShortage)}
}

func fromShortage(s domain.Shortage) *productv1.ShortLine {
	return &productv1.ShortLine{Sku: s.SKU, Requested: s.Requested, Available: s.Available, Unknown: s.Unknown}
}

func fromRecord(d domain.DeductionRecord) *productv1.Deduction {
	return &productv1.Deduction{
		OrderNumber: d.OrderNumber, State: states[d.State], Short: each(d.Short, fromShortage),
		CreatedAt: timestamppb.New(d.CreatedAt), UpdatedAt: timestamppb.New(d.UpdatedAt),
		Taken: each(d.Taken, fromLine), Returned: each(d.Returned, fromLine), Unchanged: durationpb.New(d.Unchanged),
	}
}

func fromLine(l domain.Line) *productv1.StockLine {
	return &productv1.StockLine{Sku: l.SKU, Quantity: l.Quantity}
}

func toLines(lines []*productv1.StockLine) []domain.Line {
	return each(lines, func(l *productv1.StockLine) domain.Line {
		return domain.Line{SKU: l.GetSku(), Quantity: l.GetQuantity()}
	})
}

// each translates a list.
func each[A, B any](list []A, translate func(A) B) []B {
	translated := make([]B, len(list))
	for i, item := range list {
		translated[i] = translate(item)
	}
	return translated
}
