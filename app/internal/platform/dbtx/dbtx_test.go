package dbtx_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net"
	"testing"
	"time"

	"github.com/go-sql-driver/mysql"

	"github.com/stockonce/stockonce/app/internal/platform/dbtx"
)

// fakeTx counts how it ended.
type fakeTx struct {
	commitErr          error
	commits, rollbacks int
}

func (tx *fakeTx) Commit() error   { tx.commits++; return tx.commitErr }
func (tx *fakeTx) Rollback() error { tx.rollbacks++; return nil }

// fakeDB begins transactions whose commits answer as told; later ones succeed.
type fakeDB struct {
	commitErrs []error
	begun      []*fakeTx
}

func (db *fakeDB) begin(context.Context) (*fakeTx, error) {
	tx := &fakeTx{}
	if n := len(db.begun); n < len(db.commitErrs) {
		tx.commitErr = db.commitErrs[n]
	}
	db.begun = append(db.begun, tx)
	return tx, nil
}

var (
	errDeadlock  = &mysql.MySQLError{Number: 1213, Message: "Deadlock found"}
	errDuplicate = &mysql.MySQLError{Number: 1062, Message: "Duplicate entry"}
	errOwn       = errors.New("business rule says no")
)

func TestRun(t *testing.T) {
	t.Run("what work did is committed once", func(t *testing.T) {
		db := &fakeDB{}
		if err := dbtx.Run(t.Context(), db.begin, func(*fakeTx) error { return nil }); err != nil {
			t.Fatal(err)
		}
		if len(db.begun) != 1 || db.begun[0].commits != 1 || db.begun[0].rollbacks != 0 {
			t.Fatalf("transactions %+v", db.begun)
		}
	})
	t.Run("a failed commit is a failure and is not tried again", func(t *testing.T) {
		lost := errors.New("connection lost")
		db := &fakeDB{commitErrs: []error{lost}}
		if err := dbtx.Run(t.Context(), db.begin, func(*fakeTx) error { return nil }); !errors.Is(err, lost) {
			t.Fatalf("error %v, want the commit's", err)
		}
		if len(db.begun) != 1 {
			t.Fatalf("%d transactions: a commit of unknown effect was repeated", len(db.begun))
		}
	})
	t.Run("a lock wait time-out as the answer to commit is no proof of rollback", func(t *testing.T) {
		db := &fakeDB{commitErrs: []error{&mysql.MySQLError{Number: 1205}}}
		if err := dbtx.Run(t.Context(), db.begin, func(*fakeTx) error { return nil }); err == nil || len(db.begun) != 1 {
			t.Fatalf("error %v after %d transactions", err, len(db.begun))
		}
	})
	t.Run("a commit that the server rolled back is tried again", func(t *testing.T) {
		db := &fakeDB{commitErrs: []error{errDeadlock}}
		if err := dbtx.Run(t.Context(), db.begin, func(*fakeTx) error { return nil }); err != nil || len(db.begun) != 2 {
			t.Fatalf("error %v after %d transactions", err, len(db.begun))
		}
	})
	t.Run("an error of work rolls back and comes back as it is", func(t *testing.T) {
		db := &fakeDB{}
		err := dbtx.Run(t.Context(), db.begin, func(*fakeTx) error { return errOwn })
		if !errors.Is(err, errOwn) || db.begun[0].rollbacks != 1 || db.begun[0].commits != 0 {
			t.Fatalf("error %v, transaction %+v", err, db.begun[0])
		}
	})
	t.Run("a panic rolls back and goes on", func(t *testing.T) {
		db := &fakeDB{}
		defer func() {
			if p := recover(); p != "boom" {
				t.Fatalf("recovered %v", p)
			}
			if db.begun[0].rollbacks != 1 {
				t.Fatal("the transaction stayed open")
			}
		}()
		_ = dbtx.Run(t.Context(), db.begin, func(*fakeTx) error { panic("boom") })
	})
	t.Run("a deadlock is tried again from the beginning", func(t *testing.T) {
		db := &fakeDB{}
		calls := 0
		err := dbtx.Run(t.Context(), db.begin, func(*fakeTx) error {
			if calls++; calls < 3 {
				return fmt.Errorf("update: %w", errDeadlock)
			}
			return nil
		})
		if err != nil || calls != 3 || db.begun[0].rollbacks != 1 || db.begun[2].commits != 1 {
			t.Fatalf("error %v after %d calls", err, calls)
		}
	})
	t.Run("tries are bounded", func(t *testing.T) {
		calls := 0
		err := dbtx.Run(t.Context(), (&fakeDB{}).begin, func(*fakeTx) error { calls++; return errDeadlock })
		if !errors.Is(err, errDeadlock) || calls != 10 {
			t.Fatalf("error %v after %d calls", err, calls)
		}
	})
	t.Run("tries end with the context", func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Millisecond)
		defer cancel()
		err := dbtx.Run(ctx, (&fakeDB{}).begin, func(*fakeTx) error { return errDeadlock })
		if !errors.Is(err, context.DeadlineExceeded) || !errors.Is(err, errDeadlock) {
			t.Fatalf("error %v", err)
		}
	})
	t.Run("a begin that fails is reported", func(t *testing.T) {
		begin := func(context.Context) (*fakeTx, error) { return nil, errOwn }
		if err := dbtx.Run(t.Context(), begin, func(*fakeTx) error { return nil }); !errors.Is(err, errOwn) {
			t.Fatalf("error %v", err)
		}
	})
}

func TestErrorsAreToldApart(t *testing.T) {
	for _, c := range []struct {
		name                              string
		err                               error
		retryable, duplicate, unavailable bool
	}{
		{"deadlock", errDeadlock, true, false, true},
		{"lock wait", &mysql.MySQLError{Number: 1205}, true, false, true},
		{"tidb write conflict", &mysql.MySQLError{Number: 9007}, true, false, true},
		{"duplicate", errDuplicate, false, true, false},
		{"disk full", &mysql.MySQLError{Number: 1114}, false, false, true},
		{"read only", &mysql.MySQLError{Number: 1290}, false, false, true},
		{"too many connections", &mysql.MySQLError{Number: 1040}, false, false, true},
		{"connection broken", mysql.ErrInvalidConn, false, false, true},
		{"connection refused", &net.OpError{Op: "dial", Err: errOwn}, false, false, true},
		{"asked for by work", dbtx.ErrConflict, true, false, true},
		{"own", errOwn, false, false, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := fmt.Errorf("wrapped: %w", c.err)
			if got := dbtx.Retryable(err); got != c.retryable {
				t.Errorf("Retryable %t", got)
			}
			if got := dbtx.Duplicate(err); got != c.duplicate {
				t.Errorf("Duplicate %t", got)
			}
			classified := dbtx.Classify(t.Context(), err)
			if got := errors.Is(classified, dbtx.ErrUnavailable); got != c.unavailable || !errors.Is(classified, c.err) {
				t.Errorf("classified as %v", classified)
			}
		})
	}
	t.Run("nothing stays nothing", func(t *testing.T) {
		if err := dbtx.Classify(t.Context(), nil); err != nil || dbtx.Retryable(nil) || dbtx.Duplicate(nil) {
			t.Errorf("classified as %v", err)
		}
	})
	t.Run("the caller's time being over is told as such, however the driver says it", func(t *testing.T) {
		expired, cancel := context.WithDeadline(t.Context(), time.Now().Add(-time.Second))
		defer cancel()
		cancelled, cancel := context.WithCancel(t.Context())
		cancel()
		for _, err := range []error{sql.ErrTxDone, &net.OpError{Op: "read", Err: errOwn}, mysql.ErrInvalidConn, errDeadlock} {
			if got := dbtx.Classify(expired, err); !errors.Is(got, context.DeadlineExceeded) || errors.Is(got, dbtx.ErrUnavailable) {
				t.Errorf("%v after the deadline is %v", err, got)
			}
			if got := dbtx.Classify(cancelled, err); !errors.Is(got, context.Canceled) || errors.Is(got, dbtx.ErrUnavailable) {
				t.Errorf("%v after the caller left is %v", err, got)
			}
		}
		if got := dbtx.Classify(expired, errOwn); !errors.Is(got, errOwn) || errors.Is(got, context.DeadlineExceeded) {
			t.Errorf("a rule's error is %v", got)
		}
	})
}
