package grpcapi

import (
	"context"
	"errors"

	kerrors "github.com/go-kratos/kratos/v2/errors"

	productv1 "github.com/stockonce/stockonce/api/product/v1"
	"github.com/stockonce/stockonce/app/product/internal/domain"
	"github.com/stockonce/stockonce/app/product/internal/usecase"
)

// answerTo is one line of the mapping from errors to answers.
type answerTo struct {
	err    error
	answer func(format string, args ...any) *kerrors.Error
	// text is what the caller reads; empty means the error's own text, which for
	// errors of the domain holds nothing but what the caller sent.
	text string
}

// table is looked through from the top. What it does not name is answered by the
// edge as INTERNAL, without its text.
var table = []answerTo{
	// Before unavailable: a database that is waited for until the deadline is both,
	// and the deadline says that the effect is unknown.
	{context.DeadlineExceeded, productv1.ErrorDeadlineExceeded, "the deadline passed; whether it took effect is unknown, send the same request again"},
	{usecase.ErrUnavailable, productv1.ErrorUnavailable, "the database cannot be reached or is overloaded, send the same request again"},
	{errPageToken, productv1.ErrorInvalidArgument, ""},
	{domain.ErrInvalid, productv1.ErrorInvalidArgument, ""},
	{domain.ErrProductNotFound, productv1.ErrorProductNotFound, ""},
	{domain.ErrSKUNotFound, productv1.ErrorSkuNotFound, ""},
	{domain.ErrSKUExists, productv1.ErrorSkuExists, ""},
	{domain.ErrRequestReused, productv1.ErrorRequestReused, ""},
	{domain.ErrStockOutOfRange, productv1.ErrorStockOutOfRange, ""},
}

// MapError returns the answer to an error of this service, or nil when the error
// has no name and must not be shown.
func MapError(err error) *kerrors.Error {
	for _, line := range table {
		if !errors.Is(err, line.err) {
			continue
		}
		text := line.text
		if text == "" {
			text = err.Error()
		}
		return line.answer("%s", text)
	}
	return nil
}
