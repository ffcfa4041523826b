// Package standard asks a payment provider of one's own to send money back, what
// became of a payment, and to close one: over HTTP, with requests signed as Standard
// Webhooks (https://www.standardwebhooks.com, specification 1.0.0).
//
// Requests and answers are JSON objects, amounts in it integers of minor units:
//
//	<url>/refunds        {"refundNumber","transactionId","orderNumber","amount","currency","paid","reason"}
//	                     200 {"refundNumber","state":"pending|confirmed|failed","amount","currency","reason","refundId"}
//	<url>/payments/query {"orderNumber"}
//	                     200 {"orderNumber","state":"paid|pending|failed|closed|unknown","transactionId","amount","currency","paidAt"}
//	<url>/payments/close {"orderNumber"}
//	                     200 {"orderNumber","state":"closed|paid|unknown"}
//
// The provider makes a refund once, however often it is asked with one refundNumber,
// and then answers what became of it.
package standard

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"github.com/stockonce/stockonce/app/internal/platform/keyring"
	"github.com/stockonce/stockonce/app/internal/platform/outbound"
	"github.com/stockonce/stockonce/app/order/internal/adapter/refund"
	"github.com/stockonce/stockonce/app/order/internal/conf"
	wire "github.com/stockonce/stockonce/app/order/internal/dialect/standard"
)

// Name is the provider's.
const Name = "standard"

// API implements refund.API.
type API struct {
	client *http.Client
	signer *standardwebhooks.Webhook
	url    string // without a slash at its end
	secret string
}

// Build implements refund.Build.
func Build(cfg *conf.Providers) (refund.API, bool, error) {
	c := cfg.GetStandard().GetApi()
	if c == nil {
		return nil, false, nil
	}
	secret, err := keyring.Secret(c.GetKey())
	if err != nil {
		return nil, false, fmt.Errorf("api.key: %w", err)
	}
	signer, err := wire.NewWebhook(secret)
	if err != nil {
		return nil, false, fmt.Errorf("api.key: %w", err)
	}
	client, err := outbound.NewClient(c.GetEndpoint())
	if err != nil {
		return nil, false, fmt.Errorf("api.endpoint.%w", err)
	}
	url := strings.TrimRight(c.GetEndpoint().GetUrl(), "/")
	return &API{client: client, signer: signer, url: url, secret: secret}, true, nil
}

// Same tells whether other does the same with the same secret.
func (a *API) Same(other any) bool {
	b, ok := other.(*API)
	return ok && a.url == b.url && a.secret == b.secret && outbound.Same(a.client, b.client)
}

// Close implements refund.API.
func (a *API) Close(ctx context.Context, orderNumber string) error {
	var answer struct {
		OrderNumber string `json:"orderNumber"`
		State       string `json:"state"`
	}
	body, err := a.exchange(ctx, "/payments/close", "close_"+orderNumber, map[string]string{"orderNumber": orderNumber})
	if err != nil {
		return err
	}
	if err := decode(body, &answer); err != nil {
		return err
	}
	switch {
	case answer.OrderNumber != orderNumber:
		return errOther
	case answer.State == "paid":
		return refund.ErrPaid
	case answer.State == "unknown":
		return refund.ErrUnknown
	case answer.State == "closed":
		return nil
	}
	return fmt.Errorf("the answer's state %.40q is none of a closing", answer.State)
}
