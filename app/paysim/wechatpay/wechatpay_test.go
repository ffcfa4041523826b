package wechatpay

import (
	"crypto"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
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
		Provider: "wechatpay", OrderNumber: "A1", TransactionID: "T1", Amount: 1099, Currency: "CNY",
		State: book.Paid, CreatedAt: noon, PaidAt: noon,
	}
}

// verified checks by the words of the document who signed a message.
func verified(key *rsa.PublicKey, h http.Header, body []byte) error {
	signature, err := base64.StdEncoding.DecodeString(h.Get("Wechatpay-Signature"))
	if err != nil {
		return err
	}
	sum := sha256.Sum256([]byte(fmt.Sprintf("%s\n%s\n%s\n", h.Get("Wechatpay-Timestamp"), h.Get("Wechatpay-Nonce"), body)))
	return rsa.VerifyPKCS1v15(key, crypto.SHA256, sum[:], signature)
}

// opened decrypts what a notice tells.
func opened(t *testing.T, p *Provider, body []byte) (event string, told map[string]any) {
	t.Helper()
	var n struct {
		EventType string `json:"event_type"`
		Resource  struct {
			Algorithm, Ciphertext, Nonce string
			Type                         string `json:"original_type"`
			Data                         string `json:"associated_data"`
		}
	}
	if err := json.Unmarshal(body, &n); err != nil {
		t.Fatal(err)
	}
	block, err := aes.NewCipher(p.keys.apiV3)
	if err != nil {
		t.Fatal(err)
	}
	gcm, err := cipher.NewGCM(block)
	if err != nil {
		t.Fatal(err)
	}
	sealed, err := base64.StdEncoding.DecodeString(n.Resource.Ciphertext)
	if err != nil {
		t.Fatal(err)
	}
	text, err := gcm.Open(nil, []byte(n.Resource.Nonce), sealed, []byte(n.Resource.Data))
	if err != nil || len(n.Resource.Nonce) != 12 || n.Resource.Algorithm != "AEAD_AES_256_GCM" {
		t.Fatalf("%+v: %v", n, err)
	}
	if err := json.Unmarshal(text, &told); err != nil {
		t.Fatal(err)
	}
	return n.Resource.Type + " " + n.EventType, told
}

func notice(t *testing.T, p *Provider, n book.Notice) deliver.Request {
	t.Helper()
	request, err := p.Notice(n)
	if err != nil {
		t.Fatal(err)
	}
	return request
}

func TestPaymentNotice(t *testing.T) {
	p := setup(t)
	request := notice(t, p, book.PaymentNotice(payment(), noon))
	h, body := request(noon)

	t.Run("its signature is the platform key's, under the key's id", func(t *testing.T) {
		if err := verified(&p.keys.platform.PublicKey, h, body); err != nil {
			t.Error(err)
		}
		if id := h.Get("Wechatpay-Serial"); !strings.HasPrefix(id, "PUB_KEY_ID_") || h.Get("Wechatpay-Timestamp") != "1795406400" {
			t.Errorf("%v", h)
		}
	})
	t.Run("in certificate mode it names the certificate", func(t *testing.T) {
		h, body := notice(t, p.ByCertificate(), book.PaymentNotice(payment(), noon))(noon)
		key, _ := p.keys.certificate.PublicKey.(*rsa.PublicKey)
		if err := verified(key, h, body); err != nil || h.Get("Wechatpay-Serial") != fmt.Sprintf("%X", p.keys.certificate.SerialNumber) {
			t.Errorf("%v, %v", h, err)
		}
	})
	t.Run("each try has the same body, signed anew", func(t *testing.T) {
		later, again := request(noon.Add(time.Minute))
		if string(again) != string(body) || later.Get("Wechatpay-Nonce") == h.Get("Wechatpay-Nonce") ||
			later.Get("Wechatpay-Timestamp") == h.Get("Wechatpay-Timestamp") {
			t.Errorf("%v, %v", h, later)
		}
		if err := verified(&p.keys.platform.PublicKey, later, again); err != nil {
			t.Error(err)
		}
	})
	t.Run("it tells what the document says", func(t *testing.T) {
		event, told := opened(t, p, body)
		amount, _ := told["amount"].(map[string]any)
		if event != "transaction TRANSACTION.SUCCESS" || told["mchid"] != testMchID || told["appid"] != testAppID ||
			told["out_trade_no"] != "A1" || told["transaction_id"] != "T1" || told["trade_state"] != "SUCCESS" ||
			amount["total"] != 1099.0 || amount["currency"] != "CNY" || told["success_time"] != "2026-11-23T12:00:00+08:00" {
			t.Errorf("%s %v", event, told)
		}
	})
	t.Run("a forged one tells the same and is signed by another", func(t *testing.T) {
		forged, err := p.Forged()
		if err != nil {
			t.Fatal(err)
		}
		request, err := forged.Notice(book.PaymentNotice(payment(), noon))
		if err != nil {
			t.Fatal(err)
		}
		h, body := request(noon)
		if err := verified(&p.keys.platform.PublicKey, h, body); err == nil {
			t.Error("signed by the real key")
		}
		if _, told := opened(t, p, body); told["out_trade_no"] != "A1" {
			t.Errorf("%v", told)
		}
	})
}

func TestEveryStateIsTold(t *testing.T) {
	p := setup(t)
	for _, w := range p.Words() {
		pay := payment()
		pay.State, pay.Word = w.State, w.Text
		_, body := notice(t, p, book.PaymentNotice(pay, noon))(noon)
		_, told := opened(t, p, body)
		if _, has := told["transaction_id"]; told["trade_state"] != w.Text || has != (w.State == book.Paid) {
			t.Errorf("%s: %v", w.Text, told)
		}
	}
}

func TestRefundNotice(t *testing.T) {
	p := setup(t)
	for state, event := range map[book.RefundState]string{
		book.RefundConfirmed: "refund REFUND.SUCCESS", book.RefundFailed: "refund REFUND.CLOSED",
	} {
		r := book.Refund{ID: "W1", Number: "P1-1", TransactionID: "T1", OrderNumber: "A1", Amount: 99, State: state, SettledAt: noon}
		_, body := notice(t, p, book.RefundNotice(payment(), r, "", noon))(noon)
		got, told := opened(t, p, body)
		amount, _ := told["amount"].(map[string]any)
		if got != event || told["out_refund_no"] != "P1-1" || told["refund_id"] != "W1" ||
			amount["refund"] != 99.0 || amount["total"] != 1099.0 || told["mchid"] != testMchID {
			t.Errorf("%s: %s %v", state, got, told)
		}
	}
}

// signed is a merchant's request, signed by the words of the document.
func signed(t *testing.T, p *Provider, method, target, body string, at time.Time) dialect.Request {
	t.Helper()
	message := fmt.Sprintf("%s\n%s\n%d\nnonce\n%s\n", method, target, at.Unix(), body)
	sum := sha256.Sum256([]byte(message))
	signature, err := rsa.SignPKCS1v15(rand.Reader, p.keys.merchant, crypto.SHA256, sum[:])
	if err != nil {
		t.Fatal(err)
	}
	path, query, _ := strings.Cut(strings.TrimPrefix(target, "/wechatpay"), "?")
	values := map[string][]string{}
	if name, value, ok := strings.Cut(query, "="); ok {
		values[name] = []string{value}
	}
	return dialect.Request{Method: method, Path: path, Target: target, Query: values, Body: []byte(body), Header: http.Header{
		"Authorization": {fmt.Sprintf(`WECHATPAY2-SHA256-RSA2048 mchid="%s",nonce_str="nonce",signature="%s",timestamp="%d",serial_no="%X"`,
			p.keys.MchID, base64.StdEncoding.EncodeToString(signature), at.Unix(), p.keys.merchantCert.SerialNumber)},
	}}
}

const refundBody = `{"transaction_id":"T1","out_refund_no":"P1-1","amount":{"refund":99,"total":1099,"currency":"CNY"}}`

func TestRequests(t *testing.T) {
	p := setup(t)
	t.Run("each operation is understood", func(t *testing.T) {
		for _, c := range []struct {
			method, target, body string
			want                 dialect.Operation
		}{
			{"POST", "/wechatpay/v3/refund/domestic/refunds", refundBody, dialect.Refund},
			{"GET", "/wechatpay/v3/refund/domestic/refunds/P1-1", "", dialect.RefundQuery},
			{"GET", "/wechatpay/v3/pay/transactions/out-trade-no/A1?mchid=" + testMchID, "", dialect.Query},
			{"POST", "/wechatpay/v3/pay/transactions/out-trade-no/A1/close", `{"mchid":"` + testMchID + `"}`, dialect.Close},
		} {
			call, err := p.Read(signed(t, p, c.method, c.target, c.body, noon), noon)
			if err != nil || call.Operation != c.want {
				t.Errorf("%s %s: %+v, %v", c.method, c.target, call, err)
			}
		}
	})
	t.Run("the signature covers method, address, time and body", func(t *testing.T) {
		good := signed(t, p, "POST", "/wechatpay/v3/refund/domestic/refunds", refundBody, noon)
		for name, change := range map[string]func(*dialect.Request){
			"method":  func(r *dialect.Request) { r.Method = "PUT" },
			"address": func(r *dialect.Request) { r.Target = "/v3/refund/domestic/refunds" },
			"body":    func(r *dialect.Request) { r.Body = []byte(strings.Replace(refundBody, "99", "98", 1)) },
			"header":  func(r *dialect.Request) { r.Header = http.Header{} },
		} {
			bad := good
			change(&bad)
			if _, err := p.Read(bad, noon); !errors.Is(err, dialect.ErrUnsigned) {
				t.Errorf("another %s: %v", name, err)
			}
		}
		if _, err := p.Read(good, noon.Add(6*time.Minute)); !errors.Is(err, dialect.ErrUnsigned) {
			t.Errorf("six minutes later: %v", err)
		}
	})
	t.Run("what is signed and makes no sense is told so", func(t *testing.T) {
		for target, want := range map[string]error{
			"/wechatpay/v3/pay/transactions/out-trade-no/A1":             dialect.ErrMalformed,
			"/wechatpay/v3/pay/transactions/out-trade-no/A1?mchid=12345": dialect.ErrForeign,
			"/wechatpay/v3/certificates":                                 dialect.ErrNoRoute,
		} {
			if _, err := p.Read(signed(t, p, "GET", target, "", noon), noon); !errors.Is(err, want) {
				t.Errorf("%s: %v", target, err)
			}
		}
	})
}

func TestAnswersAreSigned(t *testing.T) {
	p := setup(t)
	r := book.Refund{ID: "W1", Number: "P1-1", TransactionID: "T1", OrderNumber: "A1", Amount: 99, Currency: "CNY", State: book.RefundConfirmed, SettledAt: noon}
	paid := []book.Payment{payment()}
	for _, c := range []struct {
		operation dialect.Operation
		res       dialect.Result
		status    int
		says      string
	}{
		{dialect.Refund, dialect.Result{Payments: paid, Refunds: []book.Refund{r}}, 200, `"status":"SUCCESS"`},
		{dialect.Query, dialect.Result{Payments: paid}, 200, `"trade_state":"SUCCESS"`},
		{dialect.Close, dialect.Result{Payments: paid}, 204, ""},
		{dialect.Query, dialect.Result{Err: book.ErrUnknownPayment}, 404, "ORDER_NOT_EXIST"},
		{dialect.Refund, dialect.Result{Err: book.ErrUnknownPayment}, 404, "RESOURCE_NOT_EXISTS"},
		{dialect.RefundQuery, dialect.Result{Err: book.ErrUnknownRefund}, 404, "RESOURCE_NOT_EXISTS"},
		{dialect.Refund, dialect.Result{Err: book.ErrRefunded}, 400, "INVALID_REQUEST"},
		{dialect.Close, dialect.Result{Err: book.ErrPaid}, 400, "ORDERPAID"},
		{dialect.Query, dialect.Result{Err: dialect.ErrUnsigned}, 401, "SIGN_ERROR"},
		{dialect.Refund, dialect.Result{Err: errors.New("disk full")}, 500, "SYSTEM_ERROR"},
	} {
		reply, err := p.Answer(dialect.Call{Operation: c.operation}, c.res, noon)
		if err != nil || reply.Status != c.status || !strings.Contains(string(reply.Body), c.says) {
			t.Errorf("%s: %d %s, %v", c.operation, reply.Status, reply.Body, err)
		}
		if err := verified(&p.keys.platform.PublicKey, reply.Header, reply.Body); err != nil {
			t.Errorf("%s %d: %v", c.operation, c.status, err)
		}
	}
}

func TestOnlyTwoStatusesAreTaken(t *testing.T) {
	p := setup(t)
	for status, want := range map[int]bool{200: true, 204: true, 201: false, 202: false, 302: false, 401: false, 500: false} {
		if p.Taken(deliver.Answer{Status: status}) != want {
			t.Errorf("%d", status)
		}
	}
}
