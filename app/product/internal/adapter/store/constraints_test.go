package store_test

import (
	"strings"
	"testing"

	"github.com/stockonce/stockonce/app/internal/platform/database"
	"github.com/stockonce/stockonce/app/internal/platform/dbtest"
	"github.com/stockonce/stockonce/app/internal/platform/dbtx"
	"github.com/stockonce/stockonce/app/product/internal/adapter/store/migrations"
	"github.com/stockonce/stockonce/app/product/internal/domain"
)

// What no statement may do, not even one typed by hand into the production database.
func TestTheDatabaseItselfKeepsTheInvariants(t *testing.T) {
	const (
		sku       = "INSERT INTO skus (code, product_id, price, currency, stock, low_water) VALUES "
		movement  = "INSERT INTO stock_movements (sku_id, kind, ref, delta, balance, reason, created_at) VALUES "
		deduction = "INSERT INTO deductions (order_number, fingerprint, outcome, short_lines, created_at, updated_at) VALUES "
		now       = "'2026-01-02 03:04:05.678901'"
	)
	dbtest.Each(t, migrations.Files, func(t *testing.T, db *database.DB) {
		run := func(statement string) error {
			_, err := db.Write.ExecContext(t.Context(), statement)
			return err
		}
		for _, statement := range []string{
			sku + "('tea', 'P1', 1, 'CNY', 0, 0)",
			movement + "(1, 'sale', 'O1', -1, 0, '', " + now + ")",
			deduction + "('O1', '', 'released', '', " + now + ", " + now + ")",
		} {
			if err := run(statement); err != nil {
				t.Fatal(err)
			}
		}
		for _, c := range []struct {
			name      string
			statement string
			refused   func(error) bool
		}{
			{"stock below zero", "UPDATE skus SET stock = -1", dbtx.CheckViolated},
			{"a SKU for nothing", "UPDATE skus SET price = 0", dbtx.CheckViolated},
			{"two SKUs of one code", sku + "('tea', 'P2', 1, 'CNY', 0, 0)", dbtx.Duplicate},
			{"a movement of nothing", movement + "(1, 'sale', 'O2', 0, 0, '', " + now + ")", dbtx.CheckViolated},
			{"a balance below zero", movement + "(1, 'sale', 'O2', -1, -1, '', " + now + ")", dbtx.CheckViolated},
			{"a movement of an unknown kind", movement + "(1, 'gift', 'O2', -1, 0, '', " + now + ")", dbtx.CheckViolated},
			{"a second sale of an order and SKU", movement + "(1, 'sale', 'O1', -1, 0, '', " + now + ")", dbtx.Duplicate},
			{"a second answer for an order", deduction + "('O1', '', 'refused', '', " + now + ", " + now + ")", dbtx.Duplicate},
			{"an unknown answer", deduction + "('O2', '', 'perhaps', '', " + now + ", " + now + ")", dbtx.CheckViolated},
		} {
			t.Run(c.name, func(t *testing.T) {
				if err := run(c.statement); !c.refused(err) {
					t.Errorf("not refused as it should be: %v", err)
				}
			})
		}
		t.Run("every kind and state of the domain can be stored", func(t *testing.T) {
			for _, kind := range domain.Kinds() {
				if err := run(movement + "(1, '" + string(kind) + "', 'every', 1, 1, '', " + now + ")"); err != nil {
					t.Errorf("kind %q: %v", kind, err)
				}
			}
			for _, state := range domain.States() {
				if err := run(deduction + "('" + strings.ToUpper(string(state)) + "', '', '" + string(state) + "', '', " + now + ", " + now + ")"); err != nil {
					t.Errorf("state %q: %v", state, err)
				}
			}
		})
	})
}
