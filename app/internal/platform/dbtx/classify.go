package dbtx

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/go-sql-driver/mysql"
	sqlite3 "modernc.org/sqlite/lib"
)

// ErrUnavailable is wrapped around errors of a database that is out of reach,
// overloaded or cannot write: come back later with the same request. Whether it
// took effect is unknown.
var ErrUnavailable = errors.New("database unavailable")

// unavailable lists the numbers of a server that cannot take work now: too many
// connections, shutting down, connection or statement killed.
var unavailable = []uint16{1040, 1041, 1053, 1203, 1226, 1317, 1927, 3024}

// unwritable lists the numbers of a server that takes no writes now: an error while
// writing a file, disk full, table full, read-only by an option or by a mode.
var unwritable = []uint16{3, 1021, 1026, 1030, 1114, 1290, 1836}

// Classify gives technical errors a name that callers can act on, and leaves every
// other error, and nil, as it is:
//
//   - context.DeadlineExceeded or context.Canceled when the time that ctx gives is
//     over, which drivers report in many ways;
//   - ErrUnavailable when the database could not be reached or gave up.
func Classify(ctx context.Context, err error) error {
	if err == nil || !isUnavailable(err) && !isCutShort(err) {
		return err
	}
	if over := timeOver(ctx); over != nil {
		if errors.Is(err, over) {
			return err
		}
		return fmt.Errorf("%w: %w", over, err)
	}
	return fmt.Errorf("%w: %w", ErrUnavailable, err)
}

// timeOver is ctx.Err, but knows of a deadline that passed before ctx does: the
// drivers watch it by timers of their own.
func timeOver(ctx context.Context) error {
	if deadline, ok := ctx.Deadline(); ok && !time.Now().Before(deadline) {
		return context.DeadlineExceeded
	}
	return ctx.Err()
}

// isUnavailable tells whether the database could not be reached or gave up.
func isUnavailable(err error) bool {
	var network *net.OpError
	return errors.Is(err, ErrUnavailable) || Retryable(err) || Unwritable(err) || is(err, unavailable...) || errors.As(err, &network) ||
		errors.Is(err, driver.ErrBadConn) || errors.Is(err, mysql.ErrInvalidConn) || errors.Is(err, sql.ErrConnDone) ||
		sqliteCode(err, sqlite3.SQLITE_CANTOPEN)
}

// Unwritable tells whether err says that the database takes no writes now, as when its
// disk is full or it is read-only. Reading may still work.
func Unwritable(err error) bool {
	return is(err, unwritable...) || sqliteCode(err, sqlite3.SQLITE_FULL, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_IOERR)
}

// isCutShort tells whether a statement or a transaction was ended from outside,
// which is what happens when the caller's context ends.
func isCutShort(err error) bool {
	return sqliteCode(err, sqlite3.SQLITE_INTERRUPT) || errors.Is(err, sql.ErrTxDone)
}
