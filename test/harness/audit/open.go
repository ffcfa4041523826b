package audit

import (
	"database/sql"
	"fmt"
	"net/url"

	_ "github.com/go-sql-driver/mysql" // the driver of OpenMySQL
	_ "modernc.org/sqlite"             // the driver of OpenSQLite
)

// OpenMySQL opens a MySQL database by its DSN.
func OpenMySQL(dsn string) (*sql.DB, error) {
	db, err := sql.Open("mysql", dsn)
	if err != nil {
		return nil, fmt.Errorf("open the books: %w", err)
	}
	return db, nil
}

// OpenSQLite opens an SQLite file to read, beside the service that writes it.
func OpenSQLite(path string) (*sql.DB, error) {
	dsn := "file:" + (&url.URL{Path: path}).EscapedPath() + "?_pragma=query_only(1)&_pragma=busy_timeout(5000)"
	db, err := sql.Open("sqlite", dsn)
	if err != nil {
		return nil, fmt.Errorf("open the books: %w", err)
	}
	return db, nil
}
