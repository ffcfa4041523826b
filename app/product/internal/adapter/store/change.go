package store

import (
	"context"
	"errors"
	"fmt"

	"github.com/stockonce/stockonce/app/internal/platform/dbtx"
	"github.com/stockonce/stockonce/app/product/internal/adapter/store/ent"
	"github.com/stockonce/stockonce/app/product/internal/adapter/store/ent/predicate"
	"github.com/stockonce/stockonce/app/product/internal/adapter/store/ent/sku"
	"github.com/stockonce/stockonce/app/product/internal/adapter/store/ent/stockmovement"
	"github.com/stockonce/stockonce/app/product/internal/domain"
)

// errRecorded rolls back a change that turned out to be made already.
var errRecorded = errors.New("recorded already")

// Change implements usecase.Stock.
func (s *Store) Change(ctx context.Context, c domain.Change) (domain.Movement, error) {
	var movement domain.Movement
	err := dbtx.Run(ctx, s.write.Tx, func(tx *ent.Tx) error {
		id, err := tx.SKU.Query().Where(sku.Code(c.SKU)).OnlyID(ctx)
		if ent.IsNotFound(err) {
			return domain.ErrSKUNotFound
		}
		if err != nil {
			return fmt.Errorf("read id of SKU: %w", err)
		}
		movement, err = s.change(ctx, tx, id, c)
		return err
	})
	if errors.Is(err, errRecorded) {
		err = c.Replays(movement)
	}
	if err != nil {
		return domain.Movement{}, fail(ctx, err)
	}
	return movement, nil
}

// change moves the stock first, because that locks the SKU's row: after it, no
// other transaction can be about to record the same request.
func (s *Store) change(ctx context.Context, tx *ent.Tx, id int64, c domain.Change) (domain.Movement, error) {
	rows, err := tx.SKU.Update().Where(sku.ID(id), hasRoomFor(c.Delta)).AddStock(c.Delta).Save(ctx)
	if err != nil {
		return domain.Movement{}, fmt.Errorf("change stock of SKU %s: %w", c.SKU, err)
	}
	recorded, err := tx.StockMovement.Query().
		Where(stockmovement.Ref(c.RequestID), stockmovement.Kind(string(c.Kind)), stockmovement.SkuID(id)).
		Only(ctx)
	switch {
	case err == nil:
		return toMovement(recorded, c.SKU), errRecorded
	case !ent.IsNotFound(err):
		return domain.Movement{}, fmt.Errorf("look for request %q: %w", c.RequestID, err)
	case rows == 0:
		return domain.Movement{}, fmt.Errorf("%w: %+d pieces of SKU %s", domain.ErrStockOutOfRange, c.Delta, c.SKU)
	}
	stock, now, err := s.onHand(ctx, tx, []int64{id})
	if err != nil {
		return domain.Movement{}, err
	}
	row, err := tx.StockMovement.Create().SetSkuID(id).SetKind(string(c.Kind)).SetRef(c.RequestID).
		SetDelta(c.Delta).SetBalance(stock[id].stock).SetReason(c.Reason).SetByWhom(c.By).SetCreatedAt(now).
		Save(ctx)
	if err != nil {
		return domain.Movement{}, fmt.Errorf("write movement of request %q: %w", c.RequestID, err)
	}
	return toMovement(row, c.SKU), nil
}

// hasRoomFor is the condition under which a SKU's stock may change by delta.
func hasRoomFor(delta int64) predicate.SKU {
	if delta < 0 {
		return sku.StockGTE(-delta)
	}
	return sku.StockLTE(domain.MaxStock - delta)
}
