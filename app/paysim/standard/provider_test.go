package standard

import (
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stockonce/stockonce/app/paysim/book"
	"github.com/stockonce/stockonce/app/paysim/dialect"
)

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

func TestNoticesOfTheProvider(t *testing.T) {
	p := New(NewKeys())
	pay := book.Payment{OrderNumber: "A1", TransactionID: "T1", Amount: 1099, Currency: "CNY", State: book.Paid, PaidAt: noon}
	send := func(n book.Notice, at time.Time) (http.Header, map[string]any) {
		t.Helper()
		request, err := p.Notice(n)
		if err != nil {
			t.Fatal(err)
		}
		h, body := request(at)
		if want := p.keys.Notice.Sign(h.Get("Webhook-Id"), at, body); h.Get("Webhook-Signature") != want {
			t.Errorf("%v, want %s", h, want)
		}
		var told map[string]any
		if err := json.Unmarshal(body, &told); err != nil {
			t.Fatal(err)
		}
		return h, told
	}
	t.Run("a payment", func(t *testing.T) {
		n := book.PaymentNotice(pay, noon)
		first, told := send(n, noon)
		again, _ := send(n, noon.Add(time.Hour))
		if first.Get("Webhook-Id") != again.Get("Webhook-Id") || told["state"] != "paid" || told["amount"] != 1099.0 || told["orderNumber"] != "A1" {
			t.Errorf("%v %v %v", first, again, told)
		}
	})
	t.Run("a refund", func(t *testing.T) {
		for state, want := range map[book.RefundState]string{
			book.RefundConfirmed: "refunded", book.RefundPending: "refund_pending", book.RefundFailed: "refund_failed",
		} {
			r := book.Refund{ID: "rfd_1", Number: "P1-1", TransactionID: "T1", OrderNumber: "A1", Amount: 99, Currency: "CNY", State: state}
			_, told := send(book.RefundNotice(pay, r, "", noon), noon)
			if told["state"] != want || told["refundNumber"] != "P1-1" || told["refundId"] != "rfd_1" || told["amount"] != 99.0 || told["transactionId"] != "T1" {
				t.Errorf("%s: %v", state, told)
			}
		}
	})
}

func request(p *Provider, path, body string, at time.Time) dialect.Request {
	return dialect.Request{Method: http.MethodPost, Path: path, Body: []byte(body), Header: http.Header{
		"Webhook-Id": {"x"}, "Webhook-Timestamp": {strconv.FormatInt(at.Unix(), 10)},
		"Webhook-Signature": {"v1,other " + p.keys.API.Sign("x", at, []byte(body))},
	}}
}

func TestRequestsToTheProvider(t *testing.T) {
	p := New(NewKeys())
	const refund = `{"refundNumber":"P1-1","transactionId":"T1","orderNumber":"A1","amount":99,"currency":"CNY","paid":1099,"reason":"late"}`
	t.Run("each operation is understood", func(t *testing.T) {
		for path, want := range operations {
			if call, err := p.Read(request(p, path, refund, noon), noon); err != nil || call.Operation != want || call.OrderNumber != "A1" {
				t.Errorf("%s: %+v, %v", path, call, err)
			}
		}
	})
	t.Run("the signature covers body and time", func(t *testing.T) {
		bad := request(p, "/refunds", refund, noon)
		bad.Body = []byte(strings.Replace(refund, "99", "98", 1))
		if _, err := p.Read(bad, noon); !errors.Is(err, dialect.ErrUnsigned) {
			t.Errorf("%v", err)
		}
		for _, away := range []time.Duration{-301 * time.Second, 301 * time.Second} {
			if _, err := p.Read(request(p, "/refunds", refund, noon), noon.Add(away)); !errors.Is(err, dialect.ErrUnsigned) {
				t.Errorf("%v away: %v", away, err)
			}
		}
	})
	t.Run("without a key for its API nobody is let in", func(t *testing.T) {
		half := New(&Keys{Notice: NewKey()})
		if _, err := half.Read(request(half, "/refunds", refund, noon), noon); !errors.Is(err, dialect.ErrUnsigned) {
			t.Errorf("%v", err)
		}
	})
	t.Run("what makes no sense is told so", func(t *testing.T) {
		for _, body := range []string{"", "[]", `{}`, `{"orderNumber":"A1"}`, strings.Replace(refund, "99", "0.99", 1), strings.Replace(refund, "99", "-99", 1)} {
			if _, err := p.Read(request(p, "/refunds", body, noon), noon); !errors.Is(err, dialect.ErrMalformed) {
				t.Errorf("%s: %v", body, err)
			}
		}
	})
}
