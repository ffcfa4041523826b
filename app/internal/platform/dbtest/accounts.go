package dbtest

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stockonce/stockonce/app/internal/platform/conf"
	"github.com/stockonce/stockonce/app/internal/platform/database"
)

// Accounts is one database, opened by each of the two accounts that it has where it is
// deployed.
type Accounts struct {
	// Service is the running service's: it may do what deploy/mysql/grants says.
	Service *database.DB
	// Admin is the one for migrations and prune.
	Admin *database.DB
}

// MySQLAs is MySQL with the two accounts of a service, whose database has been made as
// deploy/mysql/README.md says.
func MySQLAs(t testing.TB, service string, migrations fs.FS) Accounts {
	t.Helper()
	dsn, err := shared()
	if err != nil {
		t.Fatal(err)
	}
	db := scratch(t, dsn)
	user, admin := db.cfg.DBName, db.cfg.DBName+"_admin"
	db.run(t, fmt.Sprintf("CREATE USER '%s'@'%%' IDENTIFIED BY '%s'; CREATE USER '%s'@'%%' IDENTIFIED BY '%s'", user, password, admin, password))
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		if _, err := db.root.ExecContext(ctx, fmt.Sprintf("DROP USER '%s'@'%%', '%s'@'%%'", user, admin)); err != nil {
			t.Errorf("drop the test's accounts: %v", err)
		}
	})
	db.run(t, grants(t, service+"_admin", user))
	accounts := Accounts{Admin: db.open(t, migrations, admin)}
	db.run(t, grants(t, service, user))
	accounts.Service = db.open(t, nil, user)
	return accounts
}

// password is of accounts that live as long as a test, on a server of 127.0.0.1.
const password = "stockonce"

// open opens the database as a user.
func (db onMySQL) open(t testing.TB, migrations fs.FS, user string) *database.DB {
	t.Helper()
	cfg := db.cfg.Clone()
	cfg.User, cfg.Passwd = user, password
	return open(t, migrations, &conf.Database{Driver: "mysql", Dsn: cfg.FormatDSN(), MaxOpen: 32})
}

// run runs statements as one who may do everything.
func (db onMySQL) run(t testing.TB, statements string) {
	t.Helper()
	if _, err := db.root.ExecContext(t.Context(), statements); err != nil {
		t.Fatalf("%v, in:\n%s", err, statements)
	}
}

// grants reads a file of deploy/mysql/grants as an operator does who names the
// service's database and user otherwise.
func grants(t testing.TB, file, name string) string {
	t.Helper()
	text, err := readGrants(file)
	if err != nil {
		t.Fatal(err)
	}
	service, _, _ := strings.Cut(file, "_")
	return strings.ReplaceAll(text, "stockonce_"+service, name)
}

// readGrants looks for the repository's root upwards from the working folder.
func readGrants(file string) (string, error) {
	folder, err := os.Getwd()
	if err != nil {
		return "", fmt.Errorf("find the grants: %w", err)
	}
	for {
		text, err := fs.ReadFile(os.DirFS(folder), "deploy/mysql/grants/"+file+".sql")
		if err == nil {
			return string(text), nil
		}
		parent := filepath.Dir(folder)
		if !errors.Is(err, fs.ErrNotExist) || parent == folder {
			return "", fmt.Errorf("find deploy/mysql/grants/%s.sql above the working folder: %w", file, err)
		}
		folder = parent
	}
}
