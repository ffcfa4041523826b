package store_test

import (
	"testing"

	"github.com/stockonce/stockonce/app/internal/platform/database"
	"github.com/stockonce/stockonce/app/internal/platform/dbtest"
	"github.com/stockonce/stockonce/app/product/internal/adapter/store"
	"github.com/stockonce/stockonce/app/product/internal/adapter/store/migrations"
	"github.com/stockonce/stockonce/app/product/internal/usecase/usecasetest"
)

func TestThePortsKeepTheirPromises(t *testing.T) {
	t.Run("sqlite", func(t *testing.T) {
		usecasetest.Run(t, func(t *testing.T) usecasetest.Adapter {
			t.Helper()
			return adapter(dbtest.SQLite(t, migrations.Files))
		})
	})
	t.Run("mysql", func(t *testing.T) {
		usecasetest.Run(t, func(t *testing.T) usecasetest.Adapter {
			t.Helper()
			return adapter(dbtest.MySQLAs(t, "product", migrations.Files).Service)
		})
	})
}

// Deadlocks are tried again and reach no caller, so only the server can tell that
// there are none.
func TestConcurrentCallersDoNotDeadlock(t *testing.T) {
	db := dbtest.MySQLAlone(t, migrations.Files)
	before := dbtest.Deadlocks(t, db)
	usecasetest.RunConcurrency(t, func(t *testing.T) usecasetest.Adapter {
		t.Helper()
		for _, table := range []string{"products", "skus", "deductions", "stock_movements"} {
			if _, err := db.Write.ExecContext(t.Context(), "DELETE FROM "+table); err != nil {
				t.Fatal(err)
			}
		}
		return adapter(db)
	})
	if n := dbtest.Deadlocks(t, db) - before; n != 0 {
		t.Errorf("InnoDB counted %d deadlocks, want none", n)
	}
}

func adapter(db *database.DB) usecasetest.Adapter {
	s := store.New(db)
	return usecasetest.Adapter{
		Products: s, Stock: s, Ledger: s,
		Balances: func(t testing.TB) map[string]usecasetest.Balance { t.Helper(); return balances(t, db) },
	}
}

// balances compares in one statement, which sees one snapshot on either database.
func balances(t testing.TB, db *database.DB) map[string]usecasetest.Balance {
	t.Helper()
	rows, err := db.Read.QueryContext(t.Context(), `
		SELECT s.code, s.stock, COALESCE(SUM(m.delta), 0)
		FROM skus s LEFT JOIN stock_movements m ON m.sku_id = s.id
		GROUP BY s.id, s.code, s.stock`)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := rows.Close(); err != nil {
			t.Error(err)
		}
	}()
	all := map[string]usecasetest.Balance{}
	for rows.Next() {
		var (
			code    string
			balance usecasetest.Balance
		)
		if err := rows.Scan(&code, &balance.Stock, &balance.Ledger); err != nil {
			t.Fatal(err)
		}
		all[code] = balance
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return all
}
