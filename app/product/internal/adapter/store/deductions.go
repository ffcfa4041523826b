package store

import (
	"context"
	"encoding/json"
	"fmt"

	entsql "entgo.io/ent/dialect/sql"

	"github.com/stockonce/stockonce/app/product/internal/adapter/store/ent"
	"github.com/stockonce/stockonce/app/product/internal/adapter/store/ent/deduction"
	"github.com/stockonce/stockonce/app/product/internal/domain"
)

// insertDeduction inserts an order's row. It is written with Ent's builder instead
// of its generated code so that the database's clock is read by the same statement.
func (s *Store) insertDeduction(ctx context.Context, tx *ent.Tx, number, fingerprint string, state domain.State) error {
	query, args := entsql.Dialect(s.dialect).Insert(deduction.Table).
		Columns(deduction.FieldID, deduction.FieldFingerprint, deduction.FieldOutcome, deduction.FieldShortLines,
			deduction.FieldCreatedAt, deduction.FieldUpdatedAt).
		Values(number, fingerprint, string(state), "", s.clock(), s.clock()).
		Query()
	if _, err := tx.ExecContext(ctx, query, args...); err != nil {
		return fmt.Errorf("insert deduction of order %s: %w", number, err)
	}
	return nil
}

// storeRefusal turns the row that the same transaction inserted into a refusal.
func storeRefusal(ctx context.Context, tx *ent.Tx, number string, short []domain.Shortage) error {
	text, err := encodeShort(short)
	if err != nil {
		return err
	}
	err = tx.Deduction.Update().Where(deduction.ID(number)).
		SetOutcome(string(domain.StateRefused)).
		SetShortLines(text).
		Exec(ctx)
	if err != nil {
		return fmt.Errorf("store refusal of order %s: %w", number, err)
	}
	return nil
}

// stored reads an order's row.
func (s *Store) stored(ctx context.Context, rows *ent.DeductionClient, number string) (domain.StoredDeduction, error) {
	row, err := rows.Get(ctx, number)
	if err != nil {
		return domain.StoredDeduction{}, fmt.Errorf("read deduction of order %s: %w", number, err)
	}
	return toDeduction(row)
}

func toDeduction(row *ent.Deduction) (domain.StoredDeduction, error) {
	short, err := decodeShort(row.ShortLines)
	if err != nil {
		return domain.StoredDeduction{}, fmt.Errorf("short lines of order %s: %w", row.ID, err)
	}
	return domain.StoredDeduction{
		OrderNumber: row.ID, State: domain.State(row.Outcome), Fingerprint: row.Fingerprint, Short: short,
		CreatedAt: row.CreatedAt.UTC(), UpdatedAt: row.UpdatedAt.UTC(),
	}, nil
}

// shortLine is a domain.Shortage as stored.
type shortLine struct {
	SKU       string `json:"sku"`
	Requested int64  `json:"requested"`
	Available int64  `json:"available"`
	Unknown   bool   `json:"unknown,omitempty"`
}

func encodeShort(short []domain.Shortage) (string, error) {
	lines := make([]shortLine, len(short))
	for i, s := range short {
		lines[i] = shortLine(s)
	}
	text, err := json.Marshal(lines)
	if err != nil {
		return "", fmt.Errorf("encode short lines: %w", err)
	}
	return string(text), nil
}

func decodeShort(text string) ([]domain.Shortage, error) {
	if text == "" {
		return nil, nil
	}
	var lines []shortLine
	if err := json.Unmarshal([]byte(text), &lines); err != nil {
		return nil, fmt.Errorf("decode: %w", err)
	}
	short := make([]domain.Shortage, len(lines))
	for i, line := range lines {
		short[i] = domain.Shortage(line)
	}
	return short, nil
}
