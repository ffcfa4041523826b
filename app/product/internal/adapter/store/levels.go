package store

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/stockonce/stockonce/app/product/internal/domain"
)

// Levels implements usecase.Ledger. Stock and ledger are read by one statement, which
// sees one moment.
func (s *Store) Levels(ctx context.Context, after string, codes []string, limit int) (_ []domain.StockLevel, err error) {
	among, args := "", []any{after}
	if len(codes) > 0 {
		among = " AND code IN (?" + strings.Repeat(", ?", len(codes)-1) + ")"
		for _, code := range codes {
			args = append(args, code)
		}
	}
	rows, err := s.read.QueryContext(ctx, `SELECT k.code, k.stock,
	(SELECT COALESCE(SUM(m.delta), 0) FROM stock_movements m WHERE m.sku_id = k.id)
FROM (SELECT id, code, stock FROM skus WHERE code > ?`+among+` ORDER BY code LIMIT ?) k
ORDER BY k.code`, append(args, limit)...)
	if err != nil {
		return nil, fail(ctx, fmt.Errorf("read stock: %w", err))
	}
	defer func() { err = errors.Join(err, fail(ctx, rows.Close())) }()
	levels := make([]domain.StockLevel, 0, limit)
	for rows.Next() {
		var l domain.StockLevel
		if err := rows.Scan(&l.SKU, &l.Stock, &l.Moved); err != nil {
			return nil, fail(ctx, fmt.Errorf("read stock: %w", err))
		}
		levels = append(levels, l)
	}
	return levels, fail(ctx, rows.Err())
}
