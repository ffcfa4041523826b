package stripe_test

import (
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stockonce/stockonce/app/order/internal/adapter/callback/callbacktest"
	"github.com/stockonce/stockonce/app/order/internal/adapter/callback/stripe"
	"github.com/stockonce/stockonce/app/order/internal/domain"
)

func events() []string {
	return []string{
		small, event("payment_intent.succeeded", intent), event("checkout.session.completed", page),
		event("charge.refunded", charge), event("refund.updated", ours), event("refund.updated", theirs),
		event("charge.dispute.funds_withdrawn", taken), event("charge.dispute.funds_reinstated", taken),
		event("payment_intent.succeeded", with(intent, "1999", "1e3")), "null", "[]", `{"data":{"object":[]}}`,
	}
}

var signedTime = regexp.MustCompile(`(?:^|,)t=([0-9]+)`)

// FuzzRead looks for requests that are accepted without the secret.
func FuzzRead(f *testing.F) {
	for _, body := range events() {
		f.Add(body, sign(secretA, body, now).Header.Get("Stripe-Signature"))
		f.Add(body, sign(secretB, body, now).Header.Get("Stripe-Signature"))
	}
	f.Add(small, "t=1,v1=,v1=00")
	f.Add(small, "")
	p := provider(f, stripe.Merchant{})
	f.Fuzz(func(t *testing.T, body, header string) {
		if !callbacktest.Accepts(t, p, withHeader(header, body), now) {
			return
		}
		// Then the header holds what only the secret makes of its time and the body.
		seconds, err := strconv.ParseInt(signedTime.FindStringSubmatch(header)[1], 10, 64)
		if err != nil || !strings.Contains(header, "v1="+signature(secretA, body, time.Unix(seconds, 0))) {
			t.Fatalf("accepted without the secret: %q", header)
		}
	})
}

// FuzzEvent looks for signed events that pay or refund what they do not say.
func FuzzEvent(f *testing.F) {
	for _, body := range events() {
		f.Add(body)
	}
	p := provider(f, stripe.Merchant{})
	f.Fuzz(func(t *testing.T, body string) {
		n, err := p.Read(sign(secretA, body, now), now)
		if err != nil {
			t.Fatalf("a signed body is refused: %v", err)
		}
		if !callbacktest.Sound(t, n) {
			return
		}
		if r := n.Refund; r != nil && !r.Cumulative && !domain.ValidIdentifier(r.Ref) {
			t.Fatalf("a refund that cannot be told from its repetition: %+v", r)
		}
	})
}

// FuzzAmount looks for amounts that are taken though they are not written as an
// integer, or taken for another.
func FuzzAmount(f *testing.F) {
	for _, literal := range []string{"1999", "1", "0", "-1", "1.0", "1e3", `"1"`, "9223372036854775807", "9223372036854775808", "null", "01", " 7 "} {
		f.Add(literal)
	}
	p := provider(f, stripe.Merchant{})
	f.Fuzz(func(t *testing.T, literal string) {
		body := event("payment_intent.succeeded", `{"id":"pi_1","currency":"usd","metadata":{"order":"O1"},"status":"succeeded","amount_received":`+literal+`}`)
		n, err := p.Read(sign(secretA, body, now), now)
		if err != nil {
			t.Fatal(err)
		}
		callbacktest.Amount(t, literal, n)
	})
}

func BenchmarkRead(b *testing.B) {
	r := sign(secretA, event("payment_intent.succeeded", intent), now)
	p := provider(b, stripe.Merchant{})
	b.ReportAllocs()
	for b.Loop() {
		if n, err := p.Read(r, now); err != nil || n.Verdict != "" {
			b.Fatal(n, err)
		}
	}
}
