package wechatpay_test

import (
	"context"
	"encoding/json"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/stockonce/stockonce/app/order/internal/domain"
)

const (
	ask   = "POST " + refundsURI
	query = "GET " + refundsURI + "/P1-1"
)

func request(again bool) domain.RefundRequest {
	return domain.RefundRequest{
		Number: "P1-1", TransactionID: "4200001", OrderNumber: "O1",
		Amount: domain.Money{Minor: 400, Currency: "CNY"}, Paid: domain.Money{Minor: 1000, Currency: "CNY"},
		Reason: strings.Repeat("多", 40), Again: again,
	}
}

// asked fails the test unless these calls and no others were made.
func (f *fake) asked(want ...string) {
	f.t.Helper()
	f.mu.Lock()
	defer f.mu.Unlock()
	if !slices.Equal(f.calls, want) {
		f.t.Errorf("calls %q, want %q", f.calls, want)
	}
}

func TestARefundIsAskedForWithTheWholeRequest(t *testing.T) {
	f := newFake(t)
	report, err := build(t, config(t, f.url)).Refund(t.Context(), request(false))
	if err != nil || report != (domain.RefundReport{State: domain.RefundSent, Ref: "50000001"}) {
		t.Fatalf("report %+v, error %v", report, err)
	}
	f.asked(ask)
	var got, want any
	if err := json.Unmarshal([]byte(f.requests[0]), &got); err != nil {
		t.Fatal(err)
	}
	// The reason is cut between characters: 26 of 3 bytes are 78.
	_ = json.Unmarshal([]byte(`{"transaction_id":"4200001","out_refund_no":"P1-1","reason":"`+strings.Repeat("多", 26)+`",
		"notify_url":"https://shop.example.com/v1/payments/wechatpay/callback","amount":{"refund":400,"total":1000,"currency":"CNY"}}`), &want)
	if !reflect.DeepEqual(got, want) {
		t.Errorf("request %s", f.requests[0])
	}
}

func TestEveryStatusOfARefundIsMapped(t *testing.T) {
	for status, want := range map[string]domain.RefundReport{
		"PROCESSING": {State: domain.RefundSent, Ref: "50000001"},
		"SUCCESS":    {State: domain.RefundConfirmed, Ref: "50000001"},
		"CLOSED":     {State: domain.RefundFailed, Ref: "50000001", Reason: "CLOSED"},
		"ABNORMAL":   {State: domain.RefundSent, Ref: "50000001", Stuck: true, Reason: "ABNORMAL: the payer's account cannot take it; it waits at the merchant console"},
	} {
		for _, again := range []bool{false, true} {
			f := newFake(t)
			f.refunds["P1-1"] = status
			report, err := build(t, config(t, f.url)).Refund(t.Context(), request(again))
			if err != nil || report != want {
				t.Errorf("%s, again %t: report %+v, error %v", status, again, report, err)
			}
		}
	}
}

func TestAskedAgainAKnownRefundIsNotRequested(t *testing.T) {
	f := newFake(t)
	f.refunds["P1-1"] = "SUCCESS"
	report, err := build(t, config(t, f.url)).Refund(t.Context(), request(true))
	if err != nil || report.State != domain.RefundConfirmed {
		t.Errorf("report %+v, error %v", report, err)
	}
	f.asked(query)
}

func TestAskedAgainAnUnknownRefundIsRequested(t *testing.T) {
	f := newFake(t)
	report, err := build(t, config(t, f.url)).Refund(t.Context(), request(true))
	if err != nil || report.State != domain.RefundSent {
		t.Errorf("report %+v, error %v", report, err)
	}
	f.asked(query, ask)
}

func TestKilledBetweenItsCommitAndOurReceiptThereIsOneRefund(t *testing.T) {
	f := newFake(t)
	f.say(ask, answer{lost: true})
	a := build(t, config(t, f.url))
	if report, err := a.Refund(t.Context(), request(false)); err == nil {
		t.Fatalf("report %+v: an answer that never came", report)
	}
	report, err := a.Refund(t.Context(), request(true))
	if err != nil || report.State != domain.RefundSent {
		t.Errorf("report %+v, error %v", report, err)
	}
	f.asked(ask, query)
	if len(f.requests) != 1 || len(f.refunds) != 1 {
		t.Errorf("requests %q, refunds %v", f.requests, f.refunds)
	}
}

func TestWhatIsNotADefiniteAnswerIsUnknown(t *testing.T) {
	good := refunded("P1-1", "SUCCESS", "400", "CNY")
	for name, a := range map[string]answer{
		"status 500":                   refuse(500, "SYSTEM_ERROR"),
		"status 429":                   refuse(429, "FREQUENCY_LIMITED"),
		"an error that is new":         refuse(400, "BIZERR_NEED_RETRY"),
		"too little balance":           refuse(403, "NOT_ENOUGH"),
		"a wrong signature of ours":    refuse(401, "SIGN_ERROR"),
		"a merchant that is not there": refuse(400, "MCH_NOT_EXISTS"),
		"a page that is not there":     refuse(404, "NOT_FOUND"),
		"a refusal without a code":     {status: 400, body: `{}`},
		"a refusal nobody signed":      {status: 400, body: `{"code":"INVALID_REQUEST"}`, plain: true},
		"a refusal signed by another":  {status: 400, body: `{"code":"INVALID_REQUEST"}`, key: another()},
		"a gateway's page":             {status: 502, body: "<html>", plain: true},
		"a success nobody signed":      {status: 200, body: good, plain: true},
		"a success signed by another":  {status: 200, body: good, key: another()},
		"a success of 301 s ago":       {status: 200, body: good, skew: -301 * time.Second},
		"a success of the future":      {status: 200, body: good, skew: 302 * time.Second},
		"garbage":                      {status: 200, body: "{{"},
		"an empty object":              {status: 200, body: "{}"},
		"no amount":                    {status: 200, body: refunded("P1-1", "SUCCESS", `"400"`, "CNY")},
		"no currency":                  {status: 200, body: refunded("P1-1", "SUCCESS", "400", "")},
		"no number":                    {status: 200, body: refunded("", "SUCCESS", "400", "CNY")},
		"a status that is new":         {status: 200, body: refunded("P1-1", "MAYBE", "400", "CNY")},
		"a redirect":                   {status: 302, body: good},
		"a success of another kind":    {status: 202, body: good},
		"no answer":                    {lost: true},
	} {
		f := newFake(t)
		f.say(ask, a)
		report, err := build(t, config(t, f.url)).Refund(t.Context(), request(false))
		if err == nil || report != (domain.RefundReport{}) {
			t.Errorf("%s: report %+v, error %v", name, report, err)
			continue
		}
		if !strings.Contains(err.Error(), "P1-1") || strings.Contains(err.Error(), "secret") || strings.Contains(err.Error(), "招商") || strings.ContainsAny(err.Error(), "\n") {
			t.Errorf("%s: %v", name, err)
		}
		f.asked(ask)
		// Asked again, the query's answer is believed no sooner.
		f = newFake(t)
		f.say(query, a)
		if report, err := build(t, config(t, f.url)).Refund(t.Context(), request(true)); err == nil {
			t.Errorf("%s, asked again: report %+v", name, report)
		}
		f.asked(query)
	}
}

func TestADefiniteRefusalOfARefundWeChatPayDoesNotKnowFailsIt(t *testing.T) {
	for status, codes := range map[int][]string{
		400: {"PARAM_ERROR", "INVALID_REQUEST"}, 403: {"NO_AUTH", "USER_ACCOUNT_ABNORMAL"}, 404: {"RESOURCE_NOT_EXISTS"},
	} {
		for _, code := range codes {
			f := newFake(t)
			f.say(ask, refuse(status, code))
			report, err := build(t, config(t, f.url)).Refund(t.Context(), request(false))
			if err != nil || report.State != domain.RefundFailed || report.Ref != "" || report.Stuck {
				t.Errorf("%s: report %+v, error %v", code, report, err)
			}
			if !strings.Contains(report.Reason, code+": 余额不足 请充值") || strings.Contains(report.Reason, "secret") {
				t.Errorf("%s: reason %q", code, report.Reason)
			}
			f.asked(ask, query)
		}
	}
}

func TestARefusalOfARefundWeChatPayKnowsDoesNotFailIt(t *testing.T) {
	f := newFake(t)
	f.refunds["P1-1"] = "SUCCESS"
	f.say(ask, refuse(400, "INVALID_REQUEST"))
	report, err := build(t, config(t, f.url)).Refund(t.Context(), request(false))
	if err != nil || report.State != domain.RefundConfirmed {
		t.Errorf("refunded already: report %+v, error %v", report, err)
	}
	f = newFake(t)
	f.say(ask, refuse(400, "INVALID_REQUEST"))
	f.say(query, refuse(500, "SYSTEM_ERROR"))
	if report, err := build(t, config(t, f.url)).Refund(t.Context(), request(false)); err == nil {
		t.Errorf("not known whether it is known: report %+v", report)
	}
}

func TestAnAnswerAboutAnotherRefundOrAmountIsForAPerson(t *testing.T) {
	for name, c := range map[string]struct{ body, says string }{
		"one more":            {refunded("P1-1", "SUCCESS", "401", "CNY"), "401 CNY, asked for 400 CNY"},
		"one less":            {refunded("P1-1", "SUCCESS", "399", "CNY"), "399 CNY, asked for 400 CNY"},
		"another currency":    {refunded("P1-1", "SUCCESS", "400", "USD"), "400 USD, asked for 400 CNY"},
		"another refund":      {refunded("P1-2", "SUCCESS", "400", "CNY"), "refund P1-2, asked for P1-1"},
		"another transaction": {strings.Replace(refunded("P1-1", "CLOSED", "400", "CNY"), "4200001", "4200002", 1), "transaction 4200002, asked for 4200001"},
	} {
		for call, again := range map[string]bool{ask: false, query: true} {
			f := newFake(t)
			f.say(call, answer{status: 200, body: c.body})
			report, err := build(t, config(t, f.url)).Refund(t.Context(), request(again))
			if err != nil || report.State != domain.RefundSent || !report.Stuck || !strings.Contains(report.Reason, c.says) {
				t.Errorf("%s, again %t: report %+v, error %v", name, again, report, err)
			}
		}
	}
}

func TestATimeOutIsUnknown(t *testing.T) {
	held := make(chan struct{})
	server := newServer(t, func(http.ResponseWriter, *http.Request) { <-held })
	defer close(held)
	c := config(t, server)
	c.Api.Endpoint.Timeout = durationpb.New(50 * time.Millisecond)
	if report, err := build(t, c).Refund(t.Context(), request(false)); err == nil {
		t.Errorf("the endpoint's time-out: report %+v", report)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if report, err := build(t, config(t, server)).Refund(ctx, request(false)); err == nil {
		t.Errorf("the caller's context: report %+v", report)
	}
}
