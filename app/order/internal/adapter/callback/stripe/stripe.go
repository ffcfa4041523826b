// Package stripe receives Stripe's webhooks (https://docs.stripe.com/webhooks).
//
// The transaction id of a payment is always its PaymentIntent's id, whichever event
// tells of it, so that payment_intent.succeeded and the events of a Checkout Session
// describe one payment, in any order.
package stripe

import (
	"fmt"
	"net/http"
	"regexp"
	"time"

	"github.com/stockonce/stockonce/app/internal/platform/keyring"
	"github.com/stockonce/stockonce/app/order/internal/adapter/callback"
	"github.com/stockonce/stockonce/app/order/internal/conf"
	"github.com/stockonce/stockonce/app/order/internal/dialect/stripe"
	"github.com/stockonce/stockonce/app/order/internal/domain"
)

// Provider verifies and reads Stripe's events.
type Provider struct {
	merchant Merchant
	secrets  []keyring.Key
}

// Merchant is whose events are taken, and where they name the order.
type Merchant struct {
	Account  string // the connected account (acct_…); empty: the account of the endpoint itself
	LiveMode bool
	OrderKey string // of the metadata; empty: order
}

// Build implements callback.Build.
func Build(cfg *conf.Providers) (callback.Provider, bool, error) {
	c := cfg.GetStripe()
	if c == nil {
		return nil, false, nil
	}
	secrets, err := keyring.Load(c.GetSecrets())
	if err != nil {
		return nil, false, err
	}
	p, err := New(Merchant{Account: c.GetAccount(), LiveMode: c.GetLiveMode(), OrderKey: c.GetOrderKey()}, secrets)
	return p, err == nil, err
}

// secretForm is how the console shows a signing secret. The prefix is a part of it.
var secretForm = regexp.MustCompile(`^whsec_[!-~]{24,128}$`)

// New makes a provider that accepts what any of the signing secrets signed: while a
// secret is rolled, both are valid.
func New(m Merchant, secrets []keyring.Key) (*Provider, error) {
	for _, s := range secrets {
		if !secretForm.MatchString(s.Text) {
			return nil, fmt.Errorf("key %s: not a signing secret of the form whsec_…", s.ID)
		}
	}
	if m.OrderKey == "" {
		m.OrderKey = stripe.OrderKey
	}
	return &Provider{merchant: m, secrets: secrets}, nil
}

// Read implements callback.Provider. Stripe takes any status 2xx as received and
// sends everything else again for three days.
func (p *Provider) Read(r callback.Request, now time.Time) (domain.Notice, error) {
	if err := p.verify(r, now); err != nil {
		return domain.Notice{}, err
	}
	n := p.merchant.read(r.Body)
	n.Delivery.Answer = answer(http.StatusOK, "ok")
	if n.Verdict == domain.VerdictForeign {
		n.Delivery.Answer = answer(http.StatusBadRequest, "another account or mode")
	}
	return n, nil
}

// Refuse implements callback.Provider. Stripe looks at the status alone.
func (p *Provider) Refuse(status int) domain.Answer { return answer(status, http.StatusText(status)) }

// Keys implements callback.Provider.
func (p *Provider) Keys() []keyring.Key { return p.secrets }

func answer(status int, text string) domain.Answer {
	return domain.Answer{Status: status, ContentType: "text/plain", Body: text}
}
