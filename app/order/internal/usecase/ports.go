// Package usecase is what the order service does, one verb a file, in terms of the
// ports below. It knows no database, no transport and no framework.
package usecase

import (
	"context"
	"errors"
	"time"

	"github.com/stockonce/stockonce/app/order/internal/domain"
)

var (
	// ErrOrderNotFound is returned when there is no order with the number.
	ErrOrderNotFound = errors.New("order not found")
	// ErrRequestReused is returned when a request id was used before for something else.
	ErrRequestReused = errors.New("request_id was used before with other content")
	// ErrRequestTaken is returned by Orders.Add when the customer's request id has an order already.
	ErrRequestTaken = errors.New("request_id has an order")
	// ErrTransactionTaken is returned when a provider's transaction is kept already, under another order number.
	ErrTransactionTaken = errors.New("transaction is kept already")
	// ErrLeaseLost is returned when a claim ran out and somebody else has the task: nothing was stored.
	ErrLeaseLost = errors.New("the task was taken by another")
	// ErrUnavailable is returned by every port of the store when it could not be reached
	// or gave up under load. Nothing is known about the effect.
	ErrUnavailable = errors.New("storage is unavailable")
	// ErrCatalogUnavailable is returned when prices could not be read.
	ErrCatalogUnavailable = errors.New("catalog unavailable")
	// ErrNotTried is returned by StockDeductor.Try when nothing was sent to product.
	ErrNotTried = errors.New("not tried: product is slow or unreachable")
	// ErrRejected is returned by StockDeductor when product will never accept the request as it is.
	ErrRejected = errors.New("product rejects the request")
)

// NewID makes the number of a new order or payment, or the token of a claim: unique,
// not to be guessed, sorted by time, and at most 32 of [0-9A-Za-z], because the order
// number is what payment providers know the order by, and WeChat Pay takes no other.
type NewID func() string

// Orders is where orders are kept.
type Orders interface {
	// Now is the clock that all stored times come from.
	Now(ctx context.Context) (time.Time, error)

	// Add stores a new order with the events it recorded. ErrRequestTaken is
	// returned when the customer's request id has an order already.
	Add(ctx context.Context, o *domain.Order) error

	// Update loads the order with the given number, with all payments and refunds,
	// passes it to change and stores what change left, all or nothing.
	//
	// Concurrent updates of one order happen one after the other. change may run
	// more than once, so it must not keep state across calls and must not call
	// anything outside the process. When change returns an error nothing is stored
	// and that error is returned. ErrOrderNotFound is returned when there is no such
	// order, ErrTransactionTaken when a new payment's transaction is kept under
	// another order number, ErrLeaseLost when a task that change ended is claimed by
	// somebody else.
	Update(ctx context.Context, number string, change func(*domain.Order) error) error

	// Find loads an order with its payments and refunds, or ErrOrderNotFound.
	Find(ctx context.Context, number string) (*domain.Order, error)

	// FindByRequest loads the order that a customer's request made, or ErrOrderNotFound.
	FindByRequest(ctx context.Context, customer, requestID string) (*domain.Order, error)

	// List loads at most limit orders, newest first, without payments and refunds:
	// those with a number below before (empty: from the newest) and in the status
	// (empty: any).
	List(ctx context.Context, status domain.Status, before string, limit int) ([]*domain.Order, error)

	// Unpaid tells the numbers of at most limit created orders whose expiry plus
	// grace has passed, longest waiting first.
	Unpaid(ctx context.Context, grace time.Duration, limit int) ([]string, error)
}

// Payments is where payments and notices are kept that no order takes.
type Payments interface {
	// Hold stores an orphan with its notice and makes a task that judges it again.
	// ErrTransactionTaken is returned when the transaction is kept already.
	Hold(ctx context.Context, p domain.Payment, c domain.Callback) error

	// FindByTransaction loads the payment of a provider's transaction. The bool is
	// false when there is none.
	FindByTransaction(ctx context.Context, provider, transactionID string) (domain.Payment, bool, error)

	// Keep stores a notice that has no effect.
	Keep(ctx context.Context, c domain.Callback) error
}

// Tasks is where unfinished work is remembered.
type Tasks interface {
	// Claim takes at most limit due tasks of a kind for the time of lease, under the
	// token given. Of several callers at once each task goes to one.
	Claim(ctx context.Context, kind domain.TaskKind, token string, limit int, lease time.Duration) ([]domain.Claim, error)

	// Postpone gives a claimed task back, due again after the pause, with its attempt
	// counted and the reason noted. ErrLeaseLost is returned when somebody else has it.
	Postpone(ctx context.Context, c domain.Claim, pause time.Duration, reason string) error

	// End ends a claimed task. ErrLeaseLost is returned when somebody else has it.
	End(ctx context.Context, end domain.TaskEnd) error

	// Unfinished counts the tasks that are not done, by kind and state.
	Unfinished(ctx context.Context) ([]Unfinished, error)
}

// Unfinished is how much work of one kind waits, and since when.
type Unfinished struct {
	Kind   domain.TaskKind
	State  domain.TaskState
	Tasks  int64
	Oldest time.Duration // age of the oldest
}

// Catalog tells what product sells.
type Catalog interface {
	// Prices tells the price of one piece of each SKU; unknown SKUs are missing.
	// ErrCatalogUnavailable is returned when product does not answer.
	Prices(ctx context.Context, skus []string) (map[string]domain.Money, error)
}

// StockDeductor has product take the stock of a paid order.
type StockDeductor interface {
	// Deduct returns product's stored answer. It may be called again and again for
	// one order. ErrRejected means that product will never accept it; any other
	// error means undecided, and the stock may or may not be taken.
	Deduct(ctx context.Context, number string, items []domain.Item) (domain.Outcome, error)

	// Try is Deduct for a caller that cannot wait: it gives up after a short time,
	// and returns ErrNotTried at once when too many tries are under way or the last
	// ones failed.
	Try(ctx context.Context, number string, items []domain.Item) (domain.Outcome, error)
}

// Signals tells operators what happened. Implementations neither block nor fail.
type Signals interface {
	// NoticeJudged reports every recorded notice.
	NoticeJudged(ctx context.Context, n domain.Notice, v domain.Verdict)
	// DeductionSettled reports every answer of product that was recorded.
	DeductionSettled(ctx context.Context, number string, answer domain.Outcome)
	// TaskDied reports a task that waits for a person.
	TaskDied(ctx context.Context, end domain.TaskEnd)
	// TaskPostponed reports a task that will be tried again.
	TaskPostponed(ctx context.Context, c domain.Claim, pause time.Duration, err error)
	// OrdersExpired reports how many unpaid orders a pass cancelled.
	OrdersExpired(ctx context.Context, n int)
}
