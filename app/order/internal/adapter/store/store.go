// Package store keeps orders, payments and tasks in MySQL, MariaDB or SQLite
// through Ent. Each method of a port is one transaction.
package store

import (
	"context"
	"strings"
	"time"

	"entgo.io/ent/dialect"
	entsql "entgo.io/ent/dialect/sql"

	"github.com/stockonce/stockonce/app/internal/platform/database"
	"github.com/stockonce/stockonce/app/internal/platform/dbtx"
	"github.com/stockonce/stockonce/app/order/internal/adapter/store/ent"
)

// Store is an order database. It is safe for concurrent use.
type Store struct {
	write   *ent.Client
	read    *ent.Client
	dialect string
	now     string
}

// New uses an open database; closing it stays the caller's.
func New(db *database.DB) *Store {
	client := func(drv *entsql.Driver) *ent.Client { return ent.NewClient(ent.Driver(drv)) }
	return &Store{
		write:   client(entsql.OpenDB(db.Dialect, db.Write)),
		read:    client(entsql.OpenDB(db.Dialect, db.Read)),
		dialect: db.Dialect,
		now:     database.NowSQL(db.Dialect),
	}
}

// inTx runs work in one transaction, again when the database asks for it.
func (s *Store) inTx(ctx context.Context, work func(*ent.Tx) error) error {
	begin := func(ctx context.Context) (*ent.Tx, error) { return s.write.BeginTx(ctx, nil) }
	return fail(ctx, dbtx.Run(ctx, begin, work))
}

// nowColumn is the database's clock as a column of a query's result.
const nowColumn = "db_now"

// withNow adds the database's clock to what a query reads, and locks the rows it
// finds. SQLite has one writer at a time and knows no lock clause.
func (s *Store) withNow(lock bool) func(*entsql.Selector) {
	return func(q *entsql.Selector) {
		q.AppendSelectExprAs(entsql.Expr(s.now), nowColumn)
		if lock && s.dialect == dialect.MySQL {
			q.ForUpdate()
		}
	}
}

// clock reads the database's clock.
func (s *Store) clock(ctx context.Context, q database.Querier) (time.Time, error) {
	return database.Now(ctx, q, s.dialect)
}

// clip shortens a text to what its column takes. Only texts for people are clipped,
// never identifiers.
func clip(s string, limit int) string {
	if len(s) <= limit {
		return s
	}
	return strings.ToValidUTF8(s[:limit], "")
}
