package stripe_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/stockonce/stockonce/app/order/internal/adapter/refund"
	"github.com/stockonce/stockonce/app/order/internal/adapter/refund/stripe"
	"github.com/stockonce/stockonce/app/order/internal/conf"
	"github.com/stockonce/stockonce/app/order/internal/domain"
)

func encode(w http.ResponseWriter, v any) {
	if err := json.NewEncoder(w).Encode(v); err != nil {
		panic(err)
	}
}

func TestQuery(t *testing.T) {
	query := func(t *testing.T, intents ...object) domain.Notice {
		t.Helper()
		f := newFake(t)
		f.intents = intents
		n, err := f.api().Query(t.Context(), "O1")
		if err != nil {
			t.Fatal(err)
		}
		if n.Provider != "stripe" || len(n.Delivery.Body) == 0 {
			t.Errorf("notice %+v", n)
		}
		return n
	}
	changed := func(i object, key string, value any) object {
		i[key] = value
		return i
	}
	t.Run("a paid order is a notice to judge", func(t *testing.T) {
		n := query(t, payment("pi_1", "O1", "requires_action"), payment("pi_2", "O1", "succeeded"), payment("pi_3", "O1", "canceled"))
		if n.Verdict != "" || n.TransactionID != "pi_2" || n.OrderNumber != "O1" || n.Amount != (domain.Money{Minor: 1999, Currency: "USD"}) {
			t.Errorf("notice %+v", n)
		}
		if !strings.Contains(string(n.Delivery.Body), `"pi_2"`) {
			t.Errorf("kept is %s", n.Delivery.Body)
		}
	})
	t.Run("of two payments the older is told", func(t *testing.T) {
		older, newer := changed(payment("pi_1", "O1", "succeeded"), "created", 1), changed(payment("pi_2", "O1", "succeeded"), "created", 2)
		for _, order := range [][]object{{older, newer}, {newer, older}} {
			if n := query(t, order...); n.TransactionID != "pi_1" {
				t.Errorf("notice %+v", n)
			}
		}
	})
	t.Run("every other state is not paid", func(t *testing.T) {
		for _, status := range []string{"requires_payment_method", "requires_confirmation", "requires_action", "requires_capture", "processing", "canceled", "novelty"} {
			if n := query(t, payment("pi_1", "O1", status)); n.Verdict != domain.VerdictNotPaid || n.State != status || n.OrderNumber != "O1" {
				t.Errorf("%s: notice %+v", status, n)
			}
		}
	})
	t.Run("an order that Stripe does not know is not paid", func(t *testing.T) {
		if n := query(t); n.Verdict != domain.VerdictNotPaid || n.OrderNumber != "O1" {
			t.Errorf("notice %+v", n)
		}
	})
	t.Run("an order whose number differs in upper and lower case is another", func(t *testing.T) {
		if n := query(t, payment("pi_1", "o1", "succeeded")); n.Verdict != domain.VerdictNotPaid || n.TransactionID != "" {
			t.Errorf("notice %+v", n)
		}
	})
	t.Run("a payment in the other mode is for a person", func(t *testing.T) {
		if n := query(t, changed(payment("pi_1", "O1", "succeeded"), "livemode", true)); n.Verdict != domain.VerdictUnreadable {
			t.Errorf("notice %+v", n)
		}
	})
	t.Run("a payment that cannot be read is for a person", func(t *testing.T) {
		if n := query(t, changed(payment("pi_1", "O1", "succeeded"), "amount_received", 0)); n.Verdict != domain.VerdictUnreadable {
			t.Errorf("notice %+v", n)
		}
	})
	t.Run("the order number cannot change the question", func(t *testing.T) {
		f := newFake(t)
		if _, err := f.api().Query(t.Context(), `O1' OR status:'\x`); err != nil {
			t.Fatal(err)
		}
		if got := f.forms[0].Get("query"); got != `metadata['order']:'O1\' OR status:\'\\x'` {
			t.Errorf("query %s", got)
		}
	})
	t.Run("an answer that tells nothing is an error, never not paid", func(t *testing.T) {
		for _, answer := range []string{"", "{}", "null", "[]", `{"data":null}`, `{"data":[],"has_more":true}`, `{"data":[{"id":"pi_1","metadata":{"order":"O1"}}]}`} {
			f := newFake(t)
			f.answer = func(w http.ResponseWriter, _ *http.Request) bool { fmt.Fprint(w, answer); return true }
			if n, err := f.api().Query(t.Context(), "O1"); err == nil {
				t.Errorf("%q: notice %+v", answer, n)
			}
		}
		f := newFake(t)
		f.answer = func(w http.ResponseWriter, _ *http.Request) bool {
			w.WriteHeader(http.StatusInternalServerError)
			return true
		}
		if n, err := f.api().Query(t.Context(), "O1"); err == nil {
			t.Errorf("500: notice %+v", n)
		}
	})
}

func TestClose(t *testing.T) {
	t.Run("every payment that can be cancelled is", func(t *testing.T) {
		f := newFake(t)
		for _, status := range []string{"requires_payment_method", "requires_confirmation", "requires_action", "requires_capture", "canceled"} {
			f.intents = append(f.intents, payment("pi_"+status, "O1", status))
		}
		if err := f.api().Close(t.Context(), "O1"); err != nil {
			t.Fatal(err)
		}
		for _, i := range f.intents {
			if i["status"] != "canceled" {
				t.Errorf("%s is %s", i["id"], i["status"])
			}
		}
	})
	t.Run("where there is nothing to close something may yet begin", func(t *testing.T) {
		f := newFake(t)
		f.intents = []object{payment("pi_1", "O2", "requires_action")}
		if err := f.api().Close(t.Context(), "O1"); !errors.Is(err, refund.ErrUnknown) || f.intents[0]["status"] != "requires_action" {
			t.Errorf("%v, another order's payment is %s", err, f.intents[0]["status"])
		}
	})
	t.Run("a paid order cannot be closed, but what else there is", func(t *testing.T) {
		f := newFake(t)
		f.intents = []object{payment("pi_1", "O1", "succeeded"), payment("pi_2", "O1", "requires_action")}
		if err := f.api().Close(t.Context(), "O1"); !errors.Is(err, refund.ErrPaid) || f.intents[1]["status"] != "canceled" {
			t.Errorf("%v, the other is %s", err, f.intents[1]["status"])
		}
	})
	t.Run("paid in the last moment is paid", func(t *testing.T) {
		f := newFake(t)
		f.intents = []object{payment("pi_1", "O1", "requires_action")}
		f.answer = func(_ http.ResponseWriter, r *http.Request) bool {
			if r.Method == http.MethodPost {
				f.intents[0]["status"] = "succeeded"
			}
			return false
		}
		if err := f.api().Close(t.Context(), "O1"); !errors.Is(err, refund.ErrPaid) {
			t.Errorf("%v", err)
		}
	})
	t.Run("a payment under way is not known to be closed", func(t *testing.T) {
		f := newFake(t)
		f.intents = []object{payment("pi_1", "O1", "processing")}
		if err := f.api().Close(t.Context(), "O1"); err == nil || errors.Is(err, refund.ErrPaid) {
			t.Errorf("%v", err)
		}
	})
	t.Run("a payment page is expired", func(t *testing.T) {
		f := newFake(t)
		f.intents = []object{payment("pi_1", "O1", "requires_payment_method")}
		f.pages = []object{{"id": "cs_1", "object": "checkout.session", "status": "open"}}
		if err := f.api().Close(t.Context(), "O1"); err != nil || f.pages[0]["status"] != "expired" {
			t.Errorf("%v, the page is %s", err, f.pages[0]["status"])
		}
		f.pages[0]["status"] = "complete"
		if err := f.api().Close(t.Context(), "O1"); err == nil {
			t.Error("a page that was completed is taken for closed")
		}
	})
	t.Run("no answer is not known to be closed", func(t *testing.T) {
		for _, failing := range []string{"/v1/payment_intents/search", "/v1/payment_intents/pi_1", "/v1/payment_intents/pi_1/cancel"} {
			f := newFake(t)
			f.intents = []object{payment("pi_1", "O1", "requires_action")}
			f.answer = func(w http.ResponseWriter, r *http.Request) bool {
				if r.URL.Path == failing {
					w.WriteHeader(http.StatusInternalServerError)
				}
				return r.URL.Path == failing
			}
			if err := f.api().Close(t.Context(), "O1"); err == nil || errors.Is(err, refund.ErrPaid) {
				t.Errorf("%s: %v", failing, err)
			}
		}
	})
}

func TestBuild(t *testing.T) {
	for _, cfg := range []*conf.Providers{{}, {Stripe: &conf.Stripe{}}} {
		if _, configured, err := stripe.Build(cfg); configured || err != nil {
			t.Errorf("without an API: %t, %v", configured, err)
		}
	}
	f := newFake(t)
	if !f.build().Same(f.build()) {
		t.Error("the same configuration makes another API: its connections are lost at each reload")
	}
	for name, change := range map[string]func(*conf.Stripe){
		"account":   func(c *conf.Stripe) { c.Account = "acct_1" },
		"mode":      func(c *conf.Stripe) { c.LiveMode = true },
		"order key": func(c *conf.Stripe) { c.OrderKey = "shop_order" },
		"address":   func(c *conf.Stripe) { c.Api.Endpoint.Url = "http://127.0.0.1:1" },
		"time-out":  func(c *conf.Stripe) { c.Api.Endpoint.Timeout.Seconds++ },
	} {
		if f.build().Same(f.build(change)) {
			t.Errorf("another %s makes the same API", name)
		}
	}
	cfg := &conf.Providers{Stripe: &conf.Stripe{Api: &conf.StripeApi{}}}
	if _, _, err := stripe.Build(cfg); err == nil || !strings.Contains(err.Error(), "api.key") {
		t.Errorf("without a key: %v", err)
	}
}
