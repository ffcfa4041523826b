package grpcapi

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	orderv1 "github.com/stockonce/stockonce/api/order/v1"
	"github.com/stockonce/stockonce/app/order/internal/domain"
	"github.com/stockonce/stockonce/app/order/internal/usecase"
)

func TestEveryErrorReasonIsGivenBySomebody(t *testing.T) {
	given := map[string]bool{
		orderv1.ErrorReason_INTERNAL.String(): true, // the edge's own
	}
	for _, err := range []error{
		errPageToken, domain.ErrInvalidLines, usecase.ErrOrderNotFound, usecase.ErrRequestReused,
		domain.ErrNotCancellable, domain.ErrUnknownSKU, domain.ErrMixedCurrencies, domain.ErrAmountTooLarge,
		usecase.ErrCatalogUnavailable, usecase.ErrUnavailable, context.DeadlineExceeded,
	} {
		e := Errors(fmt.Errorf("somewhere: %w", err))
		if e == nil {
			t.Errorf("%v is not mapped", err)
			continue
		}
		given[e.Reason] = true
	}
	for _, reason := range orderv1.ErrorReason_name {
		if !given[reason] {
			t.Errorf("nothing is answered with %s", reason)
		}
	}
}

func TestErrorsNobodyNamedStayInside(t *testing.T) {
	if e := Errors(errors.New("Error 1146: table orders")); e != nil {
		t.Fatalf("answered %v", e)
	}
	// What the catalog said is the log's, not the caller's.
	err := fmt.Errorf("%w: dial tcp 10.0.0.7:9001", usecase.ErrCatalogUnavailable)
	if e := Errors(err); strings.Contains(e.Message, "10.0.0.7") {
		t.Fatalf("answered %v", e)
	}
}

func TestEveryDomainWordHasItsEnumValue(t *testing.T) {
	for _, s := range domain.Statuses() {
		v := toStatus(s)
		if v == orderv1.OrderStatus_ORDER_STATUS_UNSPECIFIED || fromStatus(v) != s {
			t.Errorf("%s becomes %s becomes %s", s, v, fromStatus(v))
		}
	}
	if len(domain.Statuses()) != len(orderv1.OrderStatus_name)-1 {
		t.Error("the API has statuses that no order has")
	}
	for _, d := range domain.Dispositions() {
		if toDisposition(d) == orderv1.Disposition_DISPOSITION_UNSPECIFIED {
			t.Errorf("%s has no enum value", d)
		}
	}
	for _, s := range []domain.RefundState{domain.RefundRequested, domain.RefundSent, domain.RefundConfirmed, domain.RefundFailed} {
		if toRefundState(s) == orderv1.RefundState_REFUND_STATE_UNSPECIFIED {
			t.Errorf("%s has no enum value", s)
		}
	}
}

func TestPageToken(t *testing.T) {
	for _, before := range []string{"", "01ABC"} {
		got, err := readPageToken(writePageToken(before))
		if err != nil || got != before {
			t.Errorf("%q becomes %q, %v", before, got, err)
		}
	}
	for _, token := range []string{"x", "***", "MS4", "Mi5BQkM"} { // no token, no base64, no number, another version
		if _, err := readPageToken(token); !errors.Is(err, errPageToken) {
			t.Errorf("%q: error %v", token, err)
		}
	}
}
