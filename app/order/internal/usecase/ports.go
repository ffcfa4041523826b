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
	// ErrNoProviderAPI is returned by PaymentProviders for a provider whose API is not
	// configured.
	ErrNoProviderAPI = errors.New("the payment provider's API is not configured")
	// ErrTradePaid is returned by PaymentProviders.ClosePayment when it is too late.
	ErrTradePaid = errors.New("the trade is paid")
	// ErrTradeUnknown is returned by PaymentProviders.ClosePayment when the provider knows
	// of no trade: there is nothing to close, and the customer may yet begin one.
	ErrTradeUnknown = errors.New("the provider knows of no trade yet")
	// ErrTargetGone is returned by Notifier when a target asked never to be told again.
	ErrTargetGone = errors.New("the target is gone")
	// ErrNoTarget is returned by Notifier for a target that is not configured.
	ErrNoTarget = errors.New("the target is not configured")
	// ErrPaymentNotFound is returned when there is no such payment.
	ErrPaymentNotFound = errors.New("payment not found")
	// ErrRefundNotFound is returned when there is no such refund.
	ErrRefundNotFound = errors.New("refund not found")
	// ErrTaskNotFound is returned when there is no such task.
	ErrTaskNotFound = errors.New("task not found")
	// ErrTaskState is returned when a task is not in the state in which a person can
	// decide so about it.
	ErrTaskState = errors.New("the task is in another state")
	// ErrCallbackNotFound is returned when no such callback is kept.
	ErrCallbackNotFound = errors.New("callback not found")
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
	// somebody else, ErrTaskNotFound and ErrTaskState as by Tasks.Decide.
	Update(ctx context.Context, number string, change func(*domain.Order) error) error

	// UpdatePayments is Update for a number that payments name, whether or not there is
	// an order: without one, change is given payments and refunds alone, of an order
	// without status. ErrOrderNotFound is returned when there is no payment either.
	UpdatePayments(ctx context.Context, number string, change func(*domain.Order) error) error

	// Find loads an order with its payments and refunds, or ErrOrderNotFound.
	Find(ctx context.Context, number string) (*domain.Order, error)

	// FindByRequest loads the order that a customer's request made, or ErrOrderNotFound.
	FindByRequest(ctx context.Context, customer, requestID string) (*domain.Order, error)

	// List loads at most limit orders that the filter lets through and whose number is
	// below before (empty: from the newest), newest first, without payments and refunds.
	List(ctx context.Context, filter OrderFilter, before string, limit int) ([]*domain.Order, error)

	// Unpaid tells the numbers of at most limit created orders whose expiry plus
	// grace has passed, longest waiting first, without those placed with one of the
	// providers named.
	Unpaid(ctx context.Context, grace time.Duration, limit int, without []string) ([]string, error)

	// Unwatched tells at most limit created orders that have expired, were placed with
	// one of the providers named, and that no task asks about any more: a version that
	// knew nothing of asking ended it.
	Unwatched(ctx context.Context, providers []string, limit int) ([]Watch, error)

	// Event loads an entry of an order's history, or ErrOrderNotFound.
	Event(ctx context.Context, number string, sequence int64) (domain.OrderEvent, error)
}

// OrderFilter tells which orders are wanted.
type OrderFilter struct {
	Status   domain.Status // empty: any
	Customer string        // empty: any
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

	// HoldRefund stores a notice about a refund of a payment that is not known yet, and
	// makes a task that looks for it again.
	HoldRefund(ctx context.Context, c domain.Callback) error

	// HeldRefunds loads the notices that HoldRefund stored for an order number, also
	// those that were applied since.
	HeldRefunds(ctx context.Context, orderNumber string) ([]domain.Notice, error)

	// FindRefund loads a refund and its payment, or ErrRefundNotFound.
	FindRefund(ctx context.Context, number string) (domain.Refund, domain.Payment, error)

	// FindPayment loads a payment by its number, or ErrPaymentNotFound.
	FindPayment(ctx context.Context, number string) (domain.Payment, error)

	// Held loads at most limit payments that wait for a person, oldest first: no
	// order takes them, and they are not on their way back.
	Held(ctx context.Context, limit int) ([]domain.Payment, error)

	// Unsettled loads at most limit refunds that are not confirmed and of which none
	// with a higher number took the place, oldest first.
	Unsettled(ctx context.Context, limit int) ([]domain.Refund, error)
}

// Tasks is where unfinished work is remembered.
type Tasks interface {
	// Claim takes at most limit due tasks of a kind and lane for the time of lease,
	// under the token given. Of several callers at once each task goes to one.
	Claim(ctx context.Context, lane Lane, token string, limit int, lease time.Duration) ([]domain.Claim, error)

	// Postpone gives a claimed task back, due again after the pause, with its attempt
	// counted and the reason noted. ErrLeaseLost is returned when somebody else has it.
	Postpone(ctx context.Context, c domain.Claim, pause time.Duration, reason string) error

	// Return gives a claimed task back that was not begun: it is due at once, and no
	// attempt is counted. ErrLeaseLost is returned when somebody else has it.
	Return(ctx context.Context, c domain.Claim) error

	// End ends a claimed task. ErrLeaseLost is returned when somebody else has it.
	End(ctx context.Context, end domain.TaskEnd) error

	// Unfinished counts the tasks that are not done, by lane and state.
	Unfinished(ctx context.Context) ([]Unfinished, error)

	// List loads at most limit tasks that the filter lets through, longest waiting first.
	List(ctx context.Context, filter TaskFilter, limit int) ([]Task, error)

	// Find loads a task, or ErrTaskNotFound.
	Find(ctx context.Context, kind domain.TaskKind, ref string) (Task, error)

	// Decide carries out what a person decided about a task, whoever is at work on it:
	// what that work finds will not be stored. The task keeps the note. A retried one is
	// due at once, as if it were new. ErrTaskNotFound and ErrTaskState are returned.
	//
	// Where there is an order, its DecideTask does the same and keeps it in the history.
	Decide(ctx context.Context, d domain.TaskDecision) error

	// Wake makes a task, or has the one there is begin anew.
	Wake(ctx context.Context, t domain.NewTask) error
}

// Watch is an order whose payment the provider is to be asked about.
type Watch struct{ Order, Provider string }

// Lane is work of one kind that does not wait for other work: of one payment
// provider, for one target, or, where it is empty, all there is.
type Lane struct {
	Kind domain.TaskKind
	Name string
}

// String names the lane for logs and errors.
func (l Lane) String() string {
	if l.Name == "" {
		return string(l.Kind)
	}
	return string(l.Kind) + "/" + l.Name
}

// Task is a task as people see it.
type Task struct {
	Lane

	Ref       string
	State     domain.TaskState
	Attempts  int       // failed so far
	NextAt    time.Time // when it is due or its claim ends; zero unless it is pending
	LastError string
	CreatedAt time.Time // or when it last began anew
	UpdatedAt time.Time
}

// Since is how long the task has been waiting: a dead one for a person, since it
// died; any other to be done, since it was made.
func (t Task) Since() time.Time {
	if t.State == domain.TaskDead {
		return t.UpdatedAt
	}
	return t.CreatedAt
}

// TaskFilter tells which tasks are wanted.
type TaskFilter struct {
	State domain.TaskState
	Kind  domain.TaskKind // empty: any
	Older time.Duration   // only those that have been waiting for so long
}

// Callbacks is where people look up the notices that Orders and Payments keep.
type Callbacks interface {
	// List loads at most limit callbacks that the filter lets through and whose id is
	// below before (0: any), newest first, without headers and bodies.
	List(ctx context.Context, filter CallbackFilter, before int64, limit int) ([]domain.KeptCallback, error)

	// Find loads a callback, or ErrCallbackNotFound. A repeat has the body of the
	// first, as long as that is kept.
	Find(ctx context.Context, id int64) (domain.KeptCallback, error)
}

// CallbackFilter tells which callbacks are wanted; what is empty lets all through.
type CallbackFilter struct {
	Order    string
	Provider string
	Verdict  domain.Verdict
	Since    time.Time
}

// Unfinished is how much work of one lane waits, and since when.
type Unfinished struct {
	Lane

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

// StockReleaser has product take back the stock of an order.
type StockReleaser interface {
	// Release returns when product has the stock back, or has stored that the order
	// will never get any. It may be called again and again for one order. ErrRejected
	// means that product will never accept it; any other error means undecided.
	Release(ctx context.Context, number string) error
}

// PaymentProviders are the APIs of the payment providers. ErrNoProviderAPI is
// returned for one that is not configured; any other error but those named means
// that nothing is known, and never that the provider refused.
type PaymentProviders interface {
	// Refund has a provider send money back, once for each refund's number, however
	// often it is called.
	Refund(ctx context.Context, provider string, r domain.RefundRequest) (domain.RefundReport, error)

	// QueryPayment asks what became of an order's payment: the notice is to be judged
	// when money arrived, and has a verdict otherwise.
	QueryPayment(ctx context.Context, provider, orderNumber string) (domain.Notice, error)

	// ClosePayment makes sure that nobody can pay the order any more. ErrTradePaid is
	// returned when somebody did, ErrTradeUnknown when it cannot be made sure.
	ClosePayment(ctx context.Context, provider, orderNumber string) error

	// Configured lists the providers that can be asked.
	Configured() []string
}

// Notifier tells a target what happened to an order.
type Notifier interface {
	// Notify delivers an event once more; targets tell repeats apart by order number
	// and sequence. ErrTargetGone, ErrNoTarget and *RetryAfterError are returned; any
	// other error means that the target did not take it.
	Notify(ctx context.Context, target string, e domain.OrderEvent) error
}

// RetryAfterError is returned by Notifier when the target said how long to leave it alone.
type RetryAfterError struct {
	Pause  time.Duration
	Reason string
}

func (e *RetryAfterError) Error() string { return e.Reason }

// Signals tells operators what happened. Implementations neither block nor fail.
type Signals interface {
	// NoticeJudged reports every recorded notice.
	NoticeJudged(ctx context.Context, n domain.Notice, v domain.Verdict)
	// DeductionSettled reports every answer of product that was recorded.
	DeductionSettled(ctx context.Context, number string, answer domain.Outcome)
	// RefundReported reports what was recorded about a refund.
	RefundReported(ctx context.Context, provider string, r domain.RefundReport)
	// TaskDied reports a task that waits for a person.
	TaskDied(ctx context.Context, end domain.TaskEnd)
	// TaskDecided reports what a person decided about a task.
	TaskDecided(ctx context.Context, d domain.TaskDecision)
	// TaskPostponed reports a task that will be tried again.
	TaskPostponed(ctx context.Context, c domain.Claim, pause time.Duration, err error)
	// OrdersExpired reports how many unpaid orders a pass cancelled.
	OrdersExpired(ctx context.Context, n int)
}
