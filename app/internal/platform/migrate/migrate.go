// Package migrate brings a database to the schema that a service embeds as
// versioned SQL files.
package migrate

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"entgo.io/ent/dialect"
	"github.com/pressly/goose/v3"

	"github.com/stockonce/stockonce/app/internal/platform/database"
)

// lockWait is how long one process waits for another that migrates.
const lockWait = 5 * time.Minute

// Applied is one migration that Up ran.
type Applied struct {
	File string
	Took time.Duration
}

// Up applies all pending migrations of files, which holds one folder per dialect
// (mysql, sqlite). Several processes may call it at once: one applies, the others
// wait and find nothing to do.
func Up(ctx context.Context, db *database.DB, files fs.FS) (applied []Applied, err error) {
	provider, err := newProvider(db, files)
	if err != nil {
		return nil, err
	}
	if db.Dialect == dialect.MySQL {
		unlock, err := lock(ctx, db)
		if err != nil {
			return nil, err
		}
		defer func() { err = errors.Join(err, unlock()) }()
	}
	results, err := provider.Up(ctx)
	for _, r := range results {
		applied = append(applied, Applied{File: r.Source.Path, Took: r.Duration})
	}
	if err != nil {
		return applied, fmt.Errorf("migrate: %w", err)
	}
	return applied, nil
}

// Pending tells whether files holds migrations that the database does not have.
func Pending(ctx context.Context, db *database.DB, files fs.FS) (bool, error) {
	provider, err := newProvider(db, files)
	if err != nil {
		return false, err
	}
	pending, err := provider.HasPending(ctx)
	if err != nil {
		return false, fmt.Errorf("look for pending migrations: %w", err)
	}
	return pending, nil
}

func newProvider(db *database.DB, files fs.FS) (*goose.Provider, error) {
	folder, kind := "mysql", goose.DialectMySQL
	if db.Dialect == dialect.SQLite {
		folder, kind = "sqlite", goose.DialectSQLite3
	}
	sub, err := fs.Sub(files, folder)
	if err != nil {
		return nil, fmt.Errorf("migrations of %s: %w", folder, err)
	}
	provider, err := goose.NewProvider(kind, db.Write, sub)
	if err != nil {
		return nil, fmt.Errorf("migrations of %s: %w", folder, err)
	}
	return provider, nil
}

// lock takes a named lock that the server frees when its connection ends. The name
// holds the database's, because the lock is the whole server's.
func lock(ctx context.Context, db *database.DB) (unlock func() error, err error) {
	conn, err := db.Write.Conn(ctx)
	if err != nil {
		return nil, fmt.Errorf("connect for the migration lock: %w", err)
	}
	const name = "CONCAT('stockonce.migrate.', LEFT(DATABASE(), 40))"
	var got *int
	err = conn.QueryRowContext(ctx, "SELECT GET_LOCK("+name+", ?)", int(lockWait.Seconds())).Scan(&got)
	if err == nil && (got == nil || *got != 1) {
		err = fmt.Errorf("another process has held it for %s", lockWait)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("migration lock: %w", err), conn.Close())
	}
	return func() error {
		_, err := conn.ExecContext(context.WithoutCancel(ctx), "SELECT RELEASE_LOCK("+name+")")
		return errors.Join(err, conn.Close())
	}, nil
}
