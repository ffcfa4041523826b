// Package dialect says what a provider's language consists of: how it reports
// payments, and how its API is asked and answers.
package dialect

import (
	"fmt"
	"strings"
	"time"

	"github.com/stockonce/stockonce/app/paysim/book"
	"github.com/stockonce/stockonce/app/paysim/deliver"
)

// Dialect is how one provider speaks. Implementations are safe for concurrent use.
type Dialect interface {
	// Name is the provider's, as in the callback's path.
	Name() string
	// Words are the provider's own names of a payment's states; the usual one first.
	Words() []Word
	// NewTransactionID and NewRefundID make ids of the provider's kind.
	NewTransactionID(now time.Time) string
	NewRefundID(now time.Time) string
	// Forged is the same provider with keys that nobody trusts.
	Forged() (Dialect, error)

	Reporter
	API
}

// Reporter is how a provider reports what happened.
type Reporter interface {
	// Notice makes the request that reports n, signed anew at every try.
	Notice(n book.Notice) (deliver.Request, error)
	// RefundEvents are the notices by which the provider tells that a refund has ended:
	// values of book.Notice.Event.
	RefundEvents(r book.Refund) []string
	// Taken tells whether the provider takes the answer to a notice as received.
	Taken(a deliver.Answer) bool
	// Retry is how notices that are not taken are repeated.
	Retry() Retry
}

// API is how a provider is asked and answers.
type API interface {
	// Read verifies and understands a request. ErrUnsigned, ErrForeign, ErrMalformed or
	// ErrNoRoute are returned, with what could be read.
	Read(r Request, now time.Time) (Call, error)
	// Answer says in the provider's words what came of a call, signed if it signs answers.
	Answer(c Call, res Result, now time.Time) (Reply, error)
}

// Word is a provider's own name of a payment's state.
type Word struct {
	Text  string
	State book.State
}

// Retry is how a provider delivers its notices.
type Retry struct {
	// Pauses are those between tries: one less than there are tries.
	Pauses []time.Duration
	// Patience is how long an answer is waited for.
	Patience time.Duration
	// Window is how far from now a notice may be signed; zero when nothing says when
	// it was.
	Window time.Duration
}

// Understand finds the state that text names: one of the dialect's words, or one of
// the states that all providers share. Empty is paid.
func Understand(d Dialect, text string) (Word, error) {
	if text == "" {
		text = string(book.Paid)
	}
	known := make([]string, 0, len(d.Words()))
	for _, w := range d.Words() {
		if w.Text == text || string(w.State) == text {
			return w, nil
		}
		known = append(known, w.Text)
	}
	return Word{}, fmt.Errorf("state %q is none that %s knows: %s", text, d.Name(), strings.Join(known, ", "))
}
