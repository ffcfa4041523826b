package standard_test

import (
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/types/known/durationpb"

	platform "github.com/stockonce/stockonce/app/internal/platform/conf"
	"github.com/stockonce/stockonce/app/order/internal/adapter/refund"
	"github.com/stockonce/stockonce/app/order/internal/adapter/refund/standard"
	"github.com/stockonce/stockonce/app/order/internal/conf"
	"github.com/stockonce/stockonce/app/order/internal/domain"
)

var asked = domain.RefundRequest{
	Number: "P1-1", TransactionID: "tx1", OrderNumber: "O1",
	Amount: domain.Money{Minor: 500, Currency: "CNY"}, Paid: domain.Money{Minor: 1999, Currency: "CNY"}, Reason: "late",
}

func TestARefundIsSignedAndNamesItsNumber(t *testing.T) {
	f := newFake(t)
	report, err := f.api().Refund(t.Context(), asked)
	if err != nil || report != (domain.RefundReport{State: domain.RefundConfirmed, Ref: "r1"}) {
		t.Fatalf("report %+v, %v", report, err)
	}
	want := object{
		"refundNumber": "P1-1", "transactionId": "tx1", "orderNumber": "O1",
		"amount": 500.0, "currency": "CNY", "paid": 1999.0, "reason": "late",
	}
	if f.ids[0] != "refund_P1-1" || f.paths[0] != "/pay/refunds" || !reflect.DeepEqual(f.asked[0], want) {
		t.Errorf("sent %s %s %v", f.ids[0], f.paths[0], f.asked[0])
	}
}

func TestAnAnswerLostOnItsWayIsAskedAgainAndRefundsOnce(t *testing.T) {
	f := newFake(t)
	f.lose = true
	api := f.api()
	if report, err := api.Refund(t.Context(), asked); err == nil {
		t.Fatalf("report %+v", report)
	}
	f.lose = false
	r := asked
	r.Again = true
	report, err := api.Refund(t.Context(), r)
	if err != nil || report.State != domain.RefundConfirmed || report.Ref != "r1" || len(f.refunds) != 1 {
		t.Fatalf("report %+v, %v, %d refunds", report, err, len(f.refunds))
	}
	if !reflect.DeepEqual(f.asked[0], f.asked[1]) || f.ids[0] != f.ids[1] {
		t.Errorf("sent %v, then %v", f.asked[0], f.asked[1])
	}
}

// answering makes a provider that answers with the text alone.
func answering(t *testing.T, text string) *fakeProvider {
	t.Helper()
	f := newFake(t)
	f.answer = func(w http.ResponseWriter, _ *http.Request) bool { fmt.Fprint(w, text); return true }
	return f
}

func TestEachStateOfARefundIsMapped(t *testing.T) {
	for _, c := range []struct {
		answer string
		want   domain.RefundReport
	}{
		{`{"refundNumber":"P1-1","state":"pending","amount":500,"currency":"CNY"}`, domain.RefundReport{State: domain.RefundSent}},
		{`{"refundNumber":"P1-1","state":"confirmed","amount":500,"currency":"CNY","refundId":"r7"}`, domain.RefundReport{State: domain.RefundConfirmed, Ref: "r7"}},
		{`{"refundNumber":"P1-1","state":"failed","amount":500,"currency":"CNY","reason":"account closed"}`, domain.RefundReport{State: domain.RefundFailed, Reason: "account closed"}},
	} {
		report, err := answering(t, c.answer).api().Refund(t.Context(), asked)
		if err != nil || report != c.want {
			t.Errorf("%s: report %+v, %v", c.answer, report, err)
		}
	}
}

func TestAnAnswerAboutAnotherRefundIsForAPerson(t *testing.T) {
	for _, answer := range []string{
		`{"refundNumber":"P1-2","state":"confirmed","amount":500,"currency":"CNY","refundId":"r7"}`,
		`{"refundNumber":"","state":"failed","amount":500,"currency":"CNY","refundId":"r7"}`,
		`{"refundNumber":"P1-1","state":"confirmed","amount":501,"currency":"CNY","refundId":"r7"}`,
		`{"refundNumber":"P1-1","state":"confirmed","amount":500,"currency":"CNYX","refundId":"r7"}`,
	} {
		report, err := answering(t, answer).api().Refund(t.Context(), asked)
		if err != nil || !report.Stuck || report.State != domain.RefundSent || report.Ref != "r7" || report.Reason == "" {
			t.Errorf("%s: report %+v, %v", answer, report, err)
		}
	}
}

func TestNoAnswerIsTakenForARefusal(t *testing.T) {
	for _, answer := range []string{
		"", "<html>secret</html>", "null", "[]", "{}", `{"refundNumber":"P1-1","state":"novelty","amount":500,"currency":"CNY"}`,
		`{"refundNumber":"P1-1","state":"confirmed","amount":5e2,"currency":"CNY"}`,
		`{"refundNumber":"P1-1","state":"confirmed","amount":500,"currency":"CNY","refundId":"r 7"}`,
	} {
		report, err := answering(t, answer).api().Refund(t.Context(), asked)
		if err == nil || report != (domain.RefundReport{}) || strings.Contains(err.Error(), "secret") {
			t.Errorf("%q: report %+v, %v", answer, report, err)
		}
	}
	for _, status := range []int{201, 302, 400, 401, 404, 409, 429, 500, 503} {
		f := newFake(t)
		f.answer = func(w http.ResponseWriter, _ *http.Request) bool {
			w.WriteHeader(status)
			fmt.Fprint(w, `{"refundNumber":"P1-1","state":"failed","amount":500,"currency":"CNY"}`)
			return true
		}
		if report, err := f.api().Refund(t.Context(), asked); err == nil {
			t.Errorf("%d: report %+v", status, report)
		}
	}
	f := newFake(t)
	f.answer = func(_ http.ResponseWriter, r *http.Request) bool { <-r.Context().Done(); return true }
	api := f.api(func(c *conf.StandardApi) { c.Endpoint.Timeout = durationpb.New(50 * time.Millisecond) })
	if report, err := api.Refund(t.Context(), asked); err == nil {
		t.Errorf("time-out: report %+v", report)
	}
}

func TestQuery(t *testing.T) {
	query := func(t *testing.T, answer string) domain.Notice {
		t.Helper()
		n, err := answering(t, answer).api().Query(t.Context(), "O1")
		if err != nil {
			t.Fatal(err)
		}
		if n.Provider != "standard" || string(n.Delivery.Body) != answer {
			t.Errorf("notice %+v", n)
		}
		return n
	}
	t.Run("a paid order is a notice to judge", func(t *testing.T) {
		n := query(t, `{"orderNumber":"O1","state":"paid","transactionId":"tx1","amount":1999,"currency":"CNY","paidAt":"2026-11-23T08:00:00Z"}`)
		if n.Verdict != "" || n.OrderNumber != "O1" || n.TransactionID != "tx1" || n.PaidAt.IsZero() ||
			n.Amount != (domain.Money{Minor: 1999, Currency: "CNY"}) {
			t.Errorf("notice %+v", n)
		}
	})
	t.Run("every other state is not paid", func(t *testing.T) {
		for _, state := range []string{"pending", "failed", "closed", "unknown"} {
			if n := query(t, `{"orderNumber":"O1","state":"`+state+`"}`); n.Verdict != domain.VerdictNotPaid || n.State != state {
				t.Errorf("%s: notice %+v", state, n)
			}
		}
	})
	t.Run("what cannot be mapped is for a person, never not paid", func(t *testing.T) {
		for _, answer := range []string{
			`{"orderNumber":"O2","state":"paid","transactionId":"tx1","amount":1999,"currency":"CNY"}`,
			`{"orderNumber":"O2","state":"pending"}`, `{"state":"pending"}`, `{"orderNumber":"O1","state":"novelty"}`,
			`{"orderNumber":"O1"}`, "null", "[]",
			`{"orderNumber":"O1","state":"paid","transactionId":"tx1","amount":19.99,"currency":"CNY"}`,
			`{"orderNumber":"O1","state":"refunded","transactionId":"tx1","amount":1999,"currency":"CNY","refundId":"r1"}`,
		} {
			if n := query(t, answer); n.Verdict != domain.VerdictUnreadable || n.Refund != nil || n.Problem == "" {
				t.Errorf("%s: notice %+v", answer, n)
			}
		}
	})
	t.Run("an answer that tells nothing is an error", func(t *testing.T) {
		if n, err := answering(t, "<html>").api().Query(t.Context(), "O1"); err == nil {
			t.Errorf("notice %+v", n)
		}
	})
	t.Run("the question is signed", func(t *testing.T) {
		f := answering(t, `{"orderNumber":"O1","state":"unknown"}`)
		if _, err := f.api().Query(t.Context(), "O1"); err != nil || f.ids[0] != "query_O1" || f.paths[0] != "/pay/payments/query" {
			t.Errorf("%v, sent %v %v", err, f.ids, f.paths)
		}
	})
}

func TestClose(t *testing.T) {
	for answer, want := range map[string]string{
		`{"orderNumber":"O1","state":"closed"}`:  "closed",
		`{"orderNumber":"O1","state":"unknown"}`: "no trade",
		`{"orderNumber":"O1","state":"paid"}`:    "paid",
		`{"orderNumber":"O1","state":"pending"}`: "not known",
		`{"orderNumber":"O2","state":"closed"}`:  "not known",
		`{}`:                                     "not known",
		`<html>`:                                 "not known",
	} {
		f := answering(t, answer)
		err := f.api().Close(t.Context(), "O1")
		got := map[bool]string{true: "closed", false: "not known"}[err == nil]
		switch {
		case errors.Is(err, refund.ErrPaid):
			got = "paid"
		case errors.Is(err, refund.ErrUnknown):
			got = "no trade"
		}
		if got != want || f.ids[0] != "close_O1" || f.paths[0] != "/pay/payments/close" {
			t.Errorf("%s: %s, %v; sent %v", answer, got, err, f.ids)
		}
	}
}

func TestBuild(t *testing.T) {
	for _, cfg := range []*conf.Providers{{}, {Standard: &conf.Standard{}}} {
		if _, configured, err := standard.Build(cfg); configured || err != nil {
			t.Errorf("without an API: %t, %v", configured, err)
		}
	}
	f := newFake(t)
	t.Setenv("STOCKONCE_SECRET_OTHER", "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=")
	other := func(c *conf.StandardApi) { c.Key = &platform.Secret{Env: "STOCKONCE_SECRET_OTHER"} }
	if !f.build().Same(f.build()) || f.build().Same(f.build(other)) {
		t.Error("the same configuration makes another API, or another key the same")
	}
	t.Setenv("STOCKONCE_SECRET_WEAK", "whsec_c2hvcnQ=")
	weak := &conf.Providers{Standard: &conf.Standard{Api: &conf.StandardApi{Key: &platform.Secret{Env: "STOCKONCE_SECRET_WEAK"}}}}
	if _, _, err := standard.Build(weak); err == nil || !strings.Contains(err.Error(), "api.key") || strings.Contains(err.Error(), "c2hv") {
		t.Errorf("a weak key: %v", err)
	}
}
