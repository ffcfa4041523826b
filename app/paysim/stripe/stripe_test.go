package stripe

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stockonce/stockonce/app/paysim/book"
	"github.com/stockonce/stockonce/app/paysim/dialect"
)

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

func payment() book.Payment {
	return book.Payment{
		Provider: "stripe", OrderNumber: "A1", TransactionID: "pi_1", Amount: 1099, Currency: "EUR",
		State: book.Paid, CreatedAt: noon, PaidAt: noon,
	}
}

type told struct {
	ID   string
	Type string
	Data struct {
		Object map[string]any
	}
}

func send(t *testing.T, p *Provider, n book.Notice, at time.Time) (http.Header, []byte, told) {
	t.Helper()
	request, err := p.Notice(n)
	if err != nil {
		t.Fatal(err)
	}
	h, body := request(at)
	var e told
	if err := json.Unmarshal(body, &e); err != nil {
		t.Fatal(err)
	}
	return h, body, e
}

func TestEventsAreSignedAsDocumented(t *testing.T) {
	p := New(NewKeys())
	n := book.PaymentNotice(payment(), noon)
	_, first, _ := send(t, p, n, noon)
	for _, at := range []time.Time{noon, noon.Add(time.Hour)} {
		h, body, _ := send(t, p, n, at)
		mac := hmac.New(sha256.New, []byte(p.keys.endpoint))
		fmt.Fprintf(mac, "%d.%s", at.Unix(), body)
		want := fmt.Sprintf("t=%d,v1=%s", at.Unix(), hex.EncodeToString(mac.Sum(nil)))
		if h.Get("Stripe-Signature") != want || string(body) != string(first) {
			t.Errorf("%v, want %s", h, want)
		}
	}
}

func TestEveryPaymentEvent(t *testing.T) {
	p := New(NewKeys())
	want := map[string]string{ // type and what its object says
		intentSucceeded: "payment_intent.succeeded succeeded", checkoutDone: "checkout.session.completed paid",
		checkoutPaid:  "checkout.session.async_payment_succeeded paid",
		intentCreated: "payment_intent.created requires_payment_method", intentProcessing: "payment_intent.processing processing",
		checkoutUnpaid: "checkout.session.completed unpaid", intentFailed: "payment_intent.payment_failed requires_payment_method",
		checkoutFailed: "checkout.session.async_payment_failed unpaid", intentCanceled: "payment_intent.canceled canceled",
		checkoutExpired: "checkout.session.expired unpaid",
	}
	for _, w := range p.Words() {
		pay := payment()
		pay.State, pay.Word = w.State, w.Text
		_, _, e := send(t, p, book.PaymentNotice(pay, noon), noon)
		o := e.Data.Object
		status, id, amount := o["status"], o["id"], o["amount"]
		if strings.HasPrefix(e.Type, "checkout") {
			status, id, amount = o["payment_status"], o["payment_intent"], o["amount_total"]
		}
		metadata, _ := o["metadata"].(map[string]any)
		if fmt.Sprint(e.Type, " ", status) != want[w.Text] || id != "pi_1" || amount != 1099.0 || o["currency"] != "eur" || metadata["order"] != "A1" {
			t.Errorf("%s: %s %v", w.Text, e.Type, o)
		}
	}
}

func TestARefundIsToldByItselfAndByItsCharge(t *testing.T) {
	p := New(NewKeys())
	pay := payment()
	pay.Refunded = 599
	r := book.Refund{ID: "re_1", TransactionID: "pi_1", Amount: 99, Currency: "EUR", State: book.RefundConfirmed, Metadata: map[string]string{"refund": "P1-1"}, CreatedAt: noon, SettledAt: noon.Add(time.Minute)}
	events := p.RefundEvents(r)
	if strings.Join(events, " ") != "refund.updated charge.refunded" {
		t.Fatalf("%v", events)
	}
	_, _, one := send(t, p, book.RefundNotice(pay, r, events[0], noon), noon)
	_, _, all := send(t, p, book.RefundNotice(pay, r, events[1], noon), noon)
	if one.Data.Object["id"] != "re_1" || one.Data.Object["amount"] != 99.0 || one.Data.Object["status"] != "succeeded" {
		t.Errorf("%v", one)
	}
	if o := all.Data.Object; o["object"] != "charge" || o["payment_intent"] != "pi_1" || o["amount_refunded"] != 599.0 || o["refunded"] != false {
		t.Errorf("%v", all)
	}
}

func ask(p *Provider, method, path, query string, form url.Values) dialect.Request {
	values, _ := url.ParseQuery(query)
	return dialect.Request{
		Method: method, Path: path, Query: values, Body: []byte(form.Encode()),
		Header: http.Header{"Authorization": {"Bearer " + p.keys.api}, "Idempotency-Key": {"K1"}},
	}
}

func TestRequests(t *testing.T) {
	p := New(NewKeys())
	refundForm := url.Values{"payment_intent": {"pi_1"}, "amount": {"99"}, "metadata[refund]": {"P1-1"}}
	t.Run("each operation is understood", func(t *testing.T) {
		for _, c := range []struct {
			method, path, query string
			form                url.Values
			want                dialect.Operation
		}{
			{"POST", "/v1/refunds", "", refundForm, dialect.Refund},
			{"GET", "/v1/refunds", "payment_intent=pi_1", nil, dialect.RefundQuery},
			{"GET", "/v1/refunds/re_1", "", nil, dialect.RefundQuery},
			{"GET", "/v1/payment_intents/search", "query=" + url.QueryEscape("metadata['order']:'A1'"), nil, dialect.Query},
			{"GET", "/v1/payment_intents/pi_1", "", nil, dialect.Query},
			{"POST", "/v1/payment_intents/pi_1/cancel", "", nil, dialect.Close},
		} {
			call, err := p.Read(ask(p, c.method, c.path, c.query, c.form), noon)
			if err != nil || call.Operation != c.want {
				t.Errorf("%s %s: %+v, %v", c.method, c.path, call, err)
			}
		}
	})
	t.Run("the idempotency key is what makes a refund once, its number is attached", func(t *testing.T) {
		call, err := p.Read(ask(p, "POST", "/v1/refunds", "", refundForm), noon)
		if err != nil || call.Refund.Key != "K1" || call.Refund.Number != "P1-1" || call.Refund.Amount != 99 {
			t.Errorf("%+v, %v", call, err)
		}
	})
	t.Run("another key is let in nowhere", func(t *testing.T) {
		r := ask(p, "GET", "/v1/refunds/re_1", "", nil)
		r.Header.Set("Authorization", "Bearer sk_live_1")
		if _, err := p.Read(r, noon); !errors.Is(err, dialect.ErrUnsigned) {
			t.Errorf("%v", err)
		}
	})
	t.Run("what makes no sense is told so", func(t *testing.T) {
		for _, form := range []url.Values{{}, {"payment_intent": {"pi_1"}, "amount": {"9.9"}}, {"payment_intent": {"pi_1"}, "reason": {"mood"}}} {
			if _, err := p.Read(ask(p, "POST", "/v1/refunds", "", form), noon); !errors.Is(err, dialect.ErrMalformed) {
				t.Errorf("%v: %v", form, err)
			}
		}
		if _, err := p.Read(ask(p, "GET", "/v1/charges", "", nil), noon); !errors.Is(err, dialect.ErrNoRoute) {
			t.Errorf("%v", err)
		}
	})
}

func answer(t *testing.T, p *Provider, c dialect.Call, res dialect.Result) (int, map[string]any) {
	t.Helper()
	reply, err := p.Answer(c, res, noon)
	if err != nil {
		t.Fatal(err)
	}
	var got map[string]any
	if err := json.Unmarshal(reply.Body, &got); err != nil {
		t.Fatal(err)
	}
	return reply.Status, got
}

func TestAnswers(t *testing.T) {
	p := New(NewKeys())
	t.Run("refusals have Stripe's codes", func(t *testing.T) {
		for _, c := range []struct {
			operation dialect.Operation
			err       error
			status    int
			code      any
		}{
			{dialect.Refund, book.ErrRefunded, 400, "charge_already_refunded"},
			{dialect.Refund, book.ErrUnknownPayment, 400, "resource_missing"},
			{dialect.Query, book.ErrUnknownPayment, 404, "resource_missing"},
			{dialect.Close, book.ErrPaid, 400, "payment_intent_unexpected_state"},
			{dialect.Refund, book.ErrConflict, 400, nil},
			{dialect.Query, dialect.ErrUnsigned, 401, nil},
			{dialect.Query, errors.New("disk full"), 500, nil},
		} {
			status, got := answer(t, p, dialect.Call{Operation: c.operation}, dialect.Result{Err: c.err})
			detail, _ := got["error"].(map[string]any)
			if status != c.status || detail["code"] != c.code || detail["type"] == "" {
				t.Errorf("%v: %d %v", c.err, status, got)
			}
		}
	})
	t.Run("a search that finds nothing succeeds", func(t *testing.T) {
		status, got := answer(t, p, dialect.Call{Operation: dialect.Query, Form: formSearch}, dialect.Result{Err: book.ErrUnknownPayment})
		data, ok := got["data"].([]any)
		if status != 200 || !ok || len(data) != 0 || got["object"] != "search_result" {
			t.Errorf("%d %v", status, got)
		}
	})
	t.Run("a long list comes page by page, newest first", func(t *testing.T) {
		var all []book.Refund
		for i := range 25 {
			all = append(all, book.Refund{ID: "re_" + strconv.Itoa(i), Amount: 1})
		}
		var seen []string
		query := url.Values{"limit": {"10"}}
		for {
			_, got := answer(t, p, dialect.Call{Operation: dialect.RefundQuery, Form: formList, Parameters: query}, dialect.Result{Refunds: all})
			data, _ := got["data"].([]any)
			for _, one := range data {
				o, _ := one.(map[string]any)
				seen = append(seen, fmt.Sprint(o["id"]))
			}
			if got["has_more"] != true {
				break
			}
			query.Set("starting_after", seen[len(seen)-1])
		}
		if len(seen) != 25 || seen[0] != "re_24" || seen[24] != "re_0" {
			t.Errorf("%v", seen)
		}
	})
	t.Run("an intent shows its charge when asked to", func(t *testing.T) {
		call := dialect.Call{Operation: dialect.Query, Parameters: url.Values{"expand[]": {"latest_charge"}}}
		_, got := answer(t, p, call, dialect.Result{Payments: []book.Payment{payment()}})
		charge, ok := got["latest_charge"].(map[string]any)
		if !ok || charge["amount"] != 1099.0 || got["amount_received"] != 1099.0 {
			t.Errorf("%v", got)
		}
	})
}
