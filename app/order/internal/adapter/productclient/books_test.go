package productclient_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/durationpb"

	productv1 "github.com/stockonce/stockonce/api/product/v1"
	"github.com/stockonce/stockonce/app/order/internal/domain"
	"github.com/stockonce/stockonce/app/order/internal/usecase"
)

// ledger tells its deductions and stock, and keeps what it was asked.
type ledger struct {
	deductions []*productv1.Deduction
	asked      *productv1.ListDeductionsRequest
	torn       error // after the first message
}

func (l *ledger) list(in *productv1.ListDeductionsRequest, stream grpc.ServerStreamingServer[productv1.ListDeductionsResponse]) error {
	l.asked = in
	for _, d := range l.deductions {
		if err := stream.Send(&productv1.ListDeductionsResponse{Deduction: d}); err != nil {
			return err
		}
		if l.torn != nil {
			return l.torn
		}
	}
	return nil
}

func TestDeductionsAreReadAsAPage(t *testing.T) {
	lines := []*productv1.StockLine{{Sku: "A", Quantity: 2}}
	l := &ledger{deductions: []*productv1.Deduction{
		{OrderNumber: "O1", State: productv1.DeductionState_DEDUCTION_STATE_DEDUCTED, Taken: lines, Unchanged: durationpb.New(time.Minute)},
		{OrderNumber: "O2", State: productv1.DeductionState_DEDUCTION_STATE_RELEASED, Taken: lines, Returned: lines},
		{OrderNumber: "O3", State: productv1.DeductionState_DEDUCTION_STATE_REFUSED},
		{OrderNumber: "O4", Taken: lines},
	}}
	client := dial(t, &product{deductions: l.list}, limits)
	since := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	got, err := client.Deductions(t.Context(), usecase.StockFilter{
		Window: usecase.Window{Since: since, UnchangedFor: time.Hour}, After: "O0", Orders: []string{"O1"},
	}, 7)
	if err != nil || len(got) != 4 {
		t.Fatalf("%+v, %v", got, err)
	}
	for i, want := range []domain.StockState{domain.StockDeducted, domain.StockReleased, domain.StockRefused, domain.StockUnknown} {
		if got[i].State != want {
			t.Errorf("%s is %q, want %q", got[i].OrderNumber, got[i].State, want)
		}
	}
	if items := []domain.Item{{SKU: "A", Quantity: 2}}; got[0].Unchanged != time.Minute || !slices.Equal(got[0].Taken, items) || !slices.Equal(got[1].Returned, items) {
		t.Errorf("%+v", got)
	}
	if a := l.asked; a.GetAfterOrderNumber() != "O0" || a.GetLimit() != 7 || !slices.Equal(a.GetOrderNumbers(), []string{"O1"}) ||
		!a.GetUpdatedSince().AsTime().Equal(since) || a.GetUnchangedFor().AsDuration() != time.Hour {
		t.Errorf("asked %v", a)
	}
}

func TestATornPageIsReadAnew(t *testing.T) {
	l := &ledger{torn: errors.New("boom"), deductions: []*productv1.Deduction{
		{OrderNumber: "O1", State: productv1.DeductionState_DEDUCTION_STATE_REFUSED},
		{OrderNumber: "O2", State: productv1.DeductionState_DEDUCTION_STATE_REFUSED},
	}}
	tries := 0
	client := dial(t, &product{deductions: func(in *productv1.ListDeductionsRequest, stream grpc.ServerStreamingServer[productv1.ListDeductionsResponse]) error {
		if tries++; tries == 3 {
			l.torn = nil
		}
		return l.list(in, stream)
	}}, limits)
	got, err := client.Deductions(t.Context(), usecase.StockFilter{}, 7)
	if err != nil || len(got) != 2 || tries != 3 {
		t.Errorf("%+v after %d tries, %v", got, tries, err)
	}
}

func TestWhatIsNoPageIsNotTakenForOne(t *testing.T) {
	for name, c := range map[string]struct {
		answer *ledger
		tries  int
	}{
		"a stream that always breaks":    {&ledger{torn: errors.New("boom"), deductions: []*productv1.Deduction{{OrderNumber: "O1"}}}, 5},
		"a request that product rejects": {&ledger{torn: productv1.ErrorInvalidArgument("limit"), deductions: []*productv1.Deduction{{OrderNumber: "O1"}}}, 1},
		"a state of a newer product":     {&ledger{deductions: []*productv1.Deduction{{OrderNumber: "O1", State: 99}}}, 1},
	} {
		tries := 0
		client := dial(t, &product{deductions: func(in *productv1.ListDeductionsRequest, stream grpc.ServerStreamingServer[productv1.ListDeductionsResponse]) error {
			tries++
			return c.answer.list(in, stream)
		}}, limits)
		if got, err := client.Deductions(t.Context(), usecase.StockFilter{}, 7); err == nil || got != nil || tries != c.tries {
			t.Errorf("%s: %+v after %d tries, %v", name, got, tries, err)
		}
	}
}

func TestStockIsReadAsAPage(t *testing.T) {
	client := dial(t, &product{stock: func(in *productv1.ListStockRequest, stream grpc.ServerStreamingServer[productv1.ListStockResponse]) error {
		if in.GetAfterSku() != "A" || in.GetLimit() != 7 || !slices.Equal(in.GetSkus(), []string{"B"}) {
			t.Errorf("asked %v", in)
		}
		return stream.Send(&productv1.ListStockResponse{Level: &productv1.StockLevel{Sku: "B", Stock: 3, Moved: 4}})
	}}, limits)
	got, err := client.Levels(t.Context(), "A", []string{"B"}, 7)
	if err != nil || len(got) != 1 || got[0] != (domain.StockLevel{SKU: "B", Stock: 3, Moved: 4}) {
		t.Errorf("%+v, %v", got, err)
	}
}
