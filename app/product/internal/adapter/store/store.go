// Package store keeps products, stock, deductions and the ledger in MySQL (or
// MariaDB) or in SQLite, through Ent.
//
// Locks are always taken in one order: the order's deduction row first, then SKU
// rows by ascending id. So transactions wait for each other but never in a circle.
package store

import (
	entsql "entgo.io/ent/dialect/sql"

	"github.com/stockonce/stockonce/app/internal/platform/database"
	"github.com/stockonce/stockonce/app/product/internal/adapter/store/ent"
	"github.com/stockonce/stockonce/app/product/internal/usecase"
)

// Store implements the ports of the package usecase. It is safe for concurrent use.
type Store struct {
	write   *ent.Client
	read    *ent.Client
	dialect string
}

var (
	_ usecase.Products = (*Store)(nil)
	_ usecase.Stock    = (*Store)(nil)
	_ usecase.Ledger   = (*Store)(nil)
)

// New returns a store on a migrated database, which the caller closes.
func New(db *database.DB) *Store {
	return &Store{
		write:   ent.NewClient(ent.Driver(entsql.OpenDB(db.Dialect, db.Write))),
		read:    ent.NewClient(ent.Driver(entsql.OpenDB(db.Dialect, db.Read))),
		dialect: db.Dialect,
	}
}

// clock is the database's time as an expression.
func (s *Store) clock() entsql.Querier {
	return entsql.Raw(database.NowSQL(s.dialect))
}
