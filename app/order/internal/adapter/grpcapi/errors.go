package grpcapi

import (
	"context"
	"errors"

	kerrors "github.com/go-kratos/kratos/v2/errors"

	orderv1 "github.com/stockonce/stockonce/api/order/v1"
	"github.com/stockonce/stockonce/app/order/internal/domain"
	"github.com/stockonce/stockonce/app/order/internal/usecase"
)

// known maps what callers may know about. Where the error's own text names the
// field and the rule it is told; where it could hold internals a constant is.
var known = []struct {
	is    error
	error func(text string) *kerrors.Error
}{
	// Before the others: a database waited for until the deadline is both.
	{context.DeadlineExceeded, constant(orderv1.ErrorDeadlineExceeded, "the deadline passed; whether it took effect is unknown, ask again with the same requestId")},
	{usecase.ErrUnavailable, constant(orderv1.ErrorUnavailable, "the database cannot be reached now; try again with the same requestId")},
	{errOthersOrder, tell(orderv1.ErrorPermissionDenied)},
	{errPageToken, tell(orderv1.ErrorInvalidArgument)},
	{domain.ErrInvalidLines, tell(orderv1.ErrorInvalidArgument)},
	{usecase.ErrOrderNotFound, constant(orderv1.ErrorOrderNotFound, "number: there is no such order")},
	{usecase.ErrRequestReused, constant(orderv1.ErrorRequestReused, "requestId: was used before with other content")},
	{domain.ErrNotCancellable, constant(orderv1.ErrorOrderNotCancellable, "number: the order was paid already")},
	{domain.ErrUnknownSKU, tell(orderv1.ErrorUnknownSku)},
	{domain.ErrMixedCurrencies, tell(orderv1.ErrorMixedCurrencies)},
	{domain.ErrAmountTooLarge, tell(orderv1.ErrorAmountTooLarge)},
	{usecase.ErrCatalogUnavailable, constant(orderv1.ErrorCatalogUnavailable, "prices cannot be read now; nothing was stored")},
}

// Errors is the service's mapping table: an edge.ErrorMap. It returns nil for what
// nobody named, which is answered as an opaque internal error.
func Errors(err error) *kerrors.Error {
	for _, k := range known {
		if errors.Is(err, k.is) {
			return k.error(err.Error())
		}
	}
	return nil
}

type constructor func(format string, args ...any) *kerrors.Error

// tell answers with the error's own text.
func tell(c constructor) func(string) *kerrors.Error {
	return func(text string) *kerrors.Error { return c("%s", text) }
}

// constant answers with the same text always.
func constant(c constructor, text string) func(string) *kerrors.Error {
	return func(string) *kerrors.Error { return c("%s", text) }
}
