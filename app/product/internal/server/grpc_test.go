package server_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	kerrors "github.com/go-kratos/kratos/v2/errors"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	productv1 "github.com/stockonce/stockonce/api/product/v1"
)

func lines(sku string, quantity int64) []*productv1.StockLine {
	return []*productv1.StockLine{{Sku: sku, Quantity: quantity}}
}

func TestAnOrderTakesAndReturnsItsStockOverGRPC(t *testing.T) {
	s := start(t)
	s.ok(http.MethodPost, "/v1/products", tea)
	client, ctx := productv1.NewStockServiceClient(s.grpc), t.Context()
	deduct := func(number string, quantity int64, want productv1.DeductOutcome) *productv1.DeductStockResponse {
		t.Helper()
		resp, err := client.DeductStock(ctx, &productv1.DeductStockRequest{OrderNumber: number, Lines: lines("tea.a", quantity)})
		if err != nil {
			t.Fatal(err)
		}
		if resp.GetOutcome() != want {
			t.Errorf("order %s is answered with %s, want %s", number, resp.GetOutcome(), want)
		}
		return resp
	}
	release := func(number string, want productv1.ReleaseOutcome) {
		t.Helper()
		resp, err := client.ReleaseStock(ctx, &productv1.ReleaseStockRequest{OrderNumber: number})
		if err != nil || resp.GetOutcome() != want {
			t.Errorf("release of order %s is answered with %s, %v, want %s", number, resp.GetOutcome(), err, want)
		}
	}
	deduct("O1", 5, productv1.DeductOutcome_DEDUCT_OUTCOME_DEDUCTED)
	deduct("O1", 5, productv1.DeductOutcome_DEDUCT_OUTCOME_DEDUCTED)
	deduct("O1", 4, productv1.DeductOutcome_DEDUCT_OUTCOME_CONFLICT)
	short := deduct("O2", 3, productv1.DeductOutcome_DEDUCT_OUTCOME_REFUSED).GetShort()
	if len(short) != 1 || short[0].GetSku() != "tea.a" || short[0].GetRequested() != 3 || short[0].GetAvailable() != 2 || short[0].GetUnknown() {
		t.Errorf("short lines are %v", short)
	}
	release("O1", productv1.ReleaseOutcome_RELEASE_OUTCOME_RELEASED)
	release("O2", productv1.ReleaseOutcome_RELEASE_OUTCOME_REFUSED)
	deduct("O1", 5, productv1.DeductOutcome_DEDUCT_OUTCOME_REFUSED)

	skus, err := productv1.NewProductServiceClient(s.grpc).GetSkus(ctx, &productv1.GetSkusRequest{Codes: []string{"tea.b", "none", "tea.a"}})
	if err != nil {
		t.Fatal(err)
	}
	if got := skus.GetSkus(); len(got) != 2 || got[0].GetCode() != "tea.a" || got[0].GetStock() != 7 || got[1].GetPrice() != 250 {
		t.Errorf("SKUs are %v", got)
	}
}

func TestABatchAnswersEveryOrderForItself(t *testing.T) {
	s := start(t)
	s.ok(http.MethodPost, "/v1/products", tea)
	request := &productv1.BatchDeductStockRequest{Deductions: []*productv1.DeductStockRequest{
		{OrderNumber: "O1", Lines: lines("tea.a", 2)},
		{OrderNumber: "O2", Lines: lines("tea.a", 0)},
		{OrderNumber: "O3", Lines: lines("none", 1)},
		{OrderNumber: "O4", Lines: append(lines("tea.a", 1_000_000), lines("tea.a", 1)...)},
		{OrderNumber: "O5", Lines: lines("tea.a", 2)},
	}}
	resp, err := productv1.NewStockServiceClient(s.grpc).BatchDeductStock(t.Context(), request)
	if err != nil {
		t.Fatal(err)
	}
	if len(resp.GetAnswers()) != len(request.GetDeductions()) {
		t.Fatalf("%d answers for %d orders", len(resp.GetAnswers()), len(request.GetDeductions()))
	}
	for i, want := range []struct {
		outcome productv1.DeductOutcome
		says    string
	}{
		{outcome: productv1.DeductOutcome_DEDUCT_OUTCOME_DEDUCTED},
		{says: "lines[0].quantity"},
		{outcome: productv1.DeductOutcome_DEDUCT_OUTCOME_REFUSED},
		{says: "quantity of tea.a 1000001"},
		{outcome: productv1.DeductOutcome_DEDUCT_OUTCOME_DEDUCTED},
	} {
		got := resp.GetAnswers()[i]
		failure := got.GetFailure()
		switch {
		case got.GetOrderNumber() != request.GetDeductions()[i].GetOrderNumber():
			t.Errorf("answer %d is for order %s", i, got.GetOrderNumber())
		case want.says == "" && got.GetAnswer().GetOutcome() != want.outcome:
			t.Errorf("order %s is answered with %v, want %s", got.GetOrderNumber(), got, want.outcome)
		case want.says != "" && (failure.GetCode() != 400 || failure.GetReason() != "INVALID_ARGUMENT" || !strings.Contains(failure.GetMessage(), want.says)):
			t.Errorf("order %s fails with %v, want INVALID_ARGUMENT that says %q", got.GetOrderNumber(), got, want.says)
		}
	}
}

func TestStoredDeductionsAreStreamed(t *testing.T) {
	s := start(t)
	s.ok(http.MethodPost, "/v1/products", tea)
	client := productv1.NewStockServiceClient(s.grpc)
	for _, number := range []string{"O3", "O1", "O2"} {
		if _, err := client.DeductStock(t.Context(), &productv1.DeductStockRequest{OrderNumber: number, Lines: lines("tea.a", 3)}); err != nil {
			t.Fatal(err)
		}
	}
	list := func(req *productv1.ListDeductionsRequest) (told []string, err error) {
		stream, err := client.ListDeductions(t.Context(), req)
		for err == nil {
			var resp *productv1.ListDeductionsResponse
			if resp, err = stream.Recv(); err == nil {
				d := resp.GetDeduction()
				told = append(told, d.GetOrderNumber()+" "+d.GetState().String())
			}
		}
		if errors.Is(err, io.EOF) {
			err = nil
		}
		return told, err
	}
	for _, c := range []struct {
		name string
		req  *productv1.ListDeductionsRequest
		want string
	}{
		{"all", &productv1.ListDeductionsRequest{}, "O1 DEDUCTION_STATE_DEDUCTED, O2 DEDUCTION_STATE_REFUSED, O3 DEDUCTION_STATE_DEDUCTED"},
		{"after an order", &productv1.ListDeductionsRequest{AfterOrderNumber: "O2"}, "O3 DEDUCTION_STATE_DEDUCTED"},
		{"since the beginning of time", &productv1.ListDeductionsRequest{AfterOrderNumber: "O2", UpdatedSince: &timestamppb.Timestamp{Seconds: -62135596800}}, "O3 DEDUCTION_STATE_DEDUCTED"},
		{"since the future", &productv1.ListDeductionsRequest{UpdatedSince: timestamppb.New(time.Now().Add(time.Hour))}, ""},
		{"no more than asked for", &productv1.ListDeductionsRequest{Limit: 1}, "O1 DEDUCTION_STATE_DEDUCTED"},
		{"of one order", &productv1.ListDeductionsRequest{OrderNumbers: []string{"O2"}}, "O2 DEDUCTION_STATE_REFUSED"},
		{"unchanged for an hour", &productv1.ListDeductionsRequest{UnchangedFor: durationpb.New(time.Hour)}, ""},
	} {
		if told, err := list(c.req); err != nil || strings.Join(told, ", ") != c.want {
			t.Errorf("%s: told %q, %v, want %q", c.name, told, err, c.want)
		}
	}
	for name, req := range map[string]*productv1.ListDeductionsRequest{
		"a number that is none": {AfterOrderNumber: "O-1"},
		"a time that is none":   {UpdatedSince: &timestamppb.Timestamp{Seconds: 1 << 60}},
		"a limit below zero":    {Limit: -1},
		"a name of no order":    {OrderNumbers: []string{"O 1"}},
	} {
		if _, err := list(req); !productv1.IsInvalidArgument(err) {
			t.Errorf("%s: error is %v, want INVALID_ARGUMENT", name, err)
		}
	}
}

func TestStockIsToldBesideItsLedgerOverGRPC(t *testing.T) {
	s := start(t)
	s.ok(http.MethodPost, "/v1/products", tea)
	client := productv1.NewStockServiceClient(s.grpc)
	if _, err := client.DeductStock(t.Context(), &productv1.DeductStockRequest{OrderNumber: "O1", Lines: lines("tea.a", 3)}); err != nil {
		t.Fatal(err)
	}
	stream, err := client.ListDeductions(t.Context(), &productv1.ListDeductionsRequest{})
	if err != nil {
		t.Fatal(err)
	}
	told, err := stream.Recv()
	if d := told.GetDeduction(); err != nil || len(d.GetTaken()) != 1 || d.GetTaken()[0].GetSku() != "tea.a" || d.GetTaken()[0].GetQuantity() != 3 || d.GetUnchanged() == nil {
		t.Errorf("deduction %v, %v", d, err)
	}
	for _, c := range []struct {
		name string
		req  *productv1.ListStockRequest
		want string
	}{
		{"all", &productv1.ListStockRequest{}, "tea.a 4 4, tea.b 0 0"},
		{"after a SKU", &productv1.ListStockRequest{AfterSku: "tea.a"}, "tea.b 0 0"},
		{"no more than asked for", &productv1.ListStockRequest{Limit: 1}, "tea.a 4 4"},
		{"of one SKU", &productv1.ListStockRequest{Skus: []string{"tea.b"}}, "tea.b 0 0"},
	} {
		stream, err := client.ListStock(t.Context(), c.req)
		if err != nil {
			t.Fatal(err)
		}
		var told []string
		for {
			message, err := stream.Recv()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			l := message.GetLevel()
			told = append(told, fmt.Sprintf("%s %d %d", l.GetSku(), l.GetStock(), l.GetMoved()))
		}
		if got := strings.Join(told, ", "); got != c.want {
			t.Errorf("%s: told %q, want %q", c.name, got, c.want)
		}
	}
}

func TestErrorsKeepTheirReasonOverGRPC(t *testing.T) {
	s := start(t)
	client := productv1.NewProductServiceClient(s.grpc)
	if _, err := client.GetSku(t.Context(), &productv1.GetSkuRequest{Code: "none"}); !productv1.IsSkuNotFound(err) {
		t.Errorf("error is %v, want SKU_NOT_FOUND", err)
	}
	_, err := client.GetSku(t.Context(), &productv1.GetSkuRequest{Code: "no code"})
	if !productv1.IsInvalidArgument(err) || !strings.Contains(kerrors.FromError(err).GetMessage(), "code") {
		t.Errorf("error is %v, want INVALID_ARGUMENT that names the field", err)
	}
}
