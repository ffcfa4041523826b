package store

import (
	"context"
	"fmt"
	"time"

	entsql "entgo.io/ent/dialect/sql"

	"github.com/stockonce/stockonce/app/internal/platform/database"
	"github.com/stockonce/stockonce/app/product/internal/adapter/store/ent"
	"github.com/stockonce/stockonce/app/product/internal/adapter/store/ent/sku"
	"github.com/stockonce/stockonce/app/product/internal/adapter/store/ent/stockmovement"
	"github.com/stockonce/stockonce/app/product/internal/domain"
)

// entry is a ledger row to write.
type entry struct {
	skuID   int64
	delta   int64
	balance int64
}

// record writes ledger rows of one kind and reference.
func record(ctx context.Context, tx *ent.Tx, kind domain.Kind, ref string, at time.Time, entries []entry) error {
	if len(entries) == 0 {
		return nil
	}
	rows := make([]*ent.StockMovementCreate, len(entries))
	for i, e := range entries {
		rows[i] = tx.StockMovement.Create().SetSkuID(e.skuID).SetKind(string(kind)).SetRef(ref).
			SetDelta(e.delta).SetBalance(e.balance).SetReason("").SetCreatedAt(at)
	}
	if err := tx.StockMovement.CreateBulk(rows...).Exec(ctx); err != nil {
		return fmt.Errorf("write %s movements of %s: %w", kind, ref, err)
	}
	return nil
}

// held is what a SKU's row says about its stock.
type held struct{ stock, lowWater int64 }

// onHand reads the stock of SKU rows by id, all at one moment, and the database's
// time.
func (s *Store) onHand(ctx context.Context, tx *ent.Tx, ids []int64) (map[int64]held, time.Time, error) {
	var rows []struct {
		ID       int64 `sql:"id"`
		Stock    int64 `sql:"stock"`
		LowWater int64 `sql:"low_water"`
		Now      any   `sql:"now"`
	}
	err := tx.SKU.Query().Where(sku.IDIn(ids...)).
		Modify(func(sel *entsql.Selector) {
			sel.Select(sel.C(sku.FieldID), sel.C(sku.FieldStock), sel.C(sku.FieldLowWater)).
				AppendSelectExprAs(s.clock(), "now")
		}).Scan(ctx, &rows)
	if err != nil {
		return nil, time.Time{}, fmt.Errorf("read stock: %w", err)
	}
	if len(rows) != len(ids) {
		return nil, time.Time{}, fmt.Errorf("read stock: %d of %d SKUs found", len(rows), len(ids))
	}
	now, err := database.Time(rows[0].Now)
	if err != nil {
		return nil, time.Time{}, err
	}
	stock := make(map[int64]held, len(rows))
	for _, row := range rows {
		stock[row.ID] = held{row.Stock, row.LowWater}
	}
	return stock, now, nil
}

// Movements implements usecase.Ledger.
func (s *Store) Movements(ctx context.Context, code string, before int64, limit int) ([]domain.Movement, error) {
	id, err := s.read.SKU.Query().Where(sku.Code(code)).OnlyID(ctx)
	if ent.IsNotFound(err) {
		return nil, domain.ErrSKUNotFound
	}
	if err != nil {
		return nil, fail(ctx, fmt.Errorf("read id of SKU: %w", err))
	}
	query := s.read.StockMovement.Query().Where(stockmovement.SkuID(id))
	if before != 0 {
		query.Where(stockmovement.IDLT(before))
	}
	rows, err := query.Order(stockmovement.ByID(entsql.OrderDesc())).Limit(limit).All(ctx)
	if err != nil {
		return nil, fail(ctx, fmt.Errorf("read movements: %w", err))
	}
	movements := make([]domain.Movement, len(rows))
	for i, row := range rows {
		movements[i] = toMovement(row, code)
	}
	return movements, nil
}

func toMovement(row *ent.StockMovement, code string) domain.Movement {
	return domain.Movement{
		ID: row.ID, SKU: code, Kind: domain.Kind(row.Kind), Ref: row.Ref, Delta: row.Delta,
		Balance: row.Balance, Reason: row.Reason, By: row.ByWhom, CreatedAt: row.CreatedAt.UTC(),
	}
}
