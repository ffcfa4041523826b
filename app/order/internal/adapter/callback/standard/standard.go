// Package standard is the payment provider whose notices are Standard Webhooks
// (https://www.standardwebhooks.com, specification 1.0.0) over the JSON body that
// package dialect/standard reads: for providers of one's own, and for trying things out.
package standard

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"github.com/stockonce/stockonce/app/internal/platform/keyring"
	"github.com/stockonce/stockonce/app/order/internal/adapter/callback"
	"github.com/stockonce/stockonce/app/order/internal/conf"
	wire "github.com/stockonce/stockonce/app/order/internal/dialect/standard"
	"github.com/stockonce/stockonce/app/order/internal/domain"
)

// tolerance is how far the signed time may be from now, both ways, as the
// specification advises. Each retry is signed anew, so it loses no honest one.
const tolerance = 5 * time.Minute

// Provider verifies and reads notices.
type Provider struct{ keys []key }

type key struct {
	keyring.Key
	webhook *standardwebhooks.Webhook
}

// Build implements callback.Build.
func Build(cfg *conf.Providers) (callback.Provider, bool, error) {
	if cfg.GetStandard() == nil {
		return nil, false, nil
	}
	keys, err := keyring.Load(cfg.GetStandard().GetKeys())
	if err != nil {
		return nil, false, err
	}
	p, err := New(keys)
	return p, err == nil, err
}

// New makes a provider that accepts what any of the keys signed. Secrets have the
// specification's form: whsec_ and base64.
func New(keys []keyring.Key) (*Provider, error) {
	p := &Provider{}
	for _, k := range keys {
		webhook, err := wire.NewWebhook(k.Text)
		if err != nil {
			return nil, fmt.Errorf("key %s: %w", k.ID, err)
		}
		p.keys = append(p.keys, key{Key: k, webhook: webhook})
	}
	return p, nil
}

// Read implements callback.Provider.
func (p *Provider) Read(r callback.Request, now time.Time) (domain.Notice, error) {
	if err := p.verify(r, now); err != nil {
		return domain.Notice{}, err
	}
	n := wire.Read(r.Body)
	n.Delivery.Answer = domain.Answer{Status: http.StatusOK, ContentType: "text/plain", Body: "ok"}
	return n, nil
}

// Refuse implements callback.Provider. The specification looks at the status alone.
func (p *Provider) Refuse(status int) domain.Answer {
	return domain.Answer{Status: status, ContentType: "text/plain", Body: http.StatusText(status)}
}

// Keys implements callback.Provider.
func (p *Provider) Keys() []keyring.Key {
	keys := make([]keyring.Key, len(p.keys))
	for i, k := range p.keys {
		keys[i] = k.Key
	}
	return keys
}

// verify checks the signed time and tries every valid key.
func (p *Provider) verify(r callback.Request, now time.Time) error {
	seconds, err := strconv.ParseInt(r.Header.Get(standardwebhooks.HeaderWebhookTimestamp), 10, 64)
	if err != nil {
		return fmt.Errorf("%w: webhook-timestamp is missing or no number", callback.ErrUnverified)
	}
	signed := time.Unix(seconds, 0)
	// The library reads the clock itself; ours can be set in tests.
	if d := now.Sub(signed).Abs(); d > tolerance {
		return fmt.Errorf("%w: signed %s away from now, by this machine's clock", callback.ErrUnverified, d.Round(time.Second))
	}
	problem := errors.New("no key is valid now")
	for _, k := range p.keys {
		if !k.ValidAt(now) {
			continue
		}
		if problem = k.webhook.VerifyIgnoringTimestamp(r.Body, r.Header); problem == nil {
			return nil
		}
	}
	return fmt.Errorf("%w: %w", callback.ErrUnverified, problem)
}
