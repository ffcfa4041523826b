package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/stockonce/stockonce/app/internal/platform/database"
	"github.com/stockonce/stockonce/app/product/internal/domain"
	"github.com/stockonce/stockonce/app/product/internal/usecase"
)

// recordsSQL reads deductions with their movements. It is one statement because only
// that sees one moment: between two, a release could come, and what it gave back would
// seem to belong to an order that still has its stock. It is sorted here and not there,
// where the text of short lines would make a temporary file of every page.
const recordsSQL = `SELECT n.number, d.fingerprint, d.outcome, d.short_lines, d.created_at, d.updated_at,
	m.kind, m.delta, m.created_at, k.code
FROM (%s) n
LEFT JOIN deductions d ON d.order_number = n.number
LEFT JOIN stock_movements m ON m.ref = n.number AND m.kind IN ('sale', 'release')
LEFT JOIN skus k ON k.id = m.sku_id`

// Deductions implements usecase.Ledger.
func (s *Store) Deductions(ctx context.Context, filter usecase.DeductionFilter, limit int) (_ []domain.DeductionRecord, err error) {
	// Read first, so that nothing seems older than it is.
	now, err := database.Now(ctx, s.read, s.dialect)
	if err != nil {
		return nil, fail(ctx, err)
	}
	numbers, args := numbersSQL(filter, now, limit)
	rows, err := s.read.QueryContext(ctx, fmt.Sprintf(recordsSQL, numbers), args...)
	if err != nil {
		return nil, fail(ctx, fmt.Errorf("read deductions: %w", err))
	}
	defer func() { err = errors.Join(err, fail(ctx, rows.Close())) }()
	records := make([]domain.DeductionRecord, 0, limit)
	at := make(map[string]int, limit)
	for rows.Next() {
		var row recordRow
		if err := row.scan(rows); err != nil {
			return nil, fail(ctx, fmt.Errorf("read deductions: %w", err))
		}
		i, known := at[row.number]
		if !known {
			record, err := row.record()
			if err != nil {
				return nil, fmt.Errorf("deduction of order %s: %w", row.number, err)
			}
			i, records = len(records), append(records, record)
			at[row.number] = i
		}
		if err := row.move(&records[i]); err != nil {
			return nil, fmt.Errorf("movements of order %s: %w", row.number, err)
		}
	}
	for i := range records {
		d := &records[i]
		d.Unchanged = max(0, now.Sub(d.UpdatedAt))
		slices.SortFunc(d.Taken, bySKU)
		slices.SortFunc(d.Returned, bySKU)
	}
	slices.SortFunc(records, func(a, b domain.DeductionRecord) int { return strings.Compare(a.OrderNumber, b.OrderNumber) })
	return records, fail(ctx, rows.Err())
}

func bySKU(a, b domain.Line) int { return strings.Compare(a.SKU, b.SKU) }

// numbersSQL selects the numbers of a page: of deductions, and of movements that may
// have none. Both halves end after a page, so that no page reads further.
func numbersSQL(filter usecase.DeductionFilter, now time.Time, limit int) (string, []any) {
	among, orders := "", make([]any, 0, len(filter.Orders))
	if len(filter.Orders) > 0 {
		among = " AND %s IN (?" + strings.Repeat(", ?", len(filter.Orders)-1) + ")"
		for _, number := range filter.Orders {
			orders = append(orders, number)
		}
	}
	named := func(column string) string {
		if among == "" {
			return ""
		}
		return fmt.Sprintf(among, column)
	}
	until := now.Add(-filter.UnchangedFor).Truncate(time.Microsecond)

	query := "SELECT order_number AS number FROM deductions WHERE order_number > ?" + named("order_number")
	args := append([]any{filter.After}, orders...)
	if filter.UnchangedFor > 0 {
		query, args = query+" AND updated_at <= ?", append(args, until)
	}
	if filter.Since.After(time.Unix(0, 0)) { // earlier is everything, and no time for MySQL
		query, args = query+" AND updated_at >= ?", append(args, filter.Since.UTC().Truncate(time.Microsecond))
		return query + " ORDER BY order_number LIMIT ?", append(args, limit)
	}
	query = "SELECT number FROM (" + query + " ORDER BY order_number LIMIT ?) kept UNION SELECT number FROM (" +
		"SELECT DISTINCT ref AS number FROM stock_movements WHERE kind IN ('sale', 'release') AND ref > ?" + named("ref")
	args = append(append(args, limit, filter.After), orders...)
	if filter.UnchangedFor > 0 {
		// What has a deduction is as old as that.
		query += " AND NOT EXISTS (SELECT 1 FROM deductions young WHERE young.order_number = ref AND young.updated_at > ?)"
		args = append(args, until)
	}
	return query + " ORDER BY ref LIMIT ?) moved ORDER BY number LIMIT ?", append(args, limit, limit)
}

// recordRow is a deduction, or none, with one of its movements, or none.
type recordRow struct {
	number                      string
	fingerprint, outcome, short sql.NullString
	created, updated            any
	kind, code                  sql.NullString
	delta                       sql.NullInt64
	moved                       any
}

func (r *recordRow) scan(rows *sql.Rows) error {
	err := rows.Scan(&r.number, &r.fingerprint, &r.outcome, &r.short, &r.created, &r.updated, &r.kind, &r.delta, &r.moved, &r.code)
	if err != nil {
		return fmt.Errorf("scan: %w", err)
	}
	return nil
}

func (r *recordRow) record() (domain.DeductionRecord, error) {
	stored := domain.StoredDeduction{OrderNumber: r.number}
	if !r.outcome.Valid {
		return domain.DeductionRecord{StoredDeduction: stored}, nil
	}
	stored.State, stored.Fingerprint = domain.State(r.outcome.String), r.fingerprint.String
	var err error
	if stored.Short, err = decodeShort(r.short.String); err != nil {
		return domain.DeductionRecord{}, err
	}
	if stored.CreatedAt, err = database.Time(r.created); err != nil {
		return domain.DeductionRecord{}, fmt.Errorf("created_at: %w", err)
	}
	if stored.UpdatedAt, err = database.Time(r.updated); err != nil {
		return domain.DeductionRecord{}, fmt.Errorf("updated_at: %w", err)
	}
	return domain.DeductionRecord{StoredDeduction: stored}, nil
}

// move adds the row's movement to a record. What no deduction dates, its youngest
// movement does.
func (r *recordRow) move(d *domain.DeductionRecord) error {
	if !r.kind.Valid {
		return nil
	}
	at, err := database.Time(r.moved)
	if err != nil {
		return fmt.Errorf("created_at: %w", err)
	}
	if d.State == "" && at.After(d.UpdatedAt) {
		d.CreatedAt, d.UpdatedAt = at, at
	}
	if domain.Kind(r.kind.String) == domain.KindSale {
		d.Taken = append(d.Taken, domain.Line{SKU: r.code.String, Quantity: -r.delta.Int64})
	} else {
		d.Returned = append(d.Returned, domain.Line{SKU: r.code.String, Quantity: r.delta.Int64})
	}
	return nil
}
