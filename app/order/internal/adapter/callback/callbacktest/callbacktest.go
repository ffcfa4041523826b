// Package callbacktest checks what every provider promises, whatever its scheme.
package callbacktest

import (
	"encoding/json"
	"errors"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stockonce/stockonce/app/order/internal/adapter/callback"
	"github.com/stockonce/stockonce/app/order/internal/domain"
)

// Accepts tells whether the provider takes the request. A refusal for any reason but
// ErrUnverified, or one that is a notice all the same, fails the test.
func Accepts(t testing.TB, p callback.Provider, r callback.Request, at time.Time) bool {
	t.Helper()
	n, err := p.Read(r, at)
	if err != nil && (!errors.Is(err, callback.ErrUnverified) || n.OrderNumber != "" || n.Delivery.Answer.Status != 0) {
		t.Fatalf("error %v, notice %+v", err, n)
	}
	return err == nil
}

// KeysRotate checks a provider with two keys: an old one that ends in an hour, and a
// young one that began an hour ago. Both sign requests of a time.
func KeysRotate(t *testing.T, p callback.Provider, now time.Time, old, young func(at time.Time) callback.Request) {
	t.Helper()
	for _, c := range []struct {
		name string
		sign func(at time.Time) callback.Request
		at   time.Time
		want bool
	}{
		{"old key during the overlap", old, now, true},
		{"new key during the overlap", young, now, true},
		{"old key after its end", old, now.Add(time.Hour), false},
		{"new key before its start", young, now.Add(-2 * time.Hour), false},
		{"new key after the overlap", young, now.Add(2 * time.Hour), true},
	} {
		if Accepts(t, p, c.sign(c.at), c.at) != c.want {
			t.Errorf("%s: accepted %t", c.name, !c.want)
		}
	}
	keys := p.Keys()
	if len(keys) < 2 || !keys[0].NotAfter.Equal(now.Add(time.Hour)) || !keys[1].NotBefore.Equal(now.Add(-time.Hour)) {
		t.Errorf("keys %v: not as they were given", keys)
	}
}

// Sound fails the test for a verified notice that pays or refunds what it cannot say.
// It reports whether there is anything to be judged.
func Sound(t testing.TB, n domain.Notice) bool {
	t.Helper()
	if n.Verdict != "" {
		if n.Refund != nil {
			t.Fatalf("judged, and yet a refund: %+v", n)
		}
		return false
	}
	if n.Amount.Minor < 1 || len(n.Amount.Currency) != 3 || !domain.ValidIdentifier(n.TransactionID) {
		t.Fatalf("counts: %+v", n)
	}
	if n.Refund == nil && !domain.ValidIdentifier(n.OrderNumber) {
		t.Fatalf("pays: %+v", n)
	}
	return true
}

var wholeNumber = regexp.MustCompile(`^[1-9][0-9]*$`)

// Amount fails the test when a payment whose amount is written so is taken though
// that is no integer of minor units above zero, or is taken for another.
func Amount(t testing.TB, literal string, n domain.Notice) {
	t.Helper()
	if !json.Valid([]byte(literal)) {
		return // no amount, but perhaps the end of the object and more
	}
	literal = strings.TrimSpace(literal)
	want, err := strconv.ParseInt(literal, 10, 64)
	pays := wholeNumber.MatchString(literal) && err == nil
	if pays != (n.Verdict == "") || pays && n.Amount.Minor != want {
		t.Fatalf("%s is taken for %+v", literal, n)
	}
}
