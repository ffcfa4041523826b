package database

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"entgo.io/ent/dialect"

	"github.com/stockonce/stockonce/app/internal/platform/dbtx"
)

// doubt is how long a refused write counts against a database. A full disk shows only
// when somebody writes, and not to everybody: what finds room in pages that exist is
// still taken. So it does not count that others succeed; after that time requests are
// let come again to find out.
const doubt = 3 * time.Second

// writes remembers the last write that was refused. It is safe for concurrent use.
type writes struct {
	mu      sync.Mutex
	refused error
	at      time.Time
}

// note takes the error of a statement or commit, of whatever kind.
func (w *writes) note(err error) {
	if !dbtx.Unwritable(err) {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.refused, w.at = err, time.Now()
}

func (w *writes) doubtful(now time.Time) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.refused == nil || now.Sub(w.at) >= doubt {
		return nil
	}
	return fmt.Errorf("a write was refused: %w", w.refused)
}

// errReadOnly says that a server takes no writes.
var errReadOnly = errors.New("the database server is read-only")

// Writable tells whether the database takes writes, as far as can be known without one:
// it is not read-only, and refused none lately. The question goes to asked, which may
// be another handle of the same database.
func (db *DB) Writable(ctx context.Context, asked Querier) error {
	if err := db.writes.doubtful(time.Now()); err != nil {
		return err
	}
	if db.Dialect != dialect.MySQL {
		return nil
	}
	rows, err := asked.QueryContext(ctx, "SELECT @@global.read_only")
	if err != nil {
		return fmt.Errorf("ask whether the server is read-only: %w", err)
	}
	defer rows.Close() //nolint:errcheck // nothing was written
	var value string
	if !rows.Next() {
		return errors.Join(errors.New("ask whether the server is read-only: no answer"), rows.Err())
	}
	if err := rows.Scan(&value); err != nil {
		return fmt.Errorf("ask whether the server is read-only: %w", err)
	}
	// A number; newer MariaDB has names for several kinds of yes.
	if value != "0" && !strings.EqualFold(value, "OFF") {
		return errReadOnly
	}
	return nil
}
