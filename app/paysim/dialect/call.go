package dialect

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"

	"github.com/stockonce/stockonce/app/paysim/book"
)

// Why a request to a provider's API is not understood.
var (
	ErrUnsigned  = errors.New("not signed by the merchant")
	ErrForeign   = errors.New("another merchant's")
	ErrMalformed = errors.New("not a request of this API")
	ErrNoRoute   = errors.New("no such operation")
)

// Request is an HTTP request to a provider's API.
type Request struct {
	Method string
	// Path is the provider's own: without what leads to it on a shared listener.
	Path string
	// Target is path and query as the client sent them.
	Target string
	Query  url.Values
	Header http.Header
	Body   []byte
}

// Operation is what a provider's API can be asked for.
type Operation string

const (
	Refund      Operation = "refund"
	RefundQuery Operation = "refund_query"
	Query       Operation = "query"
	Close       Operation = "close"
)

// Call is a request to a provider's API, in words all providers share.
type Call struct {
	Operation Operation
	// OrderNumber or TransactionID name the payment; an empty one was not given.
	OrderNumber, TransactionID string
	// Refund is what is asked for, or asked about by Number, ID or payment alone.
	Refund book.Refund
	// Paid is the payment's amount as the merchant believes it; 0: not told.
	Paid int64
	// Form is how the dialect wants to answer, where a call has several forms.
	Form string
	// Parameters are the dialect's own, for its answer.
	Parameters url.Values
}

// Result is what came of a call.
type Result struct {
	// Payments are those the call is about, the one that counts first.
	Payments []book.Payment
	// Refunds are those asked for or about, newest last.
	Refunds []book.Refund
	// Repeated tells that a refund was known already.
	Repeated bool
	// Err is one of this package's errors, or of the book's.
	Err error
}

// Payment is the payment that counts, zero when there is none.
func (r Result) Payment() book.Payment {
	if len(r.Payments) == 0 {
		return book.Payment{}
	}
	return r.Payments[0]
}

// Refund is the refund asked for or about, zero when there is none.
func (r Result) Refund() book.Refund {
	if len(r.Refunds) == 0 {
		return book.Refund{}
	}
	return r.Refunds[0]
}

// Reply is an HTTP answer.
type Reply struct {
	Status int
	Header http.Header
	Body   []byte
}

// JSON is a reply that holds v.
func JSON(status int, v any) (Reply, error) {
	body, err := json.Marshal(v)
	if err != nil {
		return Reply{}, fmt.Errorf("encode the answer: %w", err)
	}
	return Reply{Status: status, Header: http.Header{"Content-Type": {"application/json; charset=utf-8"}}, Body: body}, nil
}
