package database

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"strings"

	"entgo.io/ent/dialect"
	"modernc.org/sqlite"

	"github.com/stockonce/stockonce/app/internal/platform/conf"
	"github.com/stockonce/stockonce/app/internal/platform/dbtx"
)

// openSQLite opens a file with one connection that writes and a pool that reads.
//
// SQLite has one writer at a time; a second connection would not write sooner but
// meet SQLITE_BUSY. Readers see the last commit and never wait (WAL).
func openSQLite(cfg *conf.Database) (*DB, error) {
	w := &writes{}
	write := instrument(watch(sqliteConnector(cfg.GetDsn(), "_txlock=immediate"), w, false), "sqlite")
	write.SetMaxOpenConns(1)
	// A write outside a transaction that strays to this pool fails instead of racing.
	read := instrument(sqliteConnector(cfg.GetDsn(), "_pragma=query_only(1)"), "sqlite")
	read.SetMaxOpenConns(int(cfg.GetMaxOpen()))
	read.SetMaxIdleConns(int(cfg.GetMaxOpen()))
	return &DB{Write: write, Read: read, Dialect: dialect.SQLite, writes: w}, nil
}

func sqliteConnector(path string, option string) driver.Connector {
	options := []string{
		"_pragma=busy_timeout(5000)",
		"_pragma=journal_mode(WAL)",
		// An answered commit survives a power cut.
		"_pragma=synchronous(FULL)",
		"_pragma=foreign_keys(1)",
		"_time_format=sqlite",
		option,
	}
	dsn := "file:" + (&url.URL{Path: path}).EscapedPath() + "?" + strings.Join(options, "&")
	return &dsnConnector{file: path, dsn: dsn, driver: &sqlite.Driver{}}
}

// dsnConnector makes a driver.Connector of a driver that has none.
type dsnConnector struct {
	file   string
	dsn    string
	driver driver.Driver
}

// Connect implements driver.Connector. It opens no file that cannot be written: SQLite
// would open it to be read, and while one connection of a process is like that, none can
// write any more, also when the file could be written again.
func (c *dsnConnector) Connect(context.Context) (driver.Conn, error) {
	if err := writable(c.file); err != nil && !errors.Is(err, fs.ErrNotExist) { // SQLite makes it
		return nil, fmt.Errorf("%w: %s: %w", dbtx.ErrUnavailable, c.file, err)
	}
	return c.driver.Open(c.dsn)
}

func (c *dsnConnector) Driver() driver.Driver { return c.driver }
