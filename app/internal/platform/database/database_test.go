package database_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.opentelemetry.io/otel"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/stockonce/stockonce/app/internal/platform/conf"
	"github.com/stockonce/stockonce/app/internal/platform/database"
	"github.com/stockonce/stockonce/app/internal/platform/dbtest"
)

func TestOpen(t *testing.T) {
	for name, cfg := range map[string]*conf.Database{
		"an unknown driver":        {Driver: "oracle", Dsn: "x"},
		"a DSN without a database": {Driver: "mysql", Dsn: "user@tcp(127.0.0.1:3306)/"},
		"a DSN that is none":       {Driver: "mysql", Dsn: "user:hunter2@nonsense"},
		"a missing password file":  {Driver: "mysql", Dsn: "user@tcp(127.0.0.1:3306)/db", PasswordFile: "/nope"},
	} {
		_, err := database.Open(cfg)
		if err == nil || !strings.HasPrefix(err.Error(), "database.") {
			t.Errorf("%s: error %v, want one that names the setting", name, err)
		}
		if err != nil && strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: the password is in the error: %v", name, err)
		}
	}
}

func TestThePasswordFileIsUsed(t *testing.T) {
	file := filepath.Join(t.TempDir(), "password")
	if err := os.WriteFile(file, []byte("hunter2\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := database.MySQLConfig(&conf.Database{Dsn: "user@tcp(127.0.0.1:3306)/db", PasswordFile: file})
	if err != nil || c.Passwd != "hunter2" || c.User != "user" {
		t.Fatalf("%+v, %v", c, err)
	}
}

func TestTheClockIsUTCAndNow(t *testing.T) {
	dbtest.Each(t, nil, func(t *testing.T, db *database.DB) {
		now, err := database.Now(t.Context(), db.Read, db.Dialect)
		if err != nil || now.Location() != time.UTC {
			t.Fatalf("%s, %v", now, err)
		}
		if d := time.Since(now).Abs(); d > time.Minute { // the server is on this machine
			t.Errorf("the database's clock is %s away", d)
		}
	})
}

func TestTheReadPoolOfSQLiteCannotWrite(t *testing.T) {
	db := dbtest.SQLite(t, nil)
	if _, err := db.Write.ExecContext(t.Context(), "CREATE TABLE t (x INT)"); err != nil {
		t.Fatal(err)
	}
	if _, err := db.Read.ExecContext(t.Context(), "INSERT INTO t VALUES (1)"); err == nil {
		t.Fatal("a write strayed to the read pool")
	}
	for pragma, want := range map[string]string{"journal_mode": "wal", "synchronous": "2", "foreign_keys": "1"} {
		var got string
		if err := db.Write.QueryRowContext(t.Context(), "PRAGMA "+pragma).Scan(&got); err != nil || got != want {
			t.Errorf("%s is %q, want %q: %v", pragma, got, want, err)
		}
	}
}

func TestEverySessionOfMySQLIsPrepared(t *testing.T) {
	db := dbtest.MySQL(t, nil)
	var mode, zone string
	if err := db.Write.QueryRowContext(t.Context(), "SELECT @@sql_mode, @@time_zone").Scan(&mode, &zone); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(mode, "STRICT_TRANS_TABLES") || !strings.Contains(mode, "ONLY_FULL_GROUP_BY") || zone != "+00:00" {
		t.Errorf("sql_mode %s, time_zone %s", mode, zone)
	}
	// Read committed: what others commit is seen by the next statement of an open
	// transaction. The variable's name differs between servers, its effect does not.
	if _, err := db.Write.ExecContext(t.Context(), "CREATE TABLE t (x INT)"); err != nil {
		t.Fatal(err)
	}
	tx, err := db.Write.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tx.Rollback() }()
	count := func() (n int) {
		t.Helper()
		if err := tx.QueryRowContext(t.Context(), "SELECT COUNT(*) FROM t").Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	before := count()
	if _, err := db.Write.ExecContext(t.Context(), "INSERT INTO t VALUES (1)"); err != nil {
		t.Fatal(err)
	}
	if after := count(); before != 0 || after != 1 {
		t.Errorf("%d rows before the other's commit, %d after", before, after)
	}
}

// Not parallel: the tracer provider is the whole process's.
func TestStatementsAreTracedAsPartOfARequestOnly(t *testing.T) {
	recorder := tracetest.NewSpanRecorder()
	provider := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(recorder))
	before := otel.GetTracerProvider()
	otel.SetTracerProvider(provider)
	t.Cleanup(func() { otel.SetTracerProvider(before) })

	db := dbtest.SQLite(t, nil)
	if _, err := database.Now(t.Context(), db.Read, db.Dialect); err != nil {
		t.Fatal(err)
	}
	if n := len(recorder.Ended()); n != 0 {
		t.Errorf("%d spans of a statement that nobody asked for", n)
	}
	ctx, span := provider.Tracer("test").Start(t.Context(), "request")
	if _, err := database.Now(ctx, db.Read, db.Dialect); err != nil {
		t.Fatal(err)
	}
	span.End()
	if n := len(recorder.Ended()); n < 2 {
		t.Errorf("%d spans: the request's statement is not traced", n)
	}
}
