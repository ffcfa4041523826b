// Package database opens the database that a service's configuration names and
// gives both kinds, MySQL and SQLite, the same shape: one handle that writes, one
// that reads, and the database's own clock.
package database

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"entgo.io/ent/dialect"
	entsql "entgo.io/ent/dialect/sql"
	"github.com/XSAM/otelsql"
	semconv "go.opentelemetry.io/otel/semconv/v1.37.0"
	"go.opentelemetry.io/otel/trace"

	"github.com/stockonce/stockonce/app/internal/platform/conf"
)

// DB is an open database. It is safe for concurrent use.
type DB struct {
	// Write takes transactions. With SQLite it is a single connection.
	Write *sql.DB
	// Read takes queries outside transactions. With MySQL it is Write.
	Read *sql.DB
	// Dialect is Ent's name of the kind: dialect.MySQL or dialect.SQLite.
	Dialect string

	writes *writes
}

// Open opens the configured database. It does not connect: a database that is
// down must not keep the process from starting and saying so in its readiness.
func Open(cfg *conf.Database) (*DB, error) {
	switch cfg.GetDriver() {
	case "sqlite":
		return openSQLite(cfg)
	case "mysql":
		return openMySQL(cfg)
	default:
		return nil, fmt.Errorf("database.driver: %q is neither sqlite nor mysql", cfg.GetDriver())
	}
}

// Ping tells whether the database answers.
func (db *DB) Ping(ctx context.Context) error {
	if err := db.Write.PingContext(ctx); err != nil {
		return fmt.Errorf("ping database: %w", err)
	}
	return nil
}

// Close closes all connections.
func (db *DB) Close() error {
	err := db.Write.Close()
	if db.Read != db.Write {
		err = errors.Join(err, db.Read.Close())
	}
	return err
}

// NowSQL is the SQL expression of the database's clock, in UTC.
func NowSQL(d string) string {
	if d == dialect.SQLite {
		return `strftime('%Y-%m-%d %H:%M:%f+00:00', 'now')`
	}
	return `UTC_TIMESTAMP(6)`
}

// Querier runs queries: a pool, a transaction, or Ent's client of either.
type Querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// Now asks for the clock of q's database, which is of the dialect d.
func Now(ctx context.Context, q Querier, d string) (_ time.Time, err error) {
	rows, err := q.QueryContext(ctx, "SELECT "+NowSQL(d))
	if err != nil {
		return time.Time{}, fmt.Errorf("read the database's clock: %w", err)
	}
	defer func() { err = errors.Join(err, rows.Err(), rows.Close()) }()
	v, err := entsql.ScanValue(rows)
	if err != nil {
		return time.Time{}, fmt.Errorf("read the database's clock: %w", err)
	}
	return Time(v)
}

// Time converts what the drivers make of NowSQL.
func Time(v any) (time.Time, error) {
	var text string
	switch v := v.(type) {
	case time.Time:
		return v.UTC(), nil
	case []byte:
		text = string(v)
	case string:
		text = v
	default:
		return time.Time{}, fmt.Errorf("%T is no time", v)
	}
	t, err := time.Parse("2006-01-02 15:04:05.999999999-07:00", text)
	if err != nil {
		// MySQL without a zone: the session's is UTC.
		t, err = time.Parse("2006-01-02 15:04:05.999999999", text)
	}
	if err != nil {
		return time.Time{}, fmt.Errorf("%q is no time: %w", text, err)
	}
	return t.UTC(), nil
}

// instrument wraps a connector so that statements appear in traces. Their text
// holds placeholders only, never values.
func instrument(c driver.Connector, system string) *sql.DB {
	return otelsql.OpenDB(c,
		otelsql.WithAttributes(semconv.DBSystemNameKey.String(system)),
		otelsql.WithSpanOptions(otelsql.SpanOptions{
			OmitConnResetSession: true,
			OmitConnPrepare:      true,
			OmitRows:             true,
			OmitConnectorConnect: true,
			DisableErrSkip:       true,
			// Only as part of a request: what workers poll would be all there is to see.
			SpanFilter: func(ctx context.Context, _ otelsql.Method, _ string, _ []driver.NamedValue) bool {
				return trace.SpanContextFromContext(ctx).IsValid()
			},
		}))
}

// secret reads a file that holds a password.
func secret(path string) (string, error) {
	b, err := os.ReadFile(path) //nolint:gosec // the operator names the file
	if err != nil {
		return "", fmt.Errorf("database.password_file: %w", err)
	}
	return strings.TrimRight(string(b), "\r\n"), nil
}
