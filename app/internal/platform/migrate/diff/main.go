package diff

import (
	"context"
	"database/sql"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"

	"entgo.io/ent/dialect/sql/schema"
	"github.com/go-sql-driver/mysql"

	"github.com/stockonce/stockonce/app/internal/platform/conf"
	"github.com/stockonce/stockonce/app/internal/platform/database"
	"github.com/stockonce/stockonce/app/internal/platform/dbtest/server" //nolint:depguard // a generator, not a service
)

// Main is a service's program that writes migrations for both dialects. It starts a
// throw-away database server, and exits with 1 when something fails.
func Main(tables []*schema.Table) {
	name := flag.String("name", "changes", "what the migration does, for its file name")
	folder := flag.String("dir", ".", "folder that holds the folders mysql and sqlite")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, *folder, *name, tables)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "write migrations:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, folder, name string, tables []*schema.Table) (err error) {
	scratch, err := os.MkdirTemp("", "migrations")
	if err != nil {
		return fmt.Errorf("make a scratch folder: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(scratch)) }()

	s, err := server.Start(ctx, server.Options{})
	if err != nil {
		return err
	}
	defer s.Stop()
	dsn, err := emptyDatabase(ctx, s.DSN())
	if err != nil {
		return err
	}
	for _, cfg := range []*conf.Database{
		{Driver: "sqlite", Dsn: filepath.Join(scratch, "empty.db"), MaxOpen: 1},
		{Driver: "mysql", Dsn: dsn, MaxOpen: 4},
	} {
		if err := write(ctx, cfg, folder, name, tables); err != nil {
			return err
		}
	}
	return nil
}

// write adds what one dialect's folder lacks.
func write(ctx context.Context, cfg *conf.Database, folder, name string, tables []*schema.Table) (err error) {
	db, err := database.Open(cfg)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	folder = filepath.Join(folder, Folder(db.Dialect))
	found, err := Write(ctx, db, folder, name, tables)
	if err != nil {
		return err
	}
	if found {
		fmt.Fprintln(os.Stdout, folder+": one migration added; read it before you commit it")
	} else {
		fmt.Fprintln(os.Stdout, folder+": nothing to add")
	}
	return nil
}

// emptyDatabase creates a database on the server and returns its DSN.
func emptyDatabase(ctx context.Context, dsn string) (_ string, err error) {
	cfg, err := mysql.ParseDSN(dsn)
	if err != nil {
		return "", fmt.Errorf("dsn of the scratch server: %w", err)
	}
	cfg.DBName = ""
	admin, err := sql.Open("mysql", cfg.FormatDSN())
	if err != nil {
		return "", fmt.Errorf("open the scratch server: %w", err)
	}
	defer func() { err = errors.Join(err, admin.Close()) }()
	cfg.DBName = "empty"
	if _, err := admin.ExecContext(ctx, "CREATE DATABASE empty CHARACTER SET utf8mb4 COLLATE utf8mb4_bin"); err != nil {
		return "", fmt.Errorf("create an empty database: %w", err)
	}
	return cfg.FormatDSN(), nil
}
