package dbtest_test

import (
	"sync"
	"testing"
	"testing/fstest"

	"github.com/stockonce/stockonce/app/internal/platform/database"
	"github.com/stockonce/stockonce/app/internal/platform/dbtest"
)

// migrations create one table on either database.
var migrations = func() fstest.MapFS {
	file := &fstest.MapFile{Data: []byte("-- +goose Up\nCREATE TABLE counters (id integer PRIMARY KEY, n integer NOT NULL);\n")}
	return fstest.MapFS{"mysql/1_init.sql": file, "sqlite/1_init.sql": file}
}()

func TestEveryTestHasADatabaseOfItsOwn(t *testing.T) {
	for range 2 {
		dbtest.Each(t, migrations, func(t *testing.T, db *database.DB) {
			if _, err := db.Write.ExecContext(t.Context(), "INSERT INTO counters VALUES (1, 0)"); err != nil {
				t.Errorf("the database is not fresh: %v", err)
			}
			var n int
			if err := db.Read.QueryRowContext(t.Context(), "SELECT COUNT(*) FROM counters").Scan(&n); err != nil || n != 1 {
				t.Errorf("%d rows read after one was written, error %v", n, err)
			}
		})
	}
}

func TestTheDeadlockCounterMovesByOneWhenTwoTransactionsDeadlock(t *testing.T) {
	db := dbtest.MySQLAlone(t, migrations)
	ctx := t.Context()
	if _, err := db.Write.ExecContext(ctx, "INSERT INTO counters VALUES (1, 0), (2, 0)"); err != nil {
		t.Fatal(err)
	}
	before := dbtest.Deadlocks(t, db)
	var both, ended sync.WaitGroup // each holds its first row before either asks for its second
	both.Add(2)
	for _, rows := range [][2]int{{1, 2}, {2, 1}} {
		ended.Go(func() {
			tx, err := db.Write.BeginTx(ctx, nil)
			if err != nil {
				t.Error(err)
				both.Done()
				return
			}
			defer tx.Rollback() //nolint:errcheck // one of the two is the deadlock's victim
			_, err = tx.ExecContext(ctx, "UPDATE counters SET n = n + 1 WHERE id = ?", rows[0])
			both.Done()
			if err != nil {
				t.Error(err)
				return
			}
			both.Wait()
			_, _ = tx.ExecContext(ctx, "UPDATE counters SET n = n + 1 WHERE id = ?", rows[1])
		})
	}
	ended.Wait()
	if moved := dbtest.Deadlocks(t, db) - before; moved != 1 {
		t.Errorf("the counter moved by %d, want 1", moved)
	}
}
