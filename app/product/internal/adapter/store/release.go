package store

import (
	"context"
	"fmt"

	entsql "entgo.io/ent/dialect/sql"

	"github.com/stockonce/stockonce/app/internal/platform/dbtx"
	"github.com/stockonce/stockonce/app/product/internal/adapter/store/ent"
	"github.com/stockonce/stockonce/app/product/internal/adapter/store/ent/deduction"
	"github.com/stockonce/stockonce/app/product/internal/adapter/store/ent/sku"
	"github.com/stockonce/stockonce/app/product/internal/adapter/store/ent/stockmovement"
	"github.com/stockonce/stockonce/app/product/internal/domain"
)

// Release implements usecase.Stock.
func (s *Store) Release(ctx context.Context, number string) (outcome domain.ReleaseOutcome, err error) {
	err = dbtx.Run(ctx, s.write.Tx, func(tx *ent.Tx) error {
		released, err := s.markReleased(ctx, tx, number)
		if err != nil {
			return err
		}
		if released {
			outcome = domain.ReleaseDone
			return s.returnSales(ctx, tx, number)
		}
		outcome, err = s.releaseOther(ctx, tx, number)
		return err
	})
	if err != nil {
		return "", fail(ctx, err)
	}
	return outcome, nil
}

// markReleased moves the order from deducted to released and reports whether it
// did. It waits for a deduction of the order that is under way, and of several
// releases only one succeeds.
func (s *Store) markReleased(ctx context.Context, tx *ent.Tx, number string) (bool, error) {
	rows, err := tx.Deduction.Update().
		Where(deduction.ID(number), deduction.Outcome(string(domain.StateDeducted))).
		SetOutcome(string(domain.StateReleased)).
		Modify(func(u *entsql.UpdateBuilder) { u.Set(deduction.FieldUpdatedAt, s.clock()) }).
		Save(ctx)
	if err != nil {
		return false, fmt.Errorf("mark order %s as released: %w", number, err)
	}
	return rows == 1, nil
}

// returnSales gives back what the order's sale movements took.
func (s *Store) returnSales(ctx context.Context, tx *ent.Tx, number string) error {
	sales, err := tx.StockMovement.Query().
		Where(stockmovement.Ref(number), stockmovement.Kind(string(domain.KindSale))).
		Order(stockmovement.BySkuID()).
		All(ctx)
	if err != nil {
		return fmt.Errorf("read what order %s took: %w", number, err)
	}
	if len(sales) == 0 {
		return fmt.Errorf("order %s was deducted but has no sale movements", number)
	}
	returns := make([]move, len(sales))
	for i, sale := range sales {
		returns[i] = move{skuID: sale.SkuID, delta: -sale.Delta}
		err := tx.SKU.Update().Where(sku.ID(sale.SkuID)).AddStock(-sale.Delta).Exec(ctx)
		if err != nil {
			return fmt.Errorf("give back stock of order %s: %w", number, err)
		}
	}
	_, err = s.recordMoves(ctx, tx, domain.KindRelease, number, returns)
	return err
}

// releaseOther answers for an order that was not in the state deducted: it tells
// the stored answer, or leaves a tombstone so that nothing is ever taken.
func (s *Store) releaseOther(ctx context.Context, tx *ent.Tx, number string) (domain.ReleaseOutcome, error) {
	stored, err := s.stored(ctx, tx.Deduction, number)
	if ent.IsNotFound(err) {
		err := s.insertDeduction(ctx, tx, number, "", domain.StateReleased)
		if dbtx.Duplicate(err) {
			err = dbtx.ErrConflict // a deduction came first after all: look again
		}
		return domain.ReleaseDone, err
	}
	if err != nil {
		return "", err
	}
	outcome, decided, err := domain.ReplayRelease(stored)
	if err == nil && !decided {
		err = dbtx.ErrConflict // deducted since the update looked: look again
	}
	return outcome, err
}
