package stripe

import (
	"crypto/subtle"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/stockonce/stockonce/app/paysim/book"
	"github.com/stockonce/stockonce/app/paysim/dialect"
)

// Forms of answers.
const (
	formOne    = ""
	formList   = "list"
	formSearch = "search"
)

const intents, refunds = "/v1/payment_intents", "/v1/refunds"

// Read implements dialect.Dialect.
func (p *Provider) Read(r dialect.Request, _ time.Time) (dialect.Call, error) {
	key, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !ok || subtle.ConstantTimeCompare([]byte(key), []byte(p.keys.api)) != 1 {
		return dialect.Call{}, dialect.ErrUnsigned
	}
	if p.keys.Account != "" && r.Header.Get("Stripe-Account") != p.keys.Account {
		return dialect.Call{}, dialect.ErrForeign
	}
	form, err := url.ParseQuery(string(r.Body))
	if err != nil {
		return dialect.Call{}, dialect.ErrMalformed
	}
	c := dialect.Call{Parameters: r.Query}
	switch parts := strings.Split(r.Path, "/"); {
	case r.Path == refunds && r.Method == http.MethodPost:
		return readRefund(form, r.Header.Get("Idempotency-Key"))
	case r.Path == refunds && r.Method == http.MethodGet:
		c.Operation, c.Form, c.TransactionID = dialect.RefundQuery, formList, r.Query.Get("payment_intent")
		if c.TransactionID == "" {
			c.TransactionID = "pi_" + strings.TrimPrefix(r.Query.Get("charge"), "ch_")
		}
	case len(parts) == 4 && strings.HasPrefix(r.Path, refunds+"/") && r.Method == http.MethodGet:
		c.Operation, c.Refund.ID = dialect.RefundQuery, parts[3]
	case r.Path == intents+"/search" && r.Method == http.MethodGet:
		return p.readSearch(c)
	case len(parts) == 4 && strings.HasPrefix(r.Path, intents+"/") && r.Method == http.MethodGet:
		c.Operation, c.TransactionID = dialect.Query, parts[3]
	case len(parts) == 5 && strings.HasPrefix(r.Path, intents+"/") && parts[4] == "cancel" && r.Method == http.MethodPost:
		c.Operation, c.TransactionID, c.Parameters = dialect.Close, parts[3], form
	default:
		return c, dialect.ErrNoRoute
	}
	return c, nil
}

var (
	clause = regexp.MustCompile(`^metadata\[['"]([^'"]+)['"]\]:['"]([^'"]*)['"]$`)
	nested = regexp.MustCompile(`^metadata\[([^\[\]]+)\]$`)
)

// readSearch understands a search for an order's number, and nothing else.
// https://docs.stripe.com/search
func (p *Provider) readSearch(c dialect.Call) (dialect.Call, error) {
	c.Operation, c.Form = dialect.Query, formSearch
	match := clause.FindStringSubmatch(strings.TrimSpace(c.Parameters.Get("query")))
	if match == nil || match[1] != p.keys.OrderKey || match[2] == "" {
		return c, dialect.ErrMalformed
	}
	c.OrderNumber = match[2]
	return c, nil
}

// readRefund understands a refund. Its number is what the merchant attached under
// "refund" or "refund_number", else the key that makes it idempotent.
// https://docs.stripe.com/api/refunds/create
func readRefund(form url.Values, key string) (dialect.Call, error) {
	c := dialect.Call{Operation: dialect.Refund, TransactionID: form.Get("payment_intent"), Parameters: form}
	r := book.Refund{Key: key, Content: form.Encode(), Reason: form.Get("reason"), Metadata: map[string]string{}}
	for name := range form {
		if match := nested.FindStringSubmatch(name); match != nil {
			r.Metadata[match[1]] = form.Get(name)
		}
	}
	r.Number = key
	for _, name := range []string{"refund", "refund_number"} {
		if number := r.Metadata[name]; number != "" {
			r.Number = number
		}
	}
	var err error
	if text := form.Get("amount"); text != "" {
		r.Amount, err = strconv.ParseInt(text, 10, 64)
	}
	c.Refund = r
	reasons := []string{"", "duplicate", "fraudulent", "requested_by_customer"}
	if err != nil || r.Amount < 0 || c.TransactionID == "" || !slices.Contains(reasons, r.Reason) || len(key) > 255 {
		return c, dialect.ErrMalformed
	}
	return c, nil
}
