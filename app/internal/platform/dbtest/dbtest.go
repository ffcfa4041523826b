// Package dbtest gives each test a database of its own, on every kind of database
// that the stores support.
//
// MySQL means the server that TEST_MYSQL_DSN names (its user must be allowed to
// create databases and accounts), or else a private throw-away MariaDB or MySQL, started once
// per test process. Nothing is skipped: without a server the test fails and says
// how to get one.
package dbtest

import (
	"context"
	"database/sql"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/go-sql-driver/mysql"

	"github.com/stockonce/stockonce/app/internal/platform/conf"
	"github.com/stockonce/stockonce/app/internal/platform/database"
	"github.com/stockonce/stockonce/app/internal/platform/dbtest/server"
	"github.com/stockonce/stockonce/app/internal/platform/migrate"
)

// Each runs f as subtest "sqlite" and as subtest "mysql", with a fresh, migrated
// database each. Without migrations, here and below, the database is empty.
func Each(t *testing.T, migrations fs.FS, f func(t *testing.T, db *database.DB)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) { f(t, SQLite(t, migrations)) })
	t.Run("mysql", func(t *testing.T) { f(t, MySQL(t, migrations)) })
}

// SQLite returns a fresh, migrated database in a file that goes with the test.
func SQLite(t testing.TB, migrations fs.FS) *database.DB {
	t.Helper()
	return open(t, migrations, &conf.Database{
		Driver: "sqlite", Dsn: filepath.Join(t.TempDir(), "test.db"), MaxOpen: 8,
	})
}

// MySQL returns a fresh, migrated database that is dropped after the test. Other
// tests use the same server at the same time.
func MySQL(t testing.TB, migrations fs.FS) *database.DB {
	t.Helper()
	dsn, err := shared()
	if err != nil {
		t.Fatal(err)
	}
	return onServer(t, dsn, migrations)
}

// MySQLAlone is MySQL on a server that no other test uses, which takes seconds to
// start. For tests that read the server's own counters.
func MySQLAlone(t testing.TB, migrations fs.FS) *database.DB {
	t.Helper()
	s, err := server.Start(t.Context(), server.Options{Binary: os.Getenv(envBinary)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Stop)
	return onServer(t, s.DSN(), migrations)
}

// Deadlocks is how often InnoDB has given up a transaction because of a deadlock
// since the server started. It counts all databases of the server: see MySQLAlone.
func Deadlocks(t testing.TB, db *database.DB) int64 {
	t.Helper()
	var n int64
	const query = "SELECT count FROM information_schema.innodb_metrics WHERE name = 'lock_deadlocks'"
	if err := db.Read.QueryRowContext(t.Context(), query).Scan(&n); err != nil {
		t.Fatalf("read the deadlock counter: %v", err)
	}
	return n
}

const (
	envDSN    = "TEST_MYSQL_DSN"
	envBinary = "TEST_MYSQL_SERVER" // the server program, when it is not to be looked for
)

// shared returns the DSN of this process's server and starts it if need be. The
// server ends with the process.
var shared = sync.OnceValues(func() (string, error) {
	if dsn := os.Getenv(envDSN); dsn != "" {
		return dsn, nil
	}
	s, err := server.Start(context.Background(), server.Options{Binary: os.Getenv(envBinary)})
	if err != nil {
		return "", err
	}
	return s.DSN(), nil
})

// onServer creates a database on the server, which goes with the test.
func onServer(t testing.TB, dsn string, migrations fs.FS) *database.DB {
	t.Helper()
	cfg := scratch(t, dsn).cfg
	return open(t, migrations, &conf.Database{Driver: "mysql", Dsn: cfg.FormatDSN(), MaxOpen: 32})
}

// onMySQL is a test's database on a server.
type onMySQL struct {
	cfg  *mysql.Config // of one who may do everything, with the database's name
	root *sql.DB       // likewise, in no database
}

// scratch creates an empty database on the server, which goes with the test.
func scratch(t testing.TB, dsn string) onMySQL {
	t.Helper()
	cfg, err := mysql.ParseDSN(dsn)
	if err != nil {
		t.Fatalf("%s is not of the form user:password@tcp(host:port)/", envDSN)
	}
	cfg.DBName, cfg.MultiStatements = "", true
	root, err := sql.Open("mysql", cfg.FormatDSN())
	if err != nil {
		t.Fatal(err)
	}
	cfg.DBName, cfg.MultiStatements = fmt.Sprintf("t_%x_%08x", time.Now().UnixMilli(), rand.Uint32()), false //nolint:gosec // a name
	// No collation, on purpose: migrations must say theirs.
	if _, err := root.ExecContext(t.Context(), "CREATE DATABASE "+cfg.DBName+" CHARACTER SET utf8mb4"); err != nil {
		t.Fatalf("create a database on the test server: %v", err)
	}
	t.Cleanup(func() {
		// The test's context is over by now. A test that leaks a transaction would
		// block the drop for ever.
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		if _, err := root.ExecContext(ctx, "DROP DATABASE "+cfg.DBName); err != nil {
			t.Errorf("drop the test's database: %v", err)
		}
		if err := root.Close(); err != nil {
			t.Error(err)
		}
	})
	return onMySQL{cfg, root}
}

// open opens and migrates the database, and closes it after the test.
func open(t testing.TB, migrations fs.FS, cfg *conf.Database) *database.DB {
	t.Helper()
	db, err := database.Open(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Errorf("close the test's database: %v", err)
		}
	})
	if migrations == nil {
		return db
	}
	if _, err := migrate.Up(t.Context(), db, migrations); err != nil {
		t.Fatal(err)
	}
	return db
}
