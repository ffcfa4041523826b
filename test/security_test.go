package test

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stockonce/stockonce/app/paysim/alipay"
	"github.com/stockonce/stockonce/app/paysim/book"
	"github.com/stockonce/stockonce/app/paysim/dialect"
	"github.com/stockonce/stockonce/app/paysim/keyset"
	"github.com/stockonce/stockonce/app/paysim/stripe"
	"github.com/stockonce/stockonce/app/paysim/wechatpay"
	"github.com/stockonce/stockonce/test/harness"
	"github.com/stockonce/stockonce/test/harness/audit"
	"github.com/stockonce/stockonce/test/harness/shop"
)

// TestCallbackSecurity is what facts of payment providers ask of the callback's edge,
// with each of them.
func TestCallbackSecurity(t *testing.T) {
	onEachDatabase(t, nil, func(t *testing.T, m *market) {
		ctx := within(t, 4*time.Minute)
		m.stock(ctx, t, 1_000_000, "A")
		for _, provider := range providers {
			t.Run(provider, func(t *testing.T) {
				for _, scenario := range []struct {
					name string
					play func(context.Context, *testing.T, *market, string)
				}{
					{"the same notice many times at once has one effect", manyTimes},
					{"a forged notice is refused and leaves nothing but a count", forged},
					{"an old or future notice is refused, the same one signed now is taken", replayed},
					{"with a clock ten minutes off all is refused, and nothing is lost once it is right", clockSkew},
					{"another merchant's notice is refused and pays nothing", foreignMerchant},
					{"only a paid state pays", notPaid},
					{"a body that something on the way wrote anew is refused", rewritten},
					{"a body too long or packed is refused", tooLong},
				} {
					t.Run(scenario.name, func(t *testing.T) { scenario.play(ctx, t, m, provider) })
				}
			})
		}
		t.Run("two events of one trade are one payment", func(t *testing.T) { twoEvents(ctx, t, m) })
		m.closeBooks(ctx, t)
	})
}

func manyTimes(ctx context.Context, t *testing.T, m *market, provider string) {
	const times = 100
	o := m.orderWith(ctx, t, provider, "A")
	d := m.dialect(t, provider)
	n := paid(d, o)
	var sending sync.WaitGroup
	for range times {
		sending.Go(func() {
			for ctx.Err() == nil { // 503 is sent again, as by a provider
				switch status, body := m.call(ctx, t, provider, signed(t, d, n, time.Now())); {
				case status/100 == 2:
					return
				case status != http.StatusServiceUnavailable:
					t.Errorf("answered %d %s", status, body)
					return
				}
			}
		})
	}
	sending.Wait()
	m.wantStatus(ctx, t, o.Number, "FULFILLED")
	if found, err := m.Find(ctx, o.Number); err != nil || len(found.Payments) != 1 || len(found.Refunds) != 0 {
		t.Errorf("%+v, %v", found, err)
	}
}

func forged(ctx context.Context, t *testing.T, m *market, provider string) {
	o := m.orderWith(ctx, t, provider, "A")
	d := m.dialect(t, provider)
	honest := signed(t, d, paid(d, o), time.Now())
	impostor, err := d.Forged()
	if err != nil {
		t.Fatal(err)
	}
	other := func(change func(*shop.Signed)) shop.Signed {
		s := shop.Signed{Header: honest.Header.Clone(), Body: bytes.Clone(honest.Body)}
		change(&s)
		return s
	}
	signature := map[string]string{
		"standard": "Webhook-Signature", "wechatpay": "Wechatpay-Signature", "stripe": "Stripe-Signature",
	}[provider]
	attempts := map[string]shop.Signed{
		"another key":            signed(t, impostor, paid(d, o), time.Now()),
		"a bit of the body":      other(func(s *shop.Signed) { s.Body[len(s.Body)/2] ^= 1 }),
		"an empty body":          other(func(s *shop.Signed) { s.Body = nil }),
		"no headers and no body": {Header: http.Header{}},
	}
	if signature != "" {
		attempts["no signature"] = other(func(s *shop.Signed) { s.Header.Del(signature) })
		attempts["a bit of the signature"] = other(func(s *shop.Signed) {
			text := []byte(s.Header.Get(signature))
			text[len(text)-5] ^= 1
			s.Header.Set(signature, string(text))
		})
	}
	if provider == "wechatpay" { // it probes whether anybody looks
		attempts["WeChat Pay's own probe"] = other(func(s *shop.Signed) {
			s.Header.Set(signature, "WECHATPAY/SIGNTEST/"+s.Header.Get(signature))
		})
	}
	before, rows := m.metric(ctx, t, provider, "unverified"), m.callbacks(ctx, t)
	for name, s := range attempts {
		if status, body := m.call(ctx, t, provider, s); status != http.StatusUnauthorized {
			t.Errorf("%s: answered %d %s, want 401", name, status, body)
		}
	}
	if after := m.metric(ctx, t, provider, "unverified"); after != before+len(attempts) {
		t.Errorf("%d counted as unverified, then %d after %d attempts", before, after, len(attempts))
	}
	if kept := m.callbacks(ctx, t); kept != rows {
		t.Errorf("%d callbacks kept, then %d: anybody can fill the database", rows, kept)
	}
	m.wantStatus(ctx, t, o.Number, "CREATED")
	if log := m.order.Log(); strings.Contains(log, o.Number+`\",`) || strings.Contains(log, string(honest.Body)) {
		t.Error("the log holds an unverified body")
	}
}

// callbacks counts the kept ones.
func (m *market) callbacks(ctx context.Context, t *testing.T) (n int) {
	t.Helper()
	if err := m.orderDB.QueryRowContext(ctx, "SELECT COUNT(*) FROM callbacks").Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// metric reads the counter of a provider's callbacks with a verdict.
func (m *market) metric(ctx context.Context, t *testing.T, provider, verdict string) int {
	t.Helper()
	_, text, err := m.Send(ctx, http.MethodGet, "http://"+m.order.Ops+"/metrics", http.Header{}, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		if strings.HasPrefix(line, "stockonce_callbacks_total{") &&
			strings.Contains(line, fmt.Sprintf("provider=%q", provider)) && strings.Contains(line, fmt.Sprintf("verdict=%q", verdict)) {
			var n int
			if _, err := fmt.Sscanf(line[strings.LastIndex(line, " ")+1:], "%d", &n); err != nil {
				t.Fatalf("%s: %v", line, err)
			}
			return n
		}
	}
	return 0
}

func replayed(ctx context.Context, t *testing.T, m *market, provider string) {
	d := m.dialect(t, provider)
	if d.Retry().Window == 0 {
		t.Logf("%s signs no time: the unique transaction is the defence", provider)
		return
	}
	for _, off := range []time.Duration{-310 * time.Second, 310 * time.Second} {
		o := m.orderWith(ctx, t, provider, "A")
		n := paid(d, o)
		if status, body := m.call(ctx, t, provider, signed(t, d, n, time.Now().Add(off))); status != http.StatusUnauthorized {
			t.Errorf("%s: answered %d %s", off, status, body)
		}
		m.wantStatus(ctx, t, o.Number, "CREATED")
		for range 2 { // the provider's next try, and one more
			if status, body := m.call(ctx, t, provider, signed(t, d, n, time.Now().Add(off/2))); status/100 != 2 {
				t.Errorf("%s: answered %d %s", off/2, status, body)
			}
		}
		m.wantStatus(ctx, t, o.Number, "FULFILLED")
	}
}

func clockSkew(ctx context.Context, t *testing.T, m *market, provider string) {
	d := m.dialect(t, provider)
	if d.Retry().Window == 0 {
		return
	}
	// What counts is the difference, so it is the provider's clock that is off.
	notices := map[string]book.Notice{}
	for range 5 {
		o := m.orderWith(ctx, t, provider, "A")
		notices[o.Number] = paid(d, o)
		if status, _ := m.call(ctx, t, provider, signed(t, d, notices[o.Number], time.Now().Add(-10*time.Minute))); status != http.StatusUnauthorized {
			t.Errorf("answered %d", status)
		}
	}
	if log := m.order.Log(); !strings.Contains(log, "by this machine's clock") {
		t.Error("the log does not say that the clock may be wrong")
	}
	for number, n := range notices {
		if status, _ := m.call(ctx, t, provider, signed(t, d, n, time.Now())); status/100 != 2 {
			t.Errorf("answered %d", status)
		}
		m.wantStatus(ctx, t, number, "FULFILLED")
	}
}

func foreignMerchant(ctx context.Context, t *testing.T, m *market, provider string) {
	var strangers []dialect.Dialect
	switch provider {
	case "wechatpay":
		merchant, app := *m.keys.WeChatPay, *m.keys.WeChatPay
		merchant.MchID, app.AppID = "1900000009", "wx9999999999999999"
		strangers = append(strangers, wechatpay.New(&merchant), wechatpay.New(&app))
	case "alipay":
		app, seller := *m.keys.Alipay, *m.keys.Alipay
		app.AppID, seller.SellerID = "2021000000000009", "2088000000000009"
		strangers = append(strangers, alipay.New(&app), alipay.New(&seller))
	case "stripe":
		account := *m.keys.Stripe
		account.Account = "acct_stranger"
		strangers = append(strangers, stripe.New(&account))
	default:
		return // a provider of one's own has one merchant
	}
	for _, stranger := range strangers {
		before := m.metric(ctx, t, provider, "foreign")
		o := m.orderWith(ctx, t, provider, "A")
		if status, body := m.call(ctx, t, provider, signed(t, stranger, paid(stranger, o), time.Now())); status != http.StatusBadRequest {
			t.Errorf("answered %d %s, want 400", status, body)
		}
		if after := m.metric(ctx, t, provider, "foreign"); after != before+1 {
			t.Errorf("%d foreign notices counted, then %d: a person must be told", before, after)
		}
		if found, err := m.Find(ctx, o.Number); err != nil || found.Status != "ORDER_STATUS_CREATED" || len(found.Payments) != 0 {
			t.Errorf("%+v, %v", found, err)
		}
	}
}

func notPaid(ctx context.Context, t *testing.T, m *market, provider string) {
	d := m.dialect(t, provider)
	for _, word := range d.Words() {
		if word.State == book.Paid {
			continue
		}
		o := m.orderWith(ctx, t, provider, "A")
		n := paid(d, o)
		n.Payment.State, n.Payment.Word, n.Payment.PaidAt = word.State, word.Text, time.Time{}
		if status, body := m.call(ctx, t, provider, signed(t, d, n, time.Now())); status/100 != 2 {
			t.Errorf("%s: answered %d %s", word.Text, status, body)
		}
		if found, err := m.Find(ctx, o.Number); err != nil || found.Status != "ORDER_STATUS_CREATED" || len(found.Payments) != 0 {
			t.Errorf("%s: %+v, %v", word.Text, found, err)
		}
		if m.callbacksOf(ctx, t, n) == 0 {
			t.Errorf("%s: not kept", word.Text)
		}
	}
}

// callbacksOf counts the kept callbacks of a notice's transaction.
func (m *market) callbacksOf(ctx context.Context, t *testing.T, n book.Notice) (kept int) {
	t.Helper()
	const query = "SELECT COUNT(*) FROM callbacks WHERE transaction_id = ? OR order_number = ?"
	if err := m.orderDB.QueryRowContext(ctx, query, n.Payment.TransactionID, n.Payment.OrderNumber).Scan(&kept); err != nil {
		t.Fatal(err)
	}
	return kept
}

func rewritten(ctx context.Context, t *testing.T, m *market, provider string) {
	if provider == "alipay" {
		return // it signs what the form says, however it is written
	}
	o := m.orderWith(ctx, t, provider, "A")
	d := m.dialect(t, provider)
	s := signed(t, d, paid(d, o), time.Now())
	var content any
	if err := json.Unmarshal(s.Body, &content); err != nil {
		t.Fatal(err)
	}
	pretty, err := json.MarshalIndent(content, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	if status, _ := m.call(ctx, t, provider, shop.Signed{Header: s.Header, Body: pretty}); status != http.StatusUnauthorized {
		t.Errorf("answered %d", status)
	}
	m.wantStatus(ctx, t, o.Number, "CREATED")
}

func tooLong(ctx context.Context, t *testing.T, m *market, provider string) {
	long := shop.Signed{Header: http.Header{"Content-Type": {"application/json"}}, Body: bytes.Repeat([]byte("x"), 1<<20)}
	if status, _ := m.call(ctx, t, provider, long); status != http.StatusRequestEntityTooLarge {
		t.Errorf("a megabyte: answered %d", status)
	}
	d := m.dialect(t, provider)
	packed := signed(t, d, paid(d, m.orderWith(ctx, t, provider, "A")), time.Now())
	var small bytes.Buffer
	packer := gzip.NewWriter(&small)
	if _, err := packer.Write(append(packed.Body, bytes.Repeat([]byte(" "), 64<<20)...)); err != nil {
		t.Fatal(err)
	}
	if err := packer.Close(); err != nil {
		t.Fatal(err)
	}
	packed.Body = small.Bytes()
	packed.Header.Set("Content-Encoding", "gzip")
	if status, _ := m.call(ctx, t, provider, packed); status != http.StatusUnauthorized && status != http.StatusRequestEntityTooLarge {
		t.Errorf("64 MiB packed into %d bytes: answered %d; nothing may unpack it", small.Len(), status)
	}
}

// twoEvents has Alipay tell TRADE_SUCCESS and then TRADE_FINISHED, and Stripe tell one
// payment by the event of its intent and of its checkout, in both orders.
func twoEvents(ctx context.Context, t *testing.T, m *market) {
	send := func(provider string, o shop.Order, notices ...book.Notice) {
		t.Helper()
		d := m.dialect(t, provider)
		for _, n := range notices {
			if status, body := m.call(ctx, t, provider, signed(t, d, n, time.Now())); status/100 != 2 {
				t.Errorf("%s: answered %d %s", provider, status, body)
			}
		}
		m.wantStatus(ctx, t, o.Number, "FULFILLED")
		if found, err := m.Find(ctx, o.Number); err != nil || len(found.Payments) != 1 || len(found.Refunds) != 0 {
			t.Errorf("%s: %+v, %v", provider, found, err)
		}
	}
	o := m.orderWith(ctx, t, "alipay", "A")
	success := paid(m.dialect(t, "alipay"), o)
	success.Payment.Word = "TRADE_SUCCESS"
	finished := success
	finished.ID, finished.Payment.Word = "finished", "TRADE_FINISHED"
	send("alipay", o, success, finished)

	for i := range 2 {
		o := m.orderWith(ctx, t, "stripe", "A")
		intent := paid(m.dialect(t, "stripe"), o)
		intent.Event = "payment_intent.succeeded"
		checkout := intent
		checkout.ID, checkout.Event = fmt.Sprint("checkout", i), "checkout.session.completed"
		notices := []book.Notice{intent, checkout}
		send("stripe", o, notices[i], notices[1-i])
	}
}

// TestKeysRotateWithoutARefusedCallback changes over from one key to the next under
// load: both are valid for a while, and then the old one is not.
func TestKeysRotateWithoutARefusedCallback(t *testing.T) {
	for _, provider := range providers {
		t.Run(provider, func(t *testing.T) {
			t.Parallel()
			m := prepareMarket(t, onSQLite, nil)
			next, err := keyset.New(provider)
			if err != nil {
				t.Fatal(err)
			}
			if provider == "wechatpay" { // the same merchant and APIv3 key, another key of the platform
				next.WeChatPay.PublicKeyID = "PUB_KEY_ID_NEXT"
			}
			place := m.place()
			place.Dir = filepath.Join(m.dir, "next")
			if err := next.Write(place); err != nil {
				t.Fatal(err)
			}
			file := both(t, m, provider, place.Dir)
			if err := m.order.Configure(m.config); err != nil {
				t.Fatal(err)
			}
			ctx := within(t, 2*time.Minute)
			for _, s := range []*harness.Service{m.product, m.order} {
				if err := s.Run(ctx); err != nil {
					t.Fatal(err)
				}
			}
			m.stock(ctx, t, 1000, "A")
			newKey, _ := next.Dialect(provider)
			const callbacks = 60
			for i := range callbacks {
				d := m.dialect(t, provider)
				if i%2 == 1 || i > callbacks/2 {
					d = newKey
				}
				o := m.orderWith(ctx, t, provider, "A")
				if status, body := m.call(ctx, t, provider, signed(t, d, paid(d, o), time.Now())); status/100 != 2 {
					t.Fatalf("callback %d was refused: %d %s", i, status, body)
				}
			}
			// The old key's file gets the new key: it is noticed without a restart.
			text, err := os.ReadFile(filepath.Join(place.Dir, file))
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(m.dir, file), text, 0o600); err != nil {
				t.Fatal(err)
			}
			old := m.dialect(t, provider)
			m.await(ctx, t, func(ctx context.Context) error {
				o := m.orderWith(ctx, t, provider, "A")
				if status, _ := m.call(ctx, t, provider, signed(t, old, paid(old, o), time.Now())); status != http.StatusUnauthorized {
					return fmt.Errorf("the old key still counts: answered %d", status)
				}
				return nil
			})
			books := m.closeBooks(ctx, t)
			if got := audit.Count(books.Orders, status)["fulfilled"]; got < callbacks {
				t.Errorf("%d of %d fulfilled", got, callbacks)
			}
		})
	}
}

// both changes the market's configuration so that a provider's keys in dir verify
// too, and returns the name of the file in which its first key is.
func both(t *testing.T, m *market, provider, dir string) string {
	t.Helper()
	// The files with keys, and what the next key is called.
	files := map[string]map[string]string{
		"standard":  {"standard.secret": "next"},
		"wechatpay": {"wechatpay-public.pem": "PUB_KEY_ID_NEXT", "wechatpay-v3.secret": "next"},
		"alipay":    {"alipay-public.pem": "next"},
		"stripe":    {"stripe-endpoint.secret": "next"},
	}[provider]
	var lines []string
	var first string
	for line := range strings.Lines(m.config) {
		lines = append(lines, line)
		for file, id := range files {
			if !strings.Contains(line, "/"+file) {
				continue
			}
			if first == "" {
				first = file
			}
			lines = append(lines, fmt.Sprintf("      - id: %s\n        file: %q\n", id, filepath.Join(dir, file)))
		}
	}
	if first == "" {
		t.Fatalf("no key of %s in\n%s", provider, m.config)
	}
	m.config = strings.Join(lines, "")
	return first
}
