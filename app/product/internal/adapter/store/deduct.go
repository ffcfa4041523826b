package store

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/stockonce/stockonce/app/internal/platform/dbtx"
	"github.com/stockonce/stockonce/app/product/internal/adapter/store/ent"
	"github.com/stockonce/stockonce/app/product/internal/adapter/store/ent/sku"
	"github.com/stockonce/stockonce/app/product/internal/domain"
)

// vanishTries bounds how often a deduction is tried again whose stored row was
// there for the insert but gone for the read, as after an operator's DELETE.
const vanishTries = 3

// takeTries bounds how often one transaction takes again because stock arrived
// after it found some missing. The next transaction goes on from there.
const takeTries = 3

// Deduct implements usecase.Stock.
func (s *Store) Deduct(ctx context.Context, d domain.Deduction) (domain.Answer, error) {
	for range vanishTries {
		answer, err := s.decide(ctx, d)
		if !dbtx.Duplicate(err) {
			return answer, fail(ctx, err)
		}
		// Somebody was first. The transaction is over, and with it the lock that a
		// failed insert leaves on the row.
		stored, err := s.stored(ctx, s.read.Deduction, d.OrderNumber())
		if ent.IsNotFound(err) {
			continue
		}
		if err != nil {
			return domain.Answer{}, fail(ctx, err)
		}
		return domain.Replay(stored, d)
	}
	return domain.Answer{}, fmt.Errorf("a key of %s is taken but its row cannot be found", d)
}

// decide answers a deduction that is not stored yet, and stores it. A stored one is
// a dbtx.Duplicate error.
func (s *Store) decide(ctx context.Context, d domain.Deduction) (answer domain.Answer, err error) {
	err = dbtx.Run(ctx, s.write.Tx, func(tx *ent.Tx) error {
		// The primary key decides who is first, before any stock is touched. Duplicates
		// wait here for the first one's commit.
		if err := s.insertDeduction(ctx, tx, d.OrderNumber(), d.Fingerprint(), domain.StateDeducted); err != nil {
			return err
		}
		takes, err := resolve(ctx, tx, d.Lines())
		if err != nil {
			return err
		}
		short, err := s.take(ctx, tx, d, takes)
		if err != nil {
			return err
		}
		if len(short) > 0 {
			// A refusal is committed like any answer: rolled back, a late duplicate could
			// take stock for an order that was refunded already.
			answer = domain.Answer{Outcome: domain.OutcomeRefused, Short: short}
			return storeRefusal(ctx, tx, d.OrderNumber(), short)
		}
		low, err := s.recordMoves(ctx, tx, domain.KindSale, d.OrderNumber(), takes)
		answer = domain.Answer{Outcome: domain.OutcomeDeducted, Low: low}
		return err
	})
	if err != nil {
		return domain.Answer{}, err
	}
	return answer, nil
}

// move is a change of one SKU's stock on behalf of an order.
type move struct {
	skuID int64
	code  string
	delta int64
}

// resolve turns lines into moves in the order in which rows are locked. Unknown
// codes are left out.
func resolve(ctx context.Context, tx *ent.Tx, lines []domain.Line) ([]move, error) {
	codes := make([]string, len(lines))
	for i, line := range lines {
		codes[i] = line.SKU
	}
	ids, err := skuIDs(ctx, tx, codes)
	if err != nil {
		return nil, err
	}
	takes := make([]move, 0, len(lines))
	for _, line := range lines {
		if id, known := ids[line.SKU]; known {
			takes = append(takes, move{skuID: id, code: line.SKU, delta: -line.Quantity})
		}
	}
	slices.SortFunc(takes, func(a, b move) int { return cmp.Compare(a.skuID, b.skuID) })
	return takes, nil
}

// take takes all or nothing and returns what was short.
func (s *Store) take(ctx context.Context, tx *ent.Tx, d domain.Deduction, takes []move) ([]domain.Shortage, error) {
	for range takeTries {
		if len(takes) == len(d.Lines()) {
			taken, err := takeWhilePossible(ctx, tx, takes)
			if err != nil || len(taken) == len(takes) {
				return nil, err
			}
			if err := giveBack(ctx, tx, taken); err != nil {
				return nil, err
			}
		}
		onHand, err := s.onHandByCode(ctx, tx, takes)
		if err != nil {
			return nil, err
		}
		if short := d.Shortages(onHand); len(short) > 0 {
			return short, nil
		}
		// Stock arrived between the two statements.
	}
	return nil, fmt.Errorf("stock of order %s: %w", d.OrderNumber(), dbtx.ErrConflict)
}

// takeWhilePossible decrements stock row by row and stops at the first that has not
// enough. It returns what it took. The condition and the decrement are one
// statement, so no concurrent transaction comes between them.
func takeWhilePossible(ctx context.Context, tx *ent.Tx, takes []move) (taken []move, err error) {
	for i, m := range takes {
		rows, err := tx.SKU.Update().
			Where(sku.ID(m.skuID), sku.StockGTE(-m.delta)).
			AddStock(m.delta).
			Save(ctx)
		if err != nil {
			return nil, fmt.Errorf("take stock of SKU %s: %w", m.code, err)
		}
		if rows == 0 {
			return takes[:i], nil
		}
	}
	return takes, nil
}

// giveBack undoes what this transaction took.
func giveBack(ctx context.Context, tx *ent.Tx, taken []move) error {
	for _, m := range taken {
		if err := tx.SKU.Update().Where(sku.ID(m.skuID)).AddStock(-m.delta).Exec(ctx); err != nil {
			return fmt.Errorf("give back stock of SKU %s: %w", m.code, err)
		}
	}
	return nil
}

// onHandByCode reads the stock of the moves' SKUs, all at one moment.
func (s *Store) onHandByCode(ctx context.Context, tx *ent.Tx, takes []move) (map[string]int64, error) {
	onHand := make(map[string]int64, len(takes))
	if len(takes) == 0 {
		return onHand, nil
	}
	rows, _, err := s.onHand(ctx, tx, rowIDs(takes))
	if err != nil {
		return nil, err
	}
	for _, m := range takes {
		onHand[m.code] = rows[m.skuID].stock
	}
	return onHand, nil
}

// recordMoves writes one ledger row per move, with the balance it led to, and returns
// which SKUs it took below their mark.
func (s *Store) recordMoves(
	ctx context.Context, tx *ent.Tx, kind domain.Kind, ref string, moves []move,
) ([]domain.LowStock, error) {
	// The moves' own updates hold the rows' locks: nobody else's stock is read, and the
	// balances of one SKU follow from each other.
	rows, now, err := s.onHand(ctx, tx, rowIDs(moves))
	if err != nil {
		return nil, err
	}
	var low []domain.LowStock
	entries := make([]entry, len(moves))
	for i, m := range moves {
		row := rows[m.skuID]
		entries[i] = entry{skuID: m.skuID, delta: m.delta, balance: row.stock}
		if domain.FellLow(row.stock-m.delta, row.stock, row.lowWater) {
			low = append(low, domain.LowStock{SKU: m.code, Stock: row.stock, LowWater: row.lowWater})
		}
	}
	return low, record(ctx, tx, kind, ref, now, entries)
}

func rowIDs(moves []move) []int64 {
	ids := make([]int64, len(moves))
	for i, m := range moves {
		ids[i] = m.skuID
	}
	return ids
}
