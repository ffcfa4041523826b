package stripe

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strconv"
	"time"

	"github.com/stockonce/stockonce/app/paysim/book"
	"github.com/stockonce/stockonce/app/paysim/deliver"
	"github.com/stockonce/stockonce/app/paysim/dialect"
)

// apiVersion is the one that objects are told in.
const apiVersion = "2026-06-24.dahlia"

// Provider is Stripe's dialect.
type Provider struct{ keys *Keys }

// New is a provider that signs with keys.
func New(keys *Keys) *Provider { return &Provider{keys: keys} }

// Name implements dialect.Dialect.
func (p *Provider) Name() string { return "stripe" }

// The events by which payments are reported, and by which a state is named here. A
// checkout that completes before its money comes has the same event as one that is
// paid, and so is named apart.
const (
	intentSucceeded  = "payment_intent.succeeded"
	intentCreated    = "payment_intent.created"
	intentProcessing = "payment_intent.processing"
	intentFailed     = "payment_intent.payment_failed"
	intentCanceled   = "payment_intent.canceled"
	checkoutDone     = "checkout.session.completed"
	checkoutUnpaid   = "checkout.session.unpaid"
	checkoutPaid     = "checkout.session.async_payment_succeeded"
	checkoutFailed   = "checkout.session.async_payment_failed"
	checkoutExpired  = "checkout.session.expired"
)

// Words implements dialect.Dialect with the types of events.
// https://docs.stripe.com/api/events/types
func (p *Provider) Words() []dialect.Word {
	return []dialect.Word{
		{Text: intentSucceeded, State: book.Paid}, {Text: checkoutDone, State: book.Paid}, {Text: checkoutPaid, State: book.Paid},
		{Text: intentCreated, State: book.Pending}, {Text: intentProcessing, State: book.Pending}, {Text: checkoutUnpaid, State: book.Pending},
		{Text: intentFailed, State: book.Failed}, {Text: checkoutFailed, State: book.Failed},
		{Text: intentCanceled, State: book.Closed}, {Text: checkoutExpired, State: book.Closed},
	}
}

// Retry implements dialect.Dialect. Stripe tells no more than "up to three days with
// an exponential back off": here pauses double from two minutes on, for 68 hours.
// https://docs.stripe.com/webhooks#retries
func (p *Provider) Retry() dialect.Retry {
	var pauses []time.Duration
	for pause, sum := 2*time.Minute, time.Duration(0); sum+pause <= 72*time.Hour; pause *= 2 {
		pauses = append(pauses, pause)
		sum += pause
	}
	return dialect.Retry{Pauses: pauses, Patience: 20 * time.Second, Window: 5 * time.Minute}
}

// Taken implements dialect.Dialect: any 2xx.
func (p *Provider) Taken(a deliver.Answer) bool { return a.OK() }

// Forged implements dialect.Dialect.
func (p *Provider) Forged() (dialect.Dialect, error) {
	keys := *p.keys
	keys.endpoint = endpointPrefix + dialect.Letters(32)
	return New(&keys), nil
}

// NewTransactionID implements dialect.Dialect: a PaymentIntent's.
func (p *Provider) NewTransactionID(time.Time) string { return "pi_" + dialect.Letters(24) }

// NewRefundID implements dialect.Dialect.
func (p *Provider) NewRefundID(time.Time) string { return "re_" + dialect.Letters(24) }

// The events by which refunds are reported.
const (
	chargeRefunded = "charge.refunded"
	refundCreated  = "refund.created"
	refundUpdated  = "refund.updated"
	refundFailed   = "refund.failed"
)

// RefundEvents implements dialect.Dialect. One that is through is told twice: by its
// charge, with everything refunded so far, and by itself.
// https://docs.stripe.com/refunds#refund-events
func (p *Provider) RefundEvents(r book.Refund) []string {
	switch {
	case r.State == book.RefundFailed:
		return []string{refundFailed}
	case r.SettledAt.Equal(r.CreatedAt):
		return []string{refundCreated, chargeRefunded}
	}
	return []string{refundUpdated, chargeRefunded}
}

// Notice implements dialect.Dialect. The body stays over all tries, as the event's id does.
func (p *Provider) Notice(n book.Notice) (deliver.Request, error) {
	body, err := p.event(n)
	if err != nil {
		return nil, err
	}
	return func(at time.Time) (http.Header, []byte) {
		h := http.Header{}
		h.Set("Content-Type", "application/json; charset=utf-8")
		h.Set("User-Agent", "Stripe/1.0 (+https://stripe.com/docs/webhooks)")
		h.Set("Stripe-Signature", p.sign(at, body))
		return h, body
	}, nil
}

// sign is the value of Stripe-Signature. The whole secret is the key, with its prefix.
// https://docs.stripe.com/webhooks#verify-manually
func (p *Provider) sign(at time.Time, body []byte) string {
	timestamp := strconv.FormatInt(at.Unix(), 10)
	mac := hmac.New(sha256.New, []byte(p.keys.endpoint))
	mac.Write([]byte(timestamp + "."))
	mac.Write(body)
	return "t=" + timestamp + ",v1=" + hex.EncodeToString(mac.Sum(nil))
}
