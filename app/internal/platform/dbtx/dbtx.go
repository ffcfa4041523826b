// Package dbtx is the one place where transactions begin, end and are tried again.
//
// Both services keep their rule "one port call is one transaction" with it, so the
// ways to get a transaction wrong (a commit error taken for success, a panic that
// leaves it open, an endless retry) are tested here once.
package dbtx

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/metric"

	"github.com/stockonce/stockonce/app/internal/platform/pause"
)

// Tx is an open transaction. *sql.Tx and *ent.Tx are.
type Tx interface {
	Commit() error
	Rollback() error
}

const (
	// maxTries bounds how often one call begins a transaction. Ten tries with the
	// pauses below span about a second, longer than any deadlock storm measured.
	maxTries  = 10
	firstWait = 4 * time.Millisecond
	maxWait   = 200 * time.Millisecond
)

var retries, _ = otel.Meter("stockonce/dbtx").Int64Counter("db.tx.retries",
	metric.WithDescription("transactions begun again after a deadlock, lock wait or busy database"))

// Run begins a transaction, passes it to work and commits what work did, or rolls
// everything back when work returns an error or panics.
//
// When the database gives the transaction up (see Retryable) everything is tried
// again from the beginning, at most ten times, with growing, jittered pauses, and
// no longer than ctx lasts. So work may run more than once: it must not keep state
// across calls and must not call anything outside the database. A failed commit is
// an error; whether it took effect is then unknown unless the database says that
// it rolled back.
//
// Run is safe for concurrent use. It does not nest: work must not call Run.
func Run[T Tx](ctx context.Context, begin func(context.Context) (T, error), work func(T) error) error {
	wait := firstWait
	for try := 1; ; try++ {
		err := once(ctx, begin, work)
		if err == nil || !Retryable(err) {
			return err
		}
		if try == maxTries {
			return fmt.Errorf("given up after %d tries: %w", maxTries, err)
		}
		retries.Add(ctx, 1)
		if !pause.For(ctx, wait/2+rand.N(wait)) { //nolint:gosec // jitter needs no secrecy
			return fmt.Errorf("%w while waiting to try again after: %w", context.Cause(ctx), err)
		}
		wait = min(2*wait, maxWait)
	}
}

// once runs work in one transaction.
func once[T Tx](ctx context.Context, begin func(context.Context) (T, error), work func(T) error) (err error) {
	tx, err := begin(ctx)
	if err != nil {
		return fmt.Errorf("begin transaction: %w", err)
	}
	done := false
	defer func() {
		// Reached with done unset only when work panicked: the panic goes on, the
		// locks must not.
		if !done {
			_ = tx.Rollback()
		}
	}()
	err = work(tx)
	done = true
	if err != nil {
		// The cause matters to the caller; a failed rollback closes the connection,
		// which rolls back as well.
		_ = tx.Rollback()
		return err
	}
	if err := tx.Commit(); err != nil {
		return &commitError{err}
	}
	return nil
}
