package store_test

import (
	"testing"
	"time"

	"github.com/stockonce/stockonce/app/internal/platform/database"
	"github.com/stockonce/stockonce/app/internal/platform/dbtest"
	"github.com/stockonce/stockonce/app/product/internal/adapter/store"
	"github.com/stockonce/stockonce/app/product/internal/adapter/store/migrations"
	"github.com/stockonce/stockonce/app/product/internal/usecase"
)

func TestWhatWasChangedByHandIsTold(t *testing.T) {
	const at = "'2026-01-02 03:04:05.678901'"
	dbtest.Each(t, migrations.Files, func(t *testing.T, db *database.DB) {
		s := store.New(db)
		for _, statement := range []string{
			"INSERT INTO skus (code, product_id, price, currency, stock, low_water) VALUES ('tea', 'P1', 1, 'CNY', 8, 0), ('mug', 'P1', 1, 'CNY', 0, 0)",
			"INSERT INTO stock_movements (sku_id, kind, ref, delta, balance, reason, created_at) VALUES (1, 'opening', 'P1', 9, 9, '', " + at +
				"), (1, 'sale', 'GHOST', -2, 7, '', " + at + "), (1, 'sale', 'O1', -1, 6, '', " + at + ")",
			"INSERT INTO deductions (order_number, fingerprint, outcome, short_lines, created_at, updated_at) VALUES ('O1', '', 'deducted', '', " + at + ", " + at + ")",
		} {
			if _, err := db.Write.ExecContext(t.Context(), statement); err != nil {
				t.Fatal(err)
			}
		}
		levels, err := s.Levels(t.Context(), "", nil, 10)
		if err != nil || len(levels) != 2 || levels[1].Stock != 8 || levels[1].Moved != 6 {
			t.Errorf("levels %+v, %v", levels, err)
		}
		for name, filter := range map[string]usecase.DeductionFilter{
			"all": {}, "by number": {Orders: []string{"GHOST"}}, "unchanged": {UnchangedFor: time.Hour},
		} {
			records, err := s.Deductions(t.Context(), filter, 10)
			if err != nil || len(records) == 0 {
				t.Fatalf("%s: %+v, %v", name, records, err)
			}
			ghost := records[0]
			if ghost.OrderNumber != "GHOST" || ghost.State != "" || len(ghost.Taken) != 1 || ghost.Taken[0].Quantity != 2 || ghost.Unchanged < time.Hour {
				t.Errorf("%s: movements without a deduction are told as %+v", name, ghost)
			}
		}
		// Pages find each number once, whichever of the two tables it is in.
		var numbers []string
		for after := ""; ; {
			page, err := s.Deductions(t.Context(), usecase.DeductionFilter{After: after}, 1)
			if err != nil {
				t.Fatal(err)
			}
			if len(page) == 0 {
				break
			}
			after = page[0].OrderNumber
			numbers = append(numbers, after)
		}
		if len(numbers) != 2 || numbers[0] != "GHOST" || numbers[1] != "O1" {
			t.Errorf("pages told %q", numbers)
		}
	})
}
