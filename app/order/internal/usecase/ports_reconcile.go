package usecase

import (
	"context"
	"errors"
	"time"

	"github.com/stockonce/stockonce/app/order/internal/domain"
)

// ErrFindingNotFound is returned when there is no such finding that is open.
var ErrFindingNotFound = errors.New("no such open finding")

// Books is all that order knows, for being compared. Pages are sorted, and one that is
// not full is the last. Nothing is locked, and no two calls see one moment.
type Books interface {
	// Records loads at most limit orders with a number above after that the window lets
	// through.
	Records(ctx context.Context, window Window, after string, limit int) ([]domain.Record, error)

	// RecordsOf loads the orders with the numbers given, as far as there are any.
	RecordsOf(ctx context.Context, numbers []string) ([]domain.Record, error)

	// Waiting loads at most limit tasks with an id above after that are not done and
	// have been so for the time given: dead, due, or made.
	Waiting(ctx context.Context, older time.Duration, after int64, limit int) ([]WaitingTask, error)

	// Homeless loads at most limit payments, with an id above after, that name no order
	// and of which nothing is back or on its way.
	Homeless(ctx context.Context, filter HomelessFilter, after int64, limit int) ([]HomelessPayment, error)

	// Unpaid loads at most limit created orders with a number above after that were
	// placed with one of the providers.
	Unpaid(ctx context.Context, filter UnpaidFilter, after string, limit int) ([]Watch, error)
}

// Window is a part of the books, by the database's clock.
type Window struct {
	Since        time.Time     // only what changed then or later; zero: any
	UnchangedFor time.Duration // only what has not changed for so long
}

// WaitingTask is a task that is not done.
type WaitingTask struct {
	ID int64
	domain.TaskRecord

	Now time.Time // by the database's clock
}

// HomelessFilter tells which payments that name no order are wanted.
type HomelessFilter struct {
	Disposition domain.Disposition
	Since       time.Time     // only those received then or later; zero: any
	Older       time.Duration // only those received so long ago
	Numbers     []string      // only these; empty: all
	Order       string        // only of this number; empty: any
}

// HomelessPayment is a payment that names no order.
type HomelessPayment struct {
	ID int64
	domain.Payment
}

// UnpaidFilter tells which unpaid orders are wanted.
type UnpaidFilter struct {
	Providers []string
	Since     time.Time     // only those placed then or later; zero: any
	Older     time.Duration // only those placed so long ago
}

// StockBooks is what product knows, for being compared. An error means that it did not
// tell.
type StockBooks interface {
	// Deductions loads at most limit orders' deductions, or movements without one,
	// sorted by order number, that the filter lets through.
	Deductions(ctx context.Context, filter StockFilter, limit int) ([]domain.StockRecord, error)

	// Levels loads at most limit SKUs with a code above after, sorted, and only those
	// given unless skus is empty.
	Levels(ctx context.Context, after string, skus []string, limit int) ([]domain.StockLevel, error)
}

// StockFilter tells which deductions are wanted; what is empty lets all through.
type StockFilter struct {
	Window

	After  string
	Orders []string
}

// Findings is where damages are kept that were found. All are kept, resolved or not.
type Findings interface {
	// Found stores findings, or that they were seen again, and returns those that are
	// open. One that was in order again is opened anew; one that a person settled stays
	// so while its detail is the same.
	Found(ctx context.Context, findings []domain.Finding) ([]domain.Finding, error)

	// InOrder resolves an open finding that is no more.
	InOrder(ctx context.Context, id int64) error

	// Settle resolves an open finding as a person decided, or returns ErrFindingNotFound.
	Settle(ctx context.Context, kind domain.FindingKind, ref, by, reason string) error

	// List loads at most limit findings with an id above after, oldest first.
	List(ctx context.Context, filter FindingFilter, after int64, limit int) ([]domain.KeptFinding, error)

	// Open counts the open findings by kind.
	Open(ctx context.Context) (map[domain.FindingKind]int64, error)
}

// FindingFilter tells which findings are wanted; what is empty lets all through.
type FindingFilter struct {
	Open bool
	Kind domain.FindingKind
	Ref  string
	// SeenBefore lets through what was last seen before then.
	SeenBefore time.Time
}

// PassKind is how much a reconciliation compares.
type PassKind string

const (
	Incremental PassKind = "incremental" // what changed since the last pass
	Full        PassKind = "full"
)

// Passes is where it is kept how far reconciliations came.
type Passes interface {
	// LastPass tells the last pass of a kind that came to its end; the zero Pass when
	// there was none.
	LastPass(ctx context.Context, kind PassKind) (Pass, error)

	// Passed stores that a pass came to its end now, and what it compared.
	Passed(ctx context.Context, kind PassKind, comparedUntil time.Time) error
}

// Pass is a reconciliation that came to its end.
type Pass struct {
	ComparedUntil time.Time // what changed before was compared
	FinishedAt    time.Time
}

// Leases lets one process at a time do what only one should do.
type Leases interface {
	// Acquire gives the holder the lease for the time given, by the database's clock, or
	// prolongs it. It reports false while another holds it.
	Acquire(ctx context.Context, name, holder string, lasts time.Duration) (bool, error)

	// Release ends the holder's lease; one that it does not hold stays as it is.
	Release(ctx context.Context, name, holder string) error
}

// PassSignals tells operators about reconciliations. Implementations neither block nor
// fail.
type PassSignals interface {
	// DamageFound reports every open finding that a pass came upon.
	DamageFound(ctx context.Context, f domain.Finding)
	// PassEnded reports a pass that came to its end.
	PassEnded(ctx context.Context, r Report)
}
