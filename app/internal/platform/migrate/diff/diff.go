// Package diff writes a service's versioned migrations: it replays the files there
// are on an empty database and adds one for what its Ent schema has beyond them. It
// needs no network, only a database server on this machine.
//
// Two changes it does not see: a table that the schema no longer has, and a CHECK
// with another expression under the same name. Write the first by hand; give the
// second a new name.
package diff

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"ariga.io/atlas/sql/migrate"
	"ariga.io/atlas/sql/sqltool"
	"entgo.io/ent/dialect"
	entsql "entgo.io/ent/dialect/sql"
	"entgo.io/ent/dialect/sql/schema"

	"github.com/stockonce/stockonce/app/internal/platform/database"
)

// Write adds one migration named name to folder, which holds the files of empty's
// dialect, and brings folder's checksums up to date. It reports whether anything
// was missing. Empty must hold no tables and holds none afterwards.
//
// A file that was changed after it was written is an error: databases out there
// have applied it as it was.
func Write(ctx context.Context, empty *database.DB, folder, name string, tables []*schema.Table) (bool, error) {
	dir, err := sqltool.NewGooseDir(folder)
	if err != nil {
		return false, fmt.Errorf("open migrations: %w", err)
	}
	atlas, err := schema.NewMigrate(entsql.OpenDB(empty.Dialect, empty.Write),
		schema.WithDir(dir),
		schema.WithFormatter(sqltool.GooseFormatter),
		schema.WithMigrationMode(schema.ModeReplay),
		schema.WithDropColumn(true),
		schema.WithDropIndex(true),
		schema.WithErrNoPlan(true),
	)
	if err != nil {
		return false, fmt.Errorf("compare migrations of %s with the schema: %w", folder, err)
	}
	err = atlas.NamedDiff(ctx, name, tables...)
	if errors.Is(err, migrate.ErrNoPlan) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("compare migrations of %s with the schema: %w", folder, err)
	}
	return true, nil
}

// Missing returns the migration that Write would add to files, which holds one
// folder per dialect, or "" when the schema has nothing beyond them.
func Missing(ctx context.Context, empty *database.DB, files fs.FS, tables []*schema.Table) (_ string, err error) {
	sub, err := fs.Sub(files, Folder(empty.Dialect))
	if err != nil {
		return "", fmt.Errorf("migrations of %s: %w", empty.Dialect, err)
	}
	scratch, err := os.MkdirTemp("", "migrations")
	if err != nil {
		return "", fmt.Errorf("make a scratch folder: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(scratch)) }()
	if err := os.CopyFS(scratch, sub); err != nil {
		return "", fmt.Errorf("copy migrations: %w", err)
	}
	const name = "missing"
	found, err := Write(ctx, empty, scratch, name, tables)
	if err != nil || !found {
		return "", err
	}
	written, err := filepath.Glob(filepath.Join(scratch, "*_"+name+".sql"))
	if err != nil || len(written) != 1 {
		return "", fmt.Errorf("%d files written instead of one: %w", len(written), err)
	}
	text, err := os.ReadFile(written[0])
	if err != nil {
		return "", fmt.Errorf("read what is missing: %w", err)
	}
	return string(text), nil
}

// Folder is the name of the folder that holds a dialect's migrations.
func Folder(d string) string {
	if d == dialect.SQLite {
		return "sqlite"
	}
	return "mysql"
}
