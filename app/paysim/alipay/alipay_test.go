package alipay

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"sort"
	"strings"
	"testing"
	"time"

	"github.com/stockonce/stockonce/app/paysim/book"
	"github.com/stockonce/stockonce/app/paysim/deliver"
	"github.com/stockonce/stockonce/app/paysim/dialect"
)

var noon = time.Date(2026, 11, 23, 4, 0, 0, 0, time.UTC)

func setup(t *testing.T) *Provider {
	t.Helper()
	keys, err := NewKeys()
	if err != nil {
		t.Fatal(err)
	}
	return New(keys)
}

func payment() book.Payment {
	return book.Payment{
		Provider: "alipay", OrderNumber: "A1", TransactionID: "T1", Amount: 1099, Currency: "CNY",
		State: book.Paid, CreatedAt: noon, PaidAt: noon,
	}
}

// text is what is signed, taken from the raw form by the words of the document.
func text(t *testing.T, raw string, without ...string) (signed string, form url.Values) {
	t.Helper()
	var pairs []string
	form = url.Values{}
	for pair := range strings.SplitSeq(raw, "&") {
		name, value, _ := strings.Cut(pair, "=")
		value, err := url.QueryUnescape(value)
		if err != nil {
			t.Fatal(err)
		}
		form.Add(name, value)
		leave := value == ""
		for _, w := range without {
			leave = leave || name == w
		}
		if !leave {
			pairs = append(pairs, name+"="+value)
		}
	}
	sort.Strings(pairs)
	return strings.Join(pairs, "&"), form
}

func verified(key *rsa.PublicKey, message, signature string) error {
	raw, err := base64.StdEncoding.DecodeString(signature)
	if err != nil {
		return err
	}
	sum := sha256.Sum256([]byte(message))
	return rsa.VerifyPKCS1v15(key, crypto.SHA256, sum[:], raw)
}

func send(t *testing.T, d dialect.Dialect, n book.Notice, at time.Time) (url.Values, error) {
	t.Helper()
	request, err := d.Notice(n)
	if err != nil {
		t.Fatal(err)
	}
	_, body := request(at)
	signed, form := text(t, string(body), "sign", "sign_type")
	p, _ := d.(*Provider)
	return form, verified(&p.keys.platform.PublicKey, signed, form.Get("sign"))
}

func TestPaymentNotice(t *testing.T) {
	p := setup(t)
	n := book.PaymentNotice(payment(), noon)
	form, err := send(t, p, n, noon)
	if err != nil {
		t.Fatalf("signature: %v", err)
	}
	t.Run("it tells what the document says", func(t *testing.T) {
		for name, want := range map[string]string{
			"app_id": testAppID, "seller_id": testSellerID, "out_trade_no": "A1", "trade_no": "T1", "trade_status": "TRADE_SUCCESS",
			"total_amount": "10.99", "sign_type": "RSA2", "notify_time": "2026-11-23 12:00:00", "gmt_payment": "2026-11-23 12:00:00",
		} {
			if form.Get(name) != want {
				t.Errorf("%s is %q, want %q", name, form.Get(name), want)
			}
		}
	})
	t.Run("each try keeps the id and is signed for its own time", func(t *testing.T) {
		again, err := send(t, p, n, noon.Add(time.Hour))
		if err != nil || again.Get("notify_id") != form.Get("notify_id") || again.Get("sign") == form.Get("sign") {
			t.Errorf("%v, %v", again, err)
		}
	})
	t.Run("a forged one is signed by another", func(t *testing.T) {
		forged, err := p.Forged()
		if err != nil {
			t.Fatal(err)
		}
		request, err := forged.Notice(n)
		if err != nil {
			t.Fatal(err)
		}
		_, body := request(noon)
		signed, form := text(t, string(body), "sign", "sign_type")
		if err := verified(&p.keys.platform.PublicKey, signed, form.Get("sign")); err == nil {
			t.Error("signed by the real key")
		}
	})
	t.Run("every state is told", func(t *testing.T) {
		for _, w := range p.Words() {
			pay := payment()
			pay.State, pay.Word = w.State, w.Text
			if form, err := send(t, p, book.PaymentNotice(pay, noon), noon); err != nil || form.Get("trade_status") != w.Text {
				t.Errorf("%s: %v, %v", w.Text, form, err)
			}
		}
	})
}

func TestARefundIsANoticeOfItsTrade(t *testing.T) {
	p := setup(t)
	for refunded, want := range map[int64][2]string{99: {"TRADE_SUCCESS", "0.99"}, 1099: {"TRADE_CLOSED", "10.99"}} {
		pay := payment()
		pay.Refunded = refunded
		form, err := send(t, p, book.RefundNotice(pay, book.Refund{Number: "P1-1", Amount: 99}, "", noon), noon)
		if err != nil || form.Get("trade_status") != want[0] || form.Get("refund_fee") != want[1] ||
			form.Get("out_biz_no") != "P1-1" || form.Get("gmt_refund") != "2026-11-23 12:00:00.000" {
			t.Errorf("%d: %v, %v", refunded, form, err)
		}
	}
}

func TestYuan(t *testing.T) {
	for minor, want := range map[int64]string{0: "0.00", 1: "0.01", 10: "0.10", 100: "1.00", 123456: "1234.56", -5: "-0.05"} {
		if got := yuan(minor); got != want {
			t.Errorf("%d is %s", minor, got)
		}
	}
	for text, want := range map[string]int64{"0.01": 1, "1": 100, "1.5": 150, "1234.56": 123456} {
		if got, err := fen(text); err != nil || got != want {
			t.Errorf("%s is %d, %v", text, got, err)
		}
	}
	for _, bad := range []string{"", "-1", "1.234", "1e3", "1,00", ".5", "1."} {
		if got, err := fen(bad); err == nil {
			t.Errorf("%q is %d", bad, got)
		}
	}
}

// request is a merchant's, signed by the words of the document.
func request(t *testing.T, p *Provider, method, content string) dialect.Request {
	t.Helper()
	form := url.Values{
		"app_id": {p.keys.AppID}, "method": {method}, "format": {"JSON"}, "charset": {"utf-8"}, "sign_type": {"RSA2"},
		"timestamp": {"2026-11-23 12:00:00"}, "version": {"1.0"}, "biz_content": {content},
	}
	signed, _ := text(t, form.Encode(), "sign")
	sum := sha256.Sum256([]byte(signed))
	signature, err := rsa.SignPKCS1v15(rand.Reader, p.keys.app, crypto.SHA256, sum[:])
	if err != nil {
		t.Fatal(err)
	}
	form.Set("sign", base64.StdEncoding.EncodeToString(signature))
	return dialect.Request{Method: http.MethodPost, Path: "/gateway.do", Body: []byte(form.Encode())}
}

func TestRequests(t *testing.T) {
	p := setup(t)
	t.Run("each operation is understood", func(t *testing.T) {
		for method, want := range operations {
			call, err := p.Read(request(t, p, method, `{"out_trade_no":"A1","trade_no":"T1","out_request_no":"P1-1","refund_amount":"0.99"}`), noon)
			if err != nil || call.Operation != want || call.OrderNumber != "A1" || call.TransactionID != "T1" {
				t.Errorf("%s: %+v, %v", method, call, err)
			}
			if want == dialect.Refund && (call.Refund.Amount != 99 || call.Refund.Number != "P1-1") {
				t.Errorf("%+v", call.Refund)
			}
		}
	})
	t.Run("a changed request is not the merchant's", func(t *testing.T) {
		r := request(t, p, "alipay.trade.refund", `{"out_trade_no":"A1","refund_amount":"0.99"}`)
		r.Body = []byte(strings.Replace(string(r.Body), "0.99", "9.99", 1))
		if _, err := p.Read(r, noon); !errors.Is(err, dialect.ErrUnsigned) {
			t.Errorf("%v", err)
		}
	})
	t.Run("parameters may be in the query", func(t *testing.T) {
		r := request(t, p, "alipay.trade.query", `{"out_trade_no":"A1"}`)
		form, err := url.ParseQuery(string(r.Body))
		if err != nil {
			t.Fatal(err)
		}
		r.Body = []byte(url.Values{"biz_content": form["biz_content"]}.Encode())
		form.Del("biz_content")
		r.Query = form
		if call, err := p.Read(r, noon); err != nil || call.OrderNumber != "A1" {
			t.Errorf("%+v, %v", call, err)
		}
	})
	t.Run("what is signed and makes no sense is told so", func(t *testing.T) {
		for method, content := range map[string]string{
			"alipay.trade.refund": `{"out_trade_no":"A1","refund_amount":"1e3"}`, "alipay.trade.query": `{}`,
			"alipay.trade.fastpay.refund.query": `{"out_trade_no":"A1"}`, "alipay.trade.close": `A1`,
		} {
			if _, err := p.Read(request(t, p, method, content), noon); !errors.Is(err, dialect.ErrMalformed) {
				t.Errorf("%s: %v", method, err)
			}
		}
		if _, err := p.Read(request(t, p, "alipay.trade.pay", `{"out_trade_no":"A1"}`), noon); !errors.Is(err, dialect.ErrNoRoute) {
			t.Errorf("%v", err)
		}
	})
}

func TestAnswersAreSignedAsTheyAreSent(t *testing.T) {
	p := setup(t)
	paid := payment()
	paid.Refunded = 99
	r := book.Refund{Number: "P1-1", TransactionID: "T1", Amount: 99, State: book.RefundConfirmed, SettledAt: noon}
	pending, failed := r, r
	pending.State, failed.State = book.RefundPending, book.RefundFailed
	res := func(r book.Refund) dialect.Result {
		return dialect.Result{Payments: []book.Payment{paid}, Refunds: []book.Refund{r}}
	}
	repeated := res(r)
	repeated.Repeated = true
	for _, c := range []struct {
		name   string
		method string
		res    dialect.Result
		want   map[string]any
	}{
		{"a refund", "alipay.trade.refund", res(r), map[string]any{"code": "10000", "fund_change": "Y", "refund_fee": "0.99"}},
		{"a repeat", "alipay.trade.refund", repeated, map[string]any{"code": "10000", "fund_change": "N", "refund_fee": "0.99"}},
		{"one on its way", "alipay.trade.refund", res(pending), map[string]any{"code": "10000", "fund_change": "N"}},
		{"one that failed", "alipay.trade.refund", res(failed), map[string]any{"code": "40004", "sub_code": "ACQ.TRADE_HAS_FINISHED"}},
		{"asked about", "alipay.trade.fastpay.refund.query", res(r), map[string]any{"refund_status": "REFUND_SUCCESS", "refund_amount": "0.99", "total_amount": "10.99"}},
		{"asked about on its way", "alipay.trade.fastpay.refund.query", res(pending), map[string]any{"code": "10000", "refund_status": nil}},
		{"asked about and unknown", "alipay.trade.fastpay.refund.query", dialect.Result{Err: book.ErrUnknownRefund}, map[string]any{"code": "10000", "refund_status": nil}},
		{"a query", "alipay.trade.query", res(r), map[string]any{"trade_status": "TRADE_SUCCESS", "total_amount": "10.99", "send_pay_date": "2026-11-23 12:00:00"}},
		{"an unknown trade", "alipay.trade.query", dialect.Result{Err: book.ErrUnknownPayment}, map[string]any{"code": "40004", "sub_code": "ACQ.TRADE_NOT_EXIST"}},
		{"closing a paid one", "alipay.trade.close", dialect.Result{Err: book.ErrPaid}, map[string]any{"code": "40004", "sub_code": "ACQ.TRADE_STATUS_ERROR"}},
		{"a fault", "alipay.trade.close", dialect.Result{Err: errors.New("disk full")}, map[string]any{"code": "20000"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			call := dialect.Call{Operation: operations[c.method], Form: answerName(c.method)}
			reply, err := p.Answer(call, c.res, noon)
			if err != nil {
				t.Fatal(err)
			}
			var outer map[string]json.RawMessage
			var sign string
			var got map[string]any
			err = errors.Join(json.Unmarshal(reply.Body, &outer), json.Unmarshal(outer["sign"], &sign), json.Unmarshal(outer[call.Form], &got))
			if err != nil {
				t.Fatalf("%s: %v", reply.Body, err)
			}
			if err := verified(&p.keys.platform.PublicKey, string(outer[call.Form]), sign); err != nil {
				t.Error(err)
			}
			for name, want := range c.want {
				if got[name] != want {
					t.Errorf("%s is %v, want %v", name, got[name], want)
				}
			}
		})
	}
}

func TestOnlySevenCharactersAreTaken(t *testing.T) {
	p := setup(t)
	for body, want := range map[string]bool{"success": true, "success\n": false, "SUCCESS": false, "<b>success</b>": false, "": false} {
		if p.Taken(deliver.Answer{Status: 200, Body: body}) != want {
			t.Errorf("%q", body)
		}
	}
	if p.Taken(deliver.Answer{Status: 503, Body: "success"}) {
		t.Error("503 is taken")
	}
}
