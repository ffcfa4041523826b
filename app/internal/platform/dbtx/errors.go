package dbtx

import (
	"errors"
	"slices"

	"github.com/go-sql-driver/mysql"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// MySQL, MariaDB and TiDB error numbers.
const (
	errDuplicateEntry = 1062
	errLockWait       = 1205 // the statement is rolled back; we roll back the rest
	errDeadlock       = 1213 // the whole transaction is rolled back
	errRecordChanged  = 1020 // MariaDB: snapshot isolation saw a newer row
	errCheckMySQL     = 3819
	errCheckMariaDB   = 4025
	errTiDBConflict   = 9007
	errTiDBRetry      = 8022
	errTiDBSchema     = 8028
)

// retryable lists the numbers after which the same transaction may well succeed.
var retryable = []uint16{errLockWait, errDeadlock, errRecordChanged, errTiDBConflict, errTiDBRetry, errTiDBSchema}

// rolledBack lists the numbers that, as the answer to COMMIT, say that nothing of
// the transaction took effect.
var rolledBack = []uint16{errDeadlock, errRecordChanged, errTiDBConflict, errTiDBRetry, errTiDBSchema}

// ErrConflict can be returned by a transaction's work to ask for another try: it
// found that a row it had read was changed by somebody else.
var ErrConflict = errors.New("row changed meanwhile")

// commitError is a COMMIT that was not answered with success.
type commitError struct{ err error }

func (e *commitError) Error() string { return "commit: " + e.err.Error() }
func (e *commitError) Unwrap() error { return e.err }

// Retryable tells whether a transaction that ended with err can be run again: the
// database gave it up for a reason that passes, and it surely had no effect.
func Retryable(err error) bool {
	if _, ok := errors.AsType[*commitError](err); ok {
		return is(err, rolledBack...)
	}
	return errors.Is(err, ErrConflict) || is(err, retryable...) || sqliteCode(err, sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
}

// Duplicate tells whether err is a violated unique or primary key.
func Duplicate(err error) bool {
	return is(err, errDuplicateEntry) ||
		sqliteExtended(err, sqlite3.SQLITE_CONSTRAINT_UNIQUE, sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY)
}

// CheckViolated tells whether err is a violated CHECK constraint.
func CheckViolated(err error) bool {
	return is(err, errCheckMySQL, errCheckMariaDB) || sqliteExtended(err, sqlite3.SQLITE_CONSTRAINT_CHECK)
}

// is tells whether err carries one of the MySQL numbers.
func is(err error, numbers ...uint16) bool {
	var e *mysql.MySQLError
	return errors.As(err, &e) && slices.Contains(numbers, e.Number)
}

// sqliteCode tells whether err carries one of the primary result codes.
func sqliteCode(err error, codes ...int) bool {
	var e *sqlite.Error
	return errors.As(err, &e) && slices.Contains(codes, e.Code()&0xff)
}

// sqliteExtended tells whether err carries one of the extended result codes.
func sqliteExtended(err error, codes ...int) bool {
	var e *sqlite.Error
	return errors.As(err, &e) && slices.Contains(codes, e.Code())
}
