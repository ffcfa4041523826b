// Package refund asks payment providers, through their APIs, to send money back, what
// became of a payment, and to close a trade that nobody paid.
//
// A provider is one package below this one that implements API, with a Build
// function that the composition root lists.
package refund

import (
	"context"
	"errors"

	"github.com/stockonce/stockonce/app/internal/platform/keyring"
	"github.com/stockonce/stockonce/app/order/internal/conf"
	"github.com/stockonce/stockonce/app/order/internal/domain"
)

// ErrPaid is returned by API.Close when the trade was paid and cannot be closed.
var ErrPaid = errors.New("the trade is paid")

// ErrUnknown is returned by API.Close when the provider knows of no trade: there is
// nothing to close, and the customer may yet begin one.
var ErrUnknown = errors.New("the provider knows of no trade yet")

// API is what one payment provider does for us. Implementations are safe for
// concurrent use and bound each call by the endpoint's time-out and by ctx.
//
// Any error but those named means that nothing is known: a time-out, a status 500 or
// 429, an answer that cannot be read, one whose signature is wrong, or one that is
// about something else. It is never taken for a refusal. The text of an error says
// what an operator can act on and holds no secret, no signature and no customer's data.
type API interface {
	// Refund asks for a refund, or, with Again, what became of it and asks for it
	// only if the provider does not know it. RefundFailed is reported only when the
	// provider says so definitely for this very refund. An answer that names another
	// amount or refund than asked for is reported as stuck, with the difference as the
	// reason: money may have moved, and a person must look.
	Refund(ctx context.Context, r domain.RefundRequest) (domain.RefundReport, error)

	// Query asks what became of an order's payment. The notice is as from a callback,
	// with the provider's name: to be judged when the trade is paid, VerdictNotPaid
	// when it is not, which a provider that does not know the order also says;
	// VerdictUnreadable when the answer names another merchant or cannot be mapped.
	// Delivery.Body holds the answer as it came.
	Query(ctx context.Context, orderNumber string) (domain.Notice, error)

	// Close makes sure that the order's trade cannot be paid any more. It succeeds
	// when the trade is closed already, and returns ErrPaid when it was paid and
	// ErrUnknown when there is none.
	Close(ctx context.Context, orderNumber string) error
}

type (
	// Build makes an API of its configuration. An API that holds what cannot be
	// compared by reflect.DeepEqual, as an http.Client, has a method
	// Same(other any) bool that compares configuration and keys instead.
	Build = keyring.Build[*conf.Providers, API]
	// APIs holds the configured APIs by the provider's name.
	APIs = keyring.Set[*conf.Providers, API]
)
