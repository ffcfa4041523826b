package database_test

import (
	"context"
	"database/sql/driver"
	"testing"

	"github.com/stockonce/stockonce/app/internal/platform/database"
	"github.com/stockonce/stockonce/app/internal/platform/dbtest"
)

// The pool would hand the connection to somebody whose BEGIN commits what is open on it.
func TestACommitThatIsCutShortEndsItsConnection(t *testing.T) {
	db := dbtest.MySQL(t, nil)
	if _, err := db.Write.ExecContext(t.Context(), "CREATE TABLE t (x INT)"); err != nil {
		t.Fatal(err)
	}
	pooled, err := db.Write.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	err = pooled.Raw(func(raw any) error {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		tx, err := raw.(driver.ConnBeginTx).BeginTx(ctx, driver.TxOptions{})
		if err != nil {
			return err
		}
		if _, err := raw.(driver.ExecerContext).ExecContext(ctx, "INSERT INTO t VALUES (1)", nil); err != nil {
			return err
		}
		cancel() // past database/sql's own look at the context
		if tx.Commit() == nil {
			t.Error("a commit that was not carried out reports success")
		}
		if raw.(driver.Validator).IsValid() {
			t.Error("the connection goes back to the pool with its transaction open")
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	_ = pooled.Close()
	tx, err := db.Write.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := tx.Commit(); err != nil {
		t.Fatal(err)
	}
	var n int
	if err := db.Write.QueryRowContext(t.Context(), "SELECT COUNT(*) FROM t").Scan(&n); err != nil || n != 0 {
		t.Errorf("%d rows of a commit that failed, %v", n, err)
	}
}

func TestADatabaseThatTakesWritesSaysSo(t *testing.T) {
	dbtest.Each(t, nil, func(t *testing.T, db *database.DB) {
		if err := db.Writable(t.Context(), db.Read); err != nil {
			t.Error(err)
		}
	})
}
