package stripe_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"google.golang.org/protobuf/types/known/durationpb"

	platform "github.com/stockonce/stockonce/app/internal/platform/conf"
	"github.com/stockonce/stockonce/app/order/internal/adapter/refund"
	"github.com/stockonce/stockonce/app/order/internal/adapter/refund/refundtest"
	"github.com/stockonce/stockonce/app/order/internal/adapter/refund/stripe"
	"github.com/stockonce/stockonce/app/order/internal/conf"
)

const apiKey = "rk_test_0123456789abcdef"

type object = map[string]any

// fakeStripe keeps payments and refunds as Stripe does: idempotency keys give the
// saved answer again, until they are pruned.
type fakeStripe struct {
	*httptest.Server
	t *testing.T

	mu       sync.Mutex
	intents  []object
	refunds  []object
	pages    []object // checkout sessions
	saved    map[string]saved
	requests []string // method and path, in their order
	forms    []url.Values
	headers  []http.Header

	// answer, when set, sees a request first and answers it in Stripe's place.
	answer func(w http.ResponseWriter, r *http.Request) bool
	// lose, when set, is asked whether an answer gets lost on its way.
	lose func(r *http.Request) bool
	// status of refunds that are made.
	status string
}

type saved struct {
	params string
	status int
	body   any
}

func newFake(t *testing.T) *fakeStripe {
	t.Helper()
	f := &fakeStripe{t: t, saved: map[string]saved{}, status: "succeeded"}
	f.Server = httptest.NewServer(http.HandlerFunc(f.serve))
	t.Cleanup(f.Close)
	return f
}

// api is built as the service builds it, from configuration.
func (f *fakeStripe) api(change ...func(*conf.Stripe)) refund.API {
	f.t.Helper()
	return refundtest.Settled{API: f.build(change...), Settle: f.settle}
}

func (f *fakeStripe) build(change ...func(*conf.Stripe)) *stripe.API {
	f.t.Helper()
	path := filepath.Join(f.t.TempDir(), "key")
	if err := os.WriteFile(path, []byte(apiKey+"\n"), 0o600); err != nil {
		f.t.Fatal(err)
	}
	cfg := &conf.Stripe{Api: &conf.StripeApi{
		Endpoint: &platform.Endpoint{Url: f.URL + "/", Timeout: durationpb.New(5 * time.Second)},
		Key:      &platform.Secret{File: path},
	}}
	for _, c := range change {
		c(cfg)
	}
	api, configured, err := stripe.Build(&conf.Providers{Stripe: cfg})
	if err != nil || !configured {
		f.t.Fatalf("configured %t, %v", configured, err)
	}
	return api.(*stripe.API)
}

// settle waits for the request that is being served.
func (f *fakeStripe) settle() {
	f.mu.Lock()
	defer f.mu.Unlock()
}

func (f *fakeStripe) serve(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := r.ParseForm(); err != nil {
		f.t.Errorf("form: %v", err)
	}
	f.requests = append(f.requests, r.Method+" "+r.URL.Path)
	f.forms = append(f.forms, r.Form)
	f.headers = append(f.headers, r.Header)
	if r.Header.Get("Authorization") != "Bearer "+apiKey || r.Header.Get("Stripe-Version") == "" {
		f.t.Errorf("%s %s: authorization or version is missing", r.Method, r.URL.Path)
	}
	if f.answer != nil && f.answer(w, r) {
		return
	}
	status, body := f.once(r)
	if f.lose != nil && f.lose(r) {
		panic(http.ErrAbortHandler)
	}
	w.WriteHeader(status)
	if err := json.NewEncoder(w).Encode(body); err != nil {
		f.t.Errorf("answer: %v", err)
	}
}

// once answers a request with a known idempotency key as before.
func (f *fakeStripe) once(r *http.Request) (int, any) {
	key := r.Header.Get("Idempotency-Key")
	known, ok := f.saved[key]
	if !ok || key == "" {
		status, body := f.handle(r)
		f.saved[key] = saved{params: r.Form.Encode(), status: status, body: body}
		return status, body
	}
	if known.params != r.Form.Encode() {
		return 400, object{"error": object{"type": "idempotency_error", "message": "Keys for idempotent requests can only be used with the same parameters"}}
	}
	return known.status, known.body
}

func (f *fakeStripe) handle(r *http.Request) (int, any) {
	path := strings.Split(strings.TrimPrefix(r.URL.Path, "/v1/"), "/")
	switch {
	case r.URL.Path == "/v1/refunds" && r.Method == http.MethodPost:
		return f.makeRefund(r.Form)
	case r.URL.Path == "/v1/refunds":
		return f.listRefunds(r.Form)
	case r.URL.Path == "/v1/payment_intents/search":
		return 200, object{"object": "search_result", "data": f.search(r.Form.Get("query")), "has_more": false}
	case path[0] == "payment_intents" && len(path) == 2:
		return f.find(path[1])
	case path[0] == "payment_intents" && path[2] == "cancel":
		return f.cancel(path[1])
	case r.URL.Path == "/v1/checkout/sessions":
		return 200, object{"object": "list", "data": f.pages, "has_more": false}
	case path[0] == "checkout" && path[3] == "expire":
		f.pages[0]["status"] = "expired"
		return 200, f.pages[0]
	}
	return 404, refusal("resource_missing", "", "no such path")
}

func refusal(code, param, message string) object {
	return object{"error": object{"type": "invalid_request_error", "code": code, "param": param, "message": message}}
}

func (f *fakeStripe) makeRefund(form url.Values) (int, any) {
	amount, err := strconv.ParseInt(form.Get("amount"), 10, 64)
	if err != nil {
		return 400, refusal("parameter_invalid_integer", "amount", "Invalid integer")
	}
	status, found := f.find(form.Get("payment_intent"))
	if status != 200 {
		return status, found
	}
	left := found.(object)["amount_received"].(int64)
	for _, made := range f.refunds {
		left -= made["amount"].(int64)
	}
	switch {
	case left == 0:
		return 400, refusal("charge_already_refunded", "", "Charge ch_1 has already been refunded.")
	case amount > left:
		return 400, refusal("", "amount", "Refund amount is greater than unrefunded amount on charge")
	}
	made := object{
		"id": fmt.Sprintf("re_%d", len(f.refunds)+1), "object": "refund", "amount": amount, "currency": found.(object)["currency"],
		"status": f.status, "payment_intent": form.Get("payment_intent"), "metadata": metadata(form),
	}
	f.refunds = append(f.refunds, made)
	return 200, made
}

func metadata(form url.Values) object {
	m := object{}
	for name := range form {
		if key, ok := strings.CutPrefix(name, "metadata["); ok {
			m[strings.TrimSuffix(key, "]")] = form.Get(name)
		}
	}
	return m
}

// listRefunds lists two a page, newest first, whatever the limit: pages must be followed.
func (f *fakeStripe) listRefunds(form url.Values) (int, any) {
	rest := []object{}
	for _, made := range slices.Backward(f.refunds) {
		if made["payment_intent"] == form.Get("payment_intent") {
			rest = append(rest, made)
		}
	}
	for i, made := range rest {
		if made["id"] == form.Get("starting_after") {
			rest = rest[i+1:]
			break
		}
	}
	return 200, object{"object": "list", "data": rest[:min(2, len(rest))], "has_more": len(rest) > 2}
}

// search finds as Stripe does: without regard to upper and lower case.
func (f *fakeStripe) search(query string) []object {
	found := []object{}
	for _, i := range f.intents {
		for key, value := range i["metadata"].(object) {
			if strings.EqualFold(query, fmt.Sprintf("metadata['%s']:'%s'", key, value)) {
				found = append(found, object{"id": i["id"], "object": "payment_intent", "metadata": i["metadata"], "status": "requires_payment_method"})
			}
		}
	}
	return found
}

func (f *fakeStripe) find(id string) (int, any) {
	for _, i := range f.intents {
		if i["id"] == id {
			return 200, i
		}
	}
	return 404, refusal("resource_missing", "intent", "No such payment_intent")
}

func (f *fakeStripe) cancel(id string) (int, any) {
	status, found := f.find(id)
	if status != 200 {
		return status, found
	}
	i := found.(object)
	switch i["status"] {
	case "succeeded", "canceled", "processing":
		return 400, refusal("payment_intent_unexpected_state", "", "You cannot cancel this PaymentIntent")
	}
	if len(f.pages) > 0 {
		return 400, refusal("", "", "You cannot cancel this PaymentIntent because it belongs to a Checkout Session")
	}
	i["status"] = "canceled"
	return 200, i
}

func payment(id, order, status string) object {
	return object{
		"id": id, "object": "payment_intent", "status": status, "amount": int64(1999), "amount_received": int64(1999),
		"currency": "usd", "livemode": false, "created": int64(1795420800), "metadata": object{"order": order},
	}
}
