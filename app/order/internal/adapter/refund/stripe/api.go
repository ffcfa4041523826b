// Package stripe asks Stripe, through its API, to send money back, what became of a
// payment, and to cancel one (https://docs.stripe.com/api).
//
// It finds the payments of an order by the order number in their metadata. A payment
// page that names the order must name it for its PaymentIntent too
// (payment_intent_data[metadata]): what is on the page alone is not found.
package stripe

import (
	"cmp"
	"fmt"
	"net/http"
	"strings"

	"github.com/stockonce/stockonce/app/internal/platform/keyring"
	"github.com/stockonce/stockonce/app/internal/platform/outbound"
	"github.com/stockonce/stockonce/app/order/internal/adapter/refund"
	"github.com/stockonce/stockonce/app/order/internal/conf"
	"github.com/stockonce/stockonce/app/order/internal/dialect/stripe"
)

// Name is the provider's.
const Name = "stripe"

// API implements refund.API.
type API struct {
	client   *http.Client
	settings settings
}

// settings are all that makes one API differ from another, but for its client.
type settings struct {
	url      string // without a slash at its end
	key      string
	account  string
	liveMode bool
	orderKey string
}

// Build implements refund.Build.
func Build(cfg *conf.Providers) (refund.API, bool, error) {
	c := cfg.GetStripe()
	if c.GetApi() == nil {
		return nil, false, nil
	}
	key, err := keyring.Secret(c.GetApi().GetKey())
	if err != nil {
		return nil, false, fmt.Errorf("api.key: %w", err)
	}
	client, err := outbound.NewClient(c.GetApi().GetEndpoint())
	if err != nil {
		return nil, false, fmt.Errorf("api.endpoint.%w", err)
	}
	return &API{client: client, settings: settings{
		url:      strings.TrimRight(c.GetApi().GetEndpoint().GetUrl(), "/"),
		key:      key,
		account:  c.GetAccount(),
		liveMode: c.GetLiveMode(),
		orderKey: cmp.Or(c.GetOrderKey(), stripe.OrderKey),
	}}, true, nil
}

// Same tells whether other does the same with the same key.
func (a *API) Same(other any) bool {
	b, ok := other.(*API)
	return ok && a.settings == b.settings && outbound.Same(a.client, b.client)
}
