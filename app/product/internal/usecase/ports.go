package usecase

import (
	"context"
	"errors"
	"time"

	"github.com/stockonce/stockonce/app/product/internal/domain"
)

// ErrUnavailable is what a port wraps when the place where it keeps things cannot
// be reached or gave up under load. Nothing is known about the effect: ask again
// with the same request.
var ErrUnavailable = errors.New("storage is unavailable")

// Every method of these ports is one transaction: it takes effect as a whole or not
// at all, and when it has returned without an error the effect is durable. All are
// safe for concurrent use, also from several processes. Times are the database's,
// in UTC.
//
// The suite in usecasetest states the same promises as tests.

// Products is where products and their SKUs are kept.
type Products interface {
	// Create stores a new product with its SKUs and returns it as stored. A SKU's
	// stock above zero becomes the opening movement of its ledger.
	//
	// ErrSKUExists names the codes that are taken; then nothing is stored.
	Create(ctx context.Context, product domain.Product) (domain.Product, error)

	// Find returns the product with the given id, or ErrProductNotFound.
	Find(ctx context.Context, id string) (domain.Product, error)

	// List returns at most limit products, newest first, that were created before
	// the one with the id before; empty means from the newest.
	List(ctx context.Context, before string, limit int) ([]domain.Product, error)

	// SKUs returns the SKUs with the given codes, sorted by code. Codes that no SKU
	// has are missing from the answer. Codes differ by case.
	SKUs(ctx context.Context, codes []string) ([]domain.SKU, error)
}

// Stock is what moves stock. Each move writes the ledger in the same transaction,
// so that a SKU's stock is never below zero and always the sum of its movements.
type Stock interface {
	// Deduct takes the stock of an order, all lines or none, and stores the answer
	// under the order's number. The first call decides; every later or concurrent
	// one gets the answer that domain.Replay makes of what is stored.
	//
	// A refusal is stored and lasts: stock that arrives later does not change it.
	// An error means undecided: nothing may be concluded from it, and the same call
	// is safe at any time.
	Deduct(ctx context.Context, deduction domain.Deduction) (domain.Answer, error)

	// Release gives back what the order took, once. An order without a deduction is
	// stored as released, after which nothing can be taken for it. A refused order
	// stays refused. An error means undecided, as with Deduct.
	Release(ctx context.Context, orderNumber string) (domain.ReleaseOutcome, error)

	// Change makes a restock or an adjustment and returns its movement. The same
	// request id again, within the SKU and kind, returns the recorded movement and
	// changes nothing.
	//
	// ErrSKUNotFound, ErrRequestReused and ErrStockOutOfRange (below zero or above
	// domain.MaxStock) leave everything as it was.
	Change(ctx context.Context, change domain.Change) (domain.Movement, error)
}

// Ledger is what can be read about how stock moved.
type Ledger interface {
	// Movements returns at most limit movements of a SKU, newest first, that came
	// before the one with the id before; 0 means from the newest. ErrSKUNotFound is
	// returned when there is no such SKU.
	Movements(ctx context.Context, sku string, before int64, limit int) ([]domain.Movement, error)

	// Deductions returns at most limit stored deductions, sorted by order number, that
	// the filter lets through, each as it was with its movements at one moment. A page
	// that is not full is the last.
	Deductions(ctx context.Context, filter DeductionFilter, limit int) ([]domain.DeductionRecord, error)

	// Levels returns at most limit SKUs sorted by code that come after the given code
	// and, unless codes is empty, are among them. Stock and sum are of one moment.
	Levels(ctx context.Context, after string, codes []string, limit int) ([]domain.StockLevel, error)
}

// DeductionFilter tells which deductions are wanted; what is empty lets all through.
type DeductionFilter struct {
	After string // order numbers after this one
	// Since lets through what changed then or later, and no movements without a
	// deduction: they are looked for among all or by number.
	Since        time.Time
	UnchangedFor time.Duration // by the database's clock
	Orders       []string
}
