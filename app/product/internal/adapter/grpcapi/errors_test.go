package grpcapi

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	productv1 "github.com/stockonce/stockonce/api/product/v1"
	"github.com/stockonce/stockonce/app/product/internal/domain"
	"github.com/stockonce/stockonce/app/product/internal/usecase"
)

// edgesOwn are reasons that the edge answers with for errors nobody named.
var edgesOwn = []productv1.ErrorReason{
	productv1.ErrorReason_INTERNAL, productv1.ErrorReason_OVERLOADED, productv1.ErrorReason_UNAUTHENTICATED, productv1.ErrorReason_PERMISSION_DENIED,
}

func TestEveryReasonOfTheContractIsGivenBySomeError(t *testing.T) {
	given := map[string]bool{}
	for _, line := range table {
		given[line.answer("").Reason] = true
	}
	for number, name := range productv1.ErrorReason_name {
		own := slices.Contains(edgesOwn, productv1.ErrorReason(number))
		if given[name] == own {
			t.Errorf("%s is given by this service: %t, is the edge's own: %t", name, given[name], own)
		}
	}
}

func TestEveryErrorIsAnsweredWithItsReason(t *testing.T) {
	const detail = "tea of P1"
	for _, c := range []struct {
		err    error
		code   int32
		reason productv1.ErrorReason
		hidden bool
	}{
		{domain.ErrInvalid, http.StatusBadRequest, productv1.ErrorReason_INVALID_ARGUMENT, false},
		{errPageToken, http.StatusBadRequest, productv1.ErrorReason_INVALID_ARGUMENT, false},
		{domain.ErrProductNotFound, http.StatusNotFound, productv1.ErrorReason_PRODUCT_NOT_FOUND, false},
		{domain.ErrSKUNotFound, http.StatusNotFound, productv1.ErrorReason_SKU_NOT_FOUND, false},
		{domain.ErrSKUExists, http.StatusConflict, productv1.ErrorReason_SKU_EXISTS, false},
		{domain.ErrRequestReused, http.StatusConflict, productv1.ErrorReason_REQUEST_REUSED, false},
		{domain.ErrStockOutOfRange, http.StatusConflict, productv1.ErrorReason_STOCK_OUT_OF_RANGE, false},
		{usecase.ErrUnavailable, http.StatusServiceUnavailable, productv1.ErrorReason_UNAVAILABLE, true},
		{context.DeadlineExceeded, http.StatusGatewayTimeout, productv1.ErrorReason_DEADLINE_EXCEEDED, true},
	} {
		t.Run(c.err.Error(), func(t *testing.T) {
			got := MapError(fmt.Errorf("%s: %w", detail, c.err))
			if got == nil {
				t.Fatal("nobody named it")
			}
			if got.Code != c.code || got.Reason != c.reason.String() {
				t.Errorf("answered with %d %s, want %d %s", got.Code, got.Reason, c.code, c.reason)
			}
			if strings.Contains(got.Message, detail) == c.hidden {
				t.Errorf("message is %q; details are hidden: %t, want %t", got.Message, !c.hidden, c.hidden)
			}
			if got.Unwrap() != nil {
				t.Errorf("the answer carries a cause: %v", got.Unwrap())
			}
		})
	}
}

func TestAnErrorWithoutANameIsNotAnswered(t *testing.T) {
	for _, err := range []error{errors.New("Error 1146: Table 'shop.skus' doesn't exist"), context.Canceled} {
		if got := MapError(err); got != nil {
			t.Errorf("%v is answered with %v", err, got)
		}
	}
}

func TestADatabaseWaitedForUntilTheDeadlineIsADeadline(t *testing.T) {
	err := fmt.Errorf("%w: %w", usecase.ErrUnavailable, context.DeadlineExceeded)
	if got := MapError(err); got.Reason != productv1.ErrorReason_DEADLINE_EXCEEDED.String() {
		t.Errorf("answered with %s", got.Reason)
	}
}
