package sim

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stockonce/stockonce/app/paysim/book"
	"github.com/stockonce/stockonce/app/paysim/deliver"
	"github.com/stockonce/stockonce/app/paysim/keyfile"
)

// merchant asks the standard provider's API, with a signature of its own few lines.
type merchant struct {
	*Server
	url    string
	secret []byte
}

func open(t *testing.T, o Options) *merchant {
	t.Helper()
	s := fresh(t, o, func(string) deliver.Answer { return deliver.Answer{Status: 200} })
	web := httptest.NewServer(s)
	t.Cleanup(web.Close)
	set, err := keys()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := set.Write(keyfile.Place{Dir: dir, API: web.URL, Callback: "http://127.0.0.1:8000"}); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(dir, "standard-api.secret"))
	if err != nil {
		t.Fatal(err)
	}
	secret, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(strings.TrimSpace(string(text)), "whsec_"))
	if err != nil {
		t.Fatal(err)
	}
	return &merchant{Server: s, url: web.URL, secret: secret}
}

type answered struct {
	status int
	text   string
	State  string
	Amount int64
	Error  string
}

func (m *merchant) ask(t *testing.T, path string, body map[string]any) (answered, error) {
	t.Helper()
	text, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	at := time.Now().Unix()
	mac := hmac.New(sha256.New, m.secret)
	fmt.Fprintf(mac, "id.%d.%s", at, text)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, m.url+path, bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Webhook-Id", "id")
	req.Header.Set("Webhook-Timestamp", fmt.Sprint(at))
	req.Header.Set("Webhook-Signature", "v1,"+base64.StdEncoding.EncodeToString(mac.Sum(nil)))
	res, err := (&http.Client{Timeout: time.Second}).Do(req)
	if err != nil {
		return answered{}, err
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(res.Body)
	a := answered{status: res.StatusCode, text: string(answer)}
	_ = json.Unmarshal(answer, &a) // garbage is part of the play
	return a, err
}

func (m *merchant) refund(t *testing.T, p book.Payment, number string, amount int64) (answered, error) {
	t.Helper()
	return m.ask(t, "/standard/refunds", map[string]any{
		"refundNumber": number, "transactionId": p.TransactionID, "orderNumber": p.OrderNumber,
		"amount": amount, "currency": p.Currency, "paid": p.Amount, "reason": "late",
	})
}

func (m *merchant) fault(t *testing.T, f Fault) {
	t.Helper()
	if err := m.Fault(f); err != nil {
		t.Fatal(err)
	}
}

func TestRefundsThroughTheAPI(t *testing.T) {
	t.Run("a refund is paid once however often it is asked for", func(t *testing.T) {
		m := open(t, Options{})
		p := paid(t, m.Server, "standard", "A1")
		for range 3 {
			if a, err := m.refund(t, p, "R1", 99); err != nil || a.State != "confirmed" || a.Amount != 99 {
				t.Errorf("%+v, %v", a, err)
			}
		}
		if got := m.Payments()[0].Refunded; got != 99 || len(m.Refunds()) != 1 {
			t.Errorf("%d refunded by %d refunds", got, len(m.Refunds()))
		}
	})
	t.Run("it never exceeds what was paid", func(t *testing.T) {
		m := open(t, Options{})
		p := paid(t, m.Server, "standard", "A1")
		_, _ = m.refund(t, p, "R1", 1000)
		if a, err := m.refund(t, p, "R2", 100); err != nil || a.State != "failed" || len(m.Refunds()) != 1 {
			t.Errorf("%+v, %v", a, err)
		}
	})
	t.Run("one that was confirmed is reported", func(t *testing.T) {
		m := open(t, Options{})
		p := paid(t, m.Server, "standard", "A1")
		_, _ = m.refund(t, p, "R1", 99)
		if d := m.Deliveries(); len(d) != 2 || d[1].Refund == nil || d[1].Refund.Number != "R1" {
			t.Errorf("%+v", d)
		}
	})
	t.Run("with a delay it is pending first", func(t *testing.T) {
		m := open(t, Options{RefundDelay: time.Hour})
		p := paid(t, m.Server, "standard", "A1")
		if a, err := m.refund(t, p, "R1", 99); err != nil || a.State != "pending" {
			t.Errorf("%+v, %v", a, err)
		}
		if r := m.Refunds()[0]; time.Until(r.Due) < 59*time.Minute || len(m.Deliveries()) != 1 {
			t.Errorf("%+v, %d deliveries", r, len(m.Deliveries()))
		}
	})
	t.Run("a request that is not signed does nothing", func(t *testing.T) {
		m := open(t, Options{})
		p := paid(t, m.Server, "standard", "A1")
		m.secret = []byte("another secret of at least 24 bytes")
		if a, err := m.refund(t, p, "R1", 99); err != nil || a.status != 401 || len(m.Refunds()) != 0 {
			t.Errorf("%+v, %v", a, err)
		}
	})
	t.Run("a request that is too long is refused", func(t *testing.T) {
		m := open(t, Options{})
		if a, err := m.ask(t, "/standard/refunds", map[string]any{"orderNumber": strings.Repeat("x", maxBody)}); err != nil || a.status != 413 {
			t.Errorf("%d, %v", a.status, err)
		}
	})
}

func TestQueriesAndClosings(t *testing.T) {
	m := open(t, Options{})
	order := map[string]any{"orderNumber": "A1"}
	state := func(path string) string {
		t.Helper()
		a, err := m.ask(t, path, order)
		if err != nil || a.status != 200 {
			t.Fatalf("%s: %+v, %v", path, a, err)
		}
		return a.State
	}
	if got := state("/standard/payments/query"); got != "unknown" {
		t.Errorf("before: %s", got)
	}
	if got := state("/standard/payments/close"); got != "unknown" {
		t.Errorf("closing nothing: %s", got)
	}
	if _, err := m.Pay(t.Context(), Payment{Provider: "standard", OrderNumber: "A1", Amount: 100, State: "pending", Silent: true}); err != nil {
		t.Fatal(err)
	}
	if got := state("/standard/payments/query"); got != "pending" {
		t.Errorf("begun: %s", got)
	}
	if got := state("/standard/payments/close"); got != "closed" {
		t.Errorf("closing: %s", got)
	}
	if _, err := m.Pay(t.Context(), Payment{Provider: "standard", OrderNumber: "A1", Amount: 100}); !errors.Is(err, book.ErrClosed) {
		t.Errorf("a closed trade is paid: %v", err)
	}
	order["orderNumber"] = "A2"
	paid(t, m.Server, "standard", "A2")
	if got := state("/standard/payments/close"); got != "paid" {
		t.Errorf("closing what is paid: %s", got)
	}
}

func TestFaults(t *testing.T) {
	for _, c := range []struct {
		kind     FaultKind
		refunds  int // done although
		expected func(answered, error) bool
	}{
		{Timeout, 0, func(_ answered, err error) bool { return err != nil }},
		{Status500, 0, func(a answered, _ error) bool { return a.status == 500 }},
		{Garbage, 0, func(a answered, _ error) bool { return a.status == 200 && strings.HasPrefix(a.text, "<html>") }},
		{NotFound, 0, func(a answered, _ error) bool { return a.status == 404 }},
		{AlreadyRefunded, 0, func(a answered, _ error) bool { return a.State == "failed" }},
		{WrongAmount, 1, func(a answered, _ error) bool { return a.State == "confirmed" && a.Amount == 100 }},
		{Drop, 1, func(_ answered, err error) bool { return err != nil }},
		{Pending, 1, func(a answered, _ error) bool { return a.State == "pending" }},
		{Failed, 1, func(a answered, _ error) bool { return a.State == "failed" }},
	} {
		t.Run(string(c.kind)+" happens once, and the next answer is right", func(t *testing.T) {
			m := open(t, Options{})
			p := paid(t, m.Server, "standard", "A1")
			m.fault(t, Fault{Provider: "standard", Operation: "refund", Kind: c.kind, Times: 1})
			a, err := m.refund(t, p, "R1", 99)
			if !c.expected(a, err) || len(m.Refunds()) != c.refunds {
				t.Errorf("%+v, %v, %d refunds", a, err, len(m.Refunds()))
			}
			number := "R1"
			if c.kind == Failed || c.kind == Pending { // that lasts
				number = "R2"
			}
			if a, err := m.refund(t, p, number, 99); err != nil || a.State != "confirmed" || a.Amount != 99 {
				t.Errorf("then %+v, %v", a, err)
			}
			if back := m.Payments()[0].Refunded; back != 99 {
				t.Errorf("%d went back", back)
			}
		})
	}
	t.Run("a pending refund can be made to fail", func(t *testing.T) {
		m := open(t, Options{})
		p := paid(t, m.Server, "standard", "A1")
		m.fault(t, Fault{Provider: "standard", Operation: "refund", Kind: Pending, Times: 1})
		_, _ = m.refund(t, p, "R1", 99)
		if _, err := m.Settle(t.Context(), "standard", m.Refunds()[0].ID, book.RefundFailed, "account closed"); err != nil {
			t.Fatal(err)
		}
		if a, err := m.refund(t, p, "R1", 99); err != nil || a.State != "failed" || m.Payments()[0].Refunding != 0 {
			t.Errorf("%+v, %v", a, err)
		}
	})
	t.Run("faults happen in order, and can be taken back", func(t *testing.T) {
		m := open(t, Options{})
		m.fault(t, Fault{Provider: "standard", Operation: "query", Kind: Status500, Times: 1})
		m.fault(t, Fault{Provider: "standard", Operation: "query", Kind: Garbage, Times: 5})
		if a, _ := m.ask(t, "/standard/payments/query", map[string]any{"orderNumber": "A1"}); a.status != 500 {
			t.Errorf("%+v", a)
		}
		m.fault(t, Fault{Provider: "standard", Operation: "query"})
		if a, _ := m.ask(t, "/standard/payments/query", map[string]any{"orderNumber": "A1"}); a.State != "unknown" {
			t.Errorf("%+v", a)
		}
	})
	t.Run("what cannot happen is refused", func(t *testing.T) {
		m := open(t, Options{})
		for _, f := range []Fault{
			{Provider: "paypal", Operation: "query", Kind: Garbage, Times: 1},
			{Provider: "standard", Operation: "pay", Kind: Garbage, Times: 1},
			{Provider: "standard", Operation: "close", Kind: WrongAmount, Times: 1},
			{Provider: "standard", Operation: "query", Kind: BadSignature, Times: 1},
			{Provider: "standard", Operation: "query", Kind: Garbage, Times: -1},
		} {
			if err := m.Fault(f); err == nil {
				t.Errorf("%+v is taken", f)
			}
		}
	})
}

func TestRefundsThatBeginAtTheProvider(t *testing.T) {
	for _, provider := range []string{"standard", "wechatpay", "alipay", "stripe"} {
		m := open(t, Options{})
		paid(t, m.Server, provider, "A1")
		part, err := m.Refund(t.Context(), Refund{Provider: provider, OrderNumber: "A1", Amount: 99})
		if err != nil || part.State != book.RefundConfirmed || part.Number != "" || part.ID == "" {
			t.Errorf("%s: %+v, %v", provider, part, err)
		}
		rest, err := m.Refund(t.Context(), Refund{Provider: provider, OrderNumber: "A1", Silent: true})
		if err != nil || rest.Amount != 1000 {
			t.Errorf("%s: %+v, %v", provider, rest, err)
		}
		d, _ := m.Dialect(provider)
		if want := 1 + len(d.RefundEvents(part)); len(m.Deliveries()) != want {
			t.Errorf("%s: %d deliveries, want %d", provider, len(m.Deliveries()), want)
		}
	}
}

func TestControl(t *testing.T) {
	m := open(t, Options{})
	call := func(method, path, kind, body string) (int, string) {
		t.Helper()
		req, err := http.NewRequestWithContext(t.Context(), method, m.url+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", kind)
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		text, err := io.ReadAll(res.Body)
		if err != nil {
			t.Fatal(err)
		}
		return res.StatusCode, string(text)
	}
	const asJSON = "application/json"
	for _, c := range []struct {
		method, path, kind, body string
		status                   int
		says                     string
	}{
		{"POST", "/sim/pay", asJSON, `{"provider":"wechatpay","orderNumber":"A1","amount":100,"transactionId":"T1"}`, 200, `"state":"paid"`},
		{"POST", "/sim/pay", asJSON, `{"provider":"alipay","orderNumber":"A2","amount":100,"state":"WAIT_BUYER_PAY","notify":false}`, 200, `"word":"WAIT_BUYER_PAY"`},
		{"POST", "/sim/pay", asJSON, `{"provider":"wechatpay","orderNumber":"A1","amount":101,"transactionId":"T1"}`, 409, "other content"},
		{"POST", "/sim/pay", asJSON, `{"provider":"paypal","orderNumber":"A1","amount":100}`, 400, "paypal"},
		{"POST", "/sim/pay", asJSON, `{"provider":"alipay","orderNumber":"A1","amount":100,"state":"SUCCESS"}`, 400, "TRADE_SUCCESS"},
		{"POST", "/sim/pay", asJSON, `{"provider":"alipay","orderNumber":"A1","amount":1.5}`, 400, "amount"},
		{"POST", "/sim/pay", asJSON, `{"provider":"alipay","orderNumber":"A1"}`, 400, "amount above zero"},
		{"POST", "/sim/pay", asJSON, `{"price":1}`, 400, "price"},
		{"POST", "/sim/pay", "text/plain", `{}`, 415, asJSON},
		{"POST", "/sim/refund", asJSON, `{"provider":"wechatpay","orderNumber":"A1","amount":40}`, 200, `"amount":40`},
		{"POST", "/sim/refund", asJSON, `{"provider":"wechatpay","transactionId":"T1","amount":61}`, 409, "left"},
		{"POST", "/sim/refund", asJSON, `{"provider":"wechatpay","transactionId":"T9"}`, 404, "no such payment"},
		{"POST", "/sim/settle", asJSON, `{"provider":"wechatpay","refundId":"?","state":"confirmed"}`, 404, "no such refund"},
		{"POST", "/sim/fault", asJSON, `{"provider":"stripe","operation":"refund","fault":"timeout"}`, 200, `"times":1`},
		{"GET", "/sim/payments?provider=wechatpay", "", "", 200, `"refunded":40`},
		{"GET", "/sim/payments?order=A9", "", "", 200, `{"payments":[]}`},
		{"GET", "/sim/refunds?transaction=T1", "", "", 200, `"amount":40`},
		{"GET", "/sim/deliveries?order=A1", "", "", 200, `"state":"waiting"`},
		{"GET", "/sim/deliveries?order=A2", "", "", 200, `{"deliveries":[]}`},
		{"GET", "/sim/pay", "", "", 405, ""},
	} {
		if status, text := call(c.method, c.path, c.kind, c.body); status != c.status || !strings.Contains(text, c.says) {
			t.Errorf("%s %s %s: %d %s", c.method, c.path, c.body, status, text)
		}
	}
}
