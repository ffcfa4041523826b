package stripe_test

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	platform "github.com/stockonce/stockonce/app/internal/platform/conf"
	"github.com/stockonce/stockonce/app/order/internal/adapter/callback/stripe"
	"github.com/stockonce/stockonce/app/order/internal/conf"
	"github.com/stockonce/stockonce/app/order/internal/domain"
)

// event wraps an object as Stripe does.
func event(kind, object string) string {
	return fmt.Sprintf(
		`{"id":"evt_1","object":"event","api_version":"2026-06-24.dahlia","created":%d,"livemode":false,"pending_webhooks":1,"type":%q,"data":{"object":%s}}`,
		now.Unix(), kind, object)
}

const (
	intent = `{"id":"pi_1","object":"payment_intent","amount":2000,"amount_received":1999,"currency":"usd","livemode":false,"metadata":{"order":"O1"},"status":"succeeded"}`
	page   = `{"id":"cs_1","object":"checkout.session","amount_total":1999,"currency":"usd","client_reference_id":"O1","metadata":{},"payment_intent":"pi_1","payment_status":"paid","status":"complete"}`
	charge = `{"id":"ch_1","object":"charge","amount":1999,"amount_captured":1999,"amount_refunded":500,"captured":true,"currency":"usd","metadata":{"order":"O1"},"payment_intent":"pi_1","refunded":false,"status":"succeeded"}`
	ours   = `{"id":"re_1","object":"refund","amount":500,"charge":"ch_1","currency":"usd","metadata":{"order":"O1","refund":"P1-1"},"payment_intent":"pi_1","status":"succeeded"}`
	theirs = `{"id":"re_2","object":"refund","amount":500,"charge":"ch_1","currency":"usd","metadata":{},"payment_intent":"pi_1","status":"succeeded"}`
	taken  = `{"id":"dp_1","object":"dispute","amount":1999,"charge":"ch_1","currency":"usd","metadata":{},"payment_intent":"pi_1","reason":"fraudulent","status":"needs_response"}`
)

// with replaces a part of an object; the part must be there.
func with(object, old, replacement string) string {
	if !strings.Contains(object, old) {
		panic(old + " is not in " + object)
	}
	return strings.Replace(object, old, replacement, 1)
}

func read(t *testing.T, body string) domain.Notice {
	t.Helper()
	return readAs(t, stripe.Merchant{}, body, http.StatusOK)
}

func readAs(t *testing.T, m stripe.Merchant, body string, status int) domain.Notice {
	t.Helper()
	n, err := provider(t, m).Read(sign(secretA, body, now), now)
	if err != nil {
		t.Fatal(err)
	}
	if n.Delivery.Answer.Status != status {
		t.Errorf("answer %+v: a verified event that is not acknowledged comes back for days", n.Delivery.Answer)
	}
	return n
}

func TestAPaymentIsItsPaymentIntentWhicheverEventTellsIt(t *testing.T) {
	for name, body := range map[string]string{
		"payment intent":       event("payment_intent.succeeded", intent),
		"page":                 event("checkout.session.completed", page),
		"page, paid later":     event("checkout.session.async_payment_succeeded", page),
		"page, by metadata":    event("checkout.session.completed", with(page, `"O1","metadata":{}`, `"cart 7","metadata":{"order":"O1"}`)),
		"unknown fields":       event("payment_intent.succeeded", with(intent, `"id"`, `"novelty":{"a":[1.5]},"id"`)),
		"currency in capitals": event("payment_intent.succeeded", with(intent, `"usd"`, `"USD"`)),
	} {
		n := read(t, body)
		if n.Verdict != "" || n.Problem != "" || n.OrderNumber != "O1" || n.TransactionID != "pi_1" || n.Refund != nil ||
			n.Amount != (domain.Money{Minor: 1999, Currency: "USD"}) || !n.PaidAt.Equal(now) {
			t.Errorf("%s: notice %+v", name, n)
		}
	}
}

func TestTheOrderMayBeUnderAnotherKey(t *testing.T) {
	m := stripe.Merchant{OrderKey: "shop_order"}
	n := readAs(t, m, event("payment_intent.succeeded", with(intent, `"order":"O1"`, `"order":"X","shop_order":"O1"`)), http.StatusOK)
	if n.Verdict != "" || n.OrderNumber != "O1" {
		t.Fatalf("notice %+v", n)
	}
}

func TestOnlyAPaidStatePays(t *testing.T) {
	failed := with(intent, `"succeeded"`, `"requires_payment_method"`)
	for _, body := range []string{
		event("payment_intent.created", failed),
		event("payment_intent.processing", with(intent, `"succeeded"`, `"processing"`)),
		event("payment_intent.requires_action", with(intent, `"succeeded"`, `"requires_action"`)),
		event("payment_intent.payment_failed", failed),
		event("payment_intent.canceled", with(intent, `"succeeded"`, `"canceled"`)),
		event("payment_intent.amount_capturable_updated", with(intent, `"succeeded"`, `"requires_capture"`)),
		event("payment_intent.partially_funded", failed),
		// Whatever the object says, the event is about something else.
		event("payment_intent.payment_failed", intent),
		event("checkout.session.completed", with(page, `"paid"`, `"unpaid"`)),
		event("checkout.session.completed", with(page, `"paid"`, `"no_payment_required"`)),
		event("checkout.session.completed", with(page, `"paid"`, `"novelty"`)),
		event("checkout.session.async_payment_succeeded", with(page, `"paid"`, `"unpaid"`)),
		event("checkout.session.expired", page),
		event("checkout.session.async_payment_failed", page),
		event("charge.succeeded", charge), // the PaymentIntent's event tells it
		event("charge.dispute.created", taken),
		event("customer.created", `{}`),
		event("novelty", `[]`),
	} {
		n := read(t, body)
		if n.Verdict != domain.VerdictNotPaid || n.State == "" || n.Refund != nil {
			t.Errorf("%s: notice %+v", body, n)
		}
	}
	n := read(t, event("payment_intent.payment_failed", failed))
	if n.OrderNumber != "O1" || n.TransactionID != "pi_1" || n.State != "requires_payment_method" {
		t.Errorf("notice %+v", n)
	}
}

func TestAPaidEventThatNamesNoOrderIsKeptWithoutEffect(t *testing.T) {
	for _, body := range []string{
		event("payment_intent.succeeded", with(intent, `{"order":"O1"}`, `{}`)),
		event("payment_intent.succeeded", with(intent, `{"order":"O1"}`, `null`)),
		event("checkout.session.completed", with(page, `"O1"`, `null`)),
	} {
		n := read(t, body)
		if n.Verdict != domain.VerdictNotPaid || !strings.Contains(n.Problem, "names no order") || n.TransactionID != "pi_1" {
			t.Errorf("notice %+v", n)
		}
	}
}

func TestWhatCannotBeReadSaysWhichFieldAndRule(t *testing.T) {
	number := strings.Repeat("x", 256)
	for _, c := range []struct{ body, problem string }{
		{event("payment_intent.succeeded", with(intent, "1999", "1999.0")), "amount_received: must be"},
		{event("payment_intent.succeeded", with(intent, "1999", "1e3")), "amount_received: must be"},
		{event("payment_intent.succeeded", with(intent, "1999", `"1999"`)), "amount_received: must be"},
		{event("payment_intent.succeeded", with(intent, "1999", "9223372036854775808")), "amount_received: must be"},
		{event("payment_intent.succeeded", with(intent, "1999", "0")), "amount_received: must be"},
		{event("payment_intent.succeeded", with(intent, "1999", "-1")), "amount_received: must be"},
		{event("payment_intent.succeeded", with(intent, "1999", "null")), "amount_received: must be"},
		{event("payment_intent.succeeded", with(intent, `"usd"`, `"us"`)), "currency: must be"},
		{event("payment_intent.succeeded", with(intent, `"usd"`, `"uſd"`)), "currency: must be"},
		{event("payment_intent.succeeded", with(intent, `"usd"`, `null`)), "currency: must be"},
		{event("payment_intent.succeeded", with(intent, "O1", "O 1")), "metadata.order: must be"},
		{event("payment_intent.succeeded", with(intent, "O1", number)), "metadata.order: must be"},
		{event("payment_intent.succeeded", with(intent, `"pi_1"`, `"é"`)), "id: must be"},
		{event("payment_intent.succeeded", with(intent, `"pi_1"`, `7`)), "id: not of"},
		{event("payment_intent.succeeded", with(intent, `"succeeded"`, `"processing"`)), "status: must be"},
		{event("payment_intent.succeeded", "null"), "status: must be"},
		{event("checkout.session.completed", with(page, "1999", "19.99")), "amount_total: must be"},
		{event("checkout.session.completed", with(page, `"pi_1"`, "null")), "payment_intent: must be"},
		{event("checkout.session.completed", with(page, `"O1"`, `" "`)), "client_reference_id: must be"},
		{event("charge.refunded", with(charge, "500", "5e2")), "amount_refunded: must be"},
		{event("charge.refunded", with(charge, "500", "0")), "amount_refunded: must be"},
		{event("charge.refunded", with(charge, `"pi_1"`, `"p 1"`)), "payment_intent: must be"},
		{event("charge.refunded", with(charge, `"amount_captured":1999`, `"amount_captured":1000`)), "amount_captured: "},
		{event("refund.updated", with(ours, "500", "5.0")), "amount: must be"},
		{event("refund.updated", with(ours, `"succeeded"`, `"novelty"`)), "status: "},
		{event("refund.updated", with(ours, "P1-1", strings.Repeat("x", 65))), "metadata.refund: must be"},
		{event("refund.updated", with(ours, `"re_1"`, `""`)), "id: must be"},
		{event("refund.updated", with(ours, `"pi_1"`, "null")), "payment_intent: must be"},
		{event("charge.dispute.funds_withdrawn", with(taken, "1999", "0")), "amount: must be"},
		{event("charge.dispute.funds_withdrawn", with(taken, `"dp_1"`, `""`)), "id: must be"},
		{event("charge.dispute.funds_withdrawn", with(taken, `"pi_1"`, `"p 1"`)), "payment_intent: must be"},
		{with(event("payment_intent.succeeded", intent), `"object":"event"`, `"object":"v2.core.event"`), "not a snapshot event"},
		{with(event("payment_intent.succeeded", intent), `"livemode":false`, `"mode":1`), "not a snapshot event"},
		{`{"object":"event","livemode":false,"type":5}`, "type: not of"},
		{"", "not the JSON object"},
		{"null", "not a snapshot event"},
		{"[]", "not the JSON object"},
		{`{"object":"event"`, "not the JSON object"},
	} {
		n := read(t, c.body)
		if n.Verdict != domain.VerdictUnreadable || !strings.HasPrefix(n.Problem, c.problem) || n.Refund != nil {
			t.Errorf("%s\nverdict %q, problem %q, want %q", c.body, n.Verdict, n.Problem, c.problem)
		}
	}
}

func TestAmountsAreExactInISOMinorUnits(t *testing.T) {
	for _, c := range []struct {
		written string
		want    domain.Money
	}{
		{`9007199254740993,"currency":"usd"`, domain.Money{Minor: 1<<53 + 1, Currency: "USD"}},
		{`500,"currency":"jpy"`, domain.Money{Minor: 500, Currency: "JPY"}},
		{`5120,"currency":"kwd"`, domain.Money{Minor: 5120, Currency: "KWD"}},
		{`500,"currency":"huf"`, domain.Money{Minor: 500, Currency: "HUF"}},
		{`500,"currency":"twd"`, domain.Money{Minor: 500, Currency: "TWD"}},
		{`500,"currency":"isk"`, domain.Money{Minor: 5, Currency: "ISK"}},
		{`500,"currency":"ugx"`, domain.Money{Minor: 5, Currency: "UGX"}},
		{`5,"currency":"mga"`, domain.Money{Minor: 500, Currency: "MGA"}},
	} {
		n := read(t, event("payment_intent.succeeded", with(intent, `1999,"currency":"usd"`, c.written)))
		if n.Verdict != "" || n.Amount != c.want {
			t.Errorf("%s: notice %+v", c.written, n)
		}
	}
	for _, written := range []string{`501,"currency":"isk"`, `9223372036854775807,"currency":"mga"`} {
		n := read(t, event("payment_intent.succeeded", with(intent, `1999,"currency":"usd"`, written)))
		if n.Verdict != domain.VerdictUnreadable {
			t.Errorf("%s: notice %+v", written, n)
		}
	}
}

func TestEventsOfAnotherAccountOrModeAreForeign(t *testing.T) {
	paid := event("payment_intent.succeeded", intent)
	connected := with(paid, `"object":"event"`, `"object":"event","account":"acct_1"`)
	for _, c := range []struct {
		name string
		m    stripe.Merchant
		body string
		own  bool
	}{
		{"test mode, as configured", stripe.Merchant{}, paid, true},
		{"test mode at a live endpoint", stripe.Merchant{LiveMode: true}, paid, false},
		{"live mode at a test endpoint", stripe.Merchant{}, with(paid, `"livemode":false,"p`, `"livemode":true,"p`), false},
		{"live mode, as configured", stripe.Merchant{LiveMode: true}, with(paid, `"livemode":false,"p`, `"livemode":true,"p`), true},
		{"the connected account", stripe.Merchant{Account: "acct_1"}, connected, true},
		{"another connected account", stripe.Merchant{Account: "acct_2"}, connected, false},
		{"a connected account where none is configured", stripe.Merchant{}, connected, false},
		{"the platform's own event where an account is configured", stripe.Merchant{Account: "acct_1"}, paid, false},
	} {
		want := map[bool]int{true: http.StatusOK, false: http.StatusBadRequest}[c.own]
		n := readAs(t, c.m, c.body, want)
		if (n.Verdict == domain.VerdictForeign) == c.own || !c.own && n.OrderNumber != "" {
			t.Errorf("%s: notice %+v", c.name, n)
		}
	}
}

func TestBuild(t *testing.T) {
	if _, configured, err := stripe.Build(&conf.Providers{}); configured || err != nil {
		t.Errorf("without configuration: %t, %v", configured, err)
	}
	path := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(path, []byte(secretA+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	cfg := &conf.Providers{Stripe: &conf.Stripe{Secrets: []*platform.Key{{Id: "k1", File: path}}, LiveMode: true}}
	p, configured, err := stripe.Build(cfg)
	if !configured || err != nil {
		t.Fatalf("%t, %v", configured, err)
	}
	n, err := p.Read(sign(secretA, event("payment_intent.succeeded", intent), now), now)
	if err != nil || n.Verdict != domain.VerdictForeign {
		t.Errorf("a test event at a live endpoint: %+v, %v", n, err)
	}
	if a := p.Refuse(http.StatusUnauthorized); a.Status != http.StatusUnauthorized {
		t.Errorf("answer %+v", a)
	}
	cfg.Stripe.Secrets[0].File = path + "x"
	if _, _, err := stripe.Build(cfg); err == nil || !strings.Contains(err.Error(), "k1") {
		t.Errorf("a missing file: %v", err)
	}
}
