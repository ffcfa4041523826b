// Package alipay asks Alipay's gateway for refunds, for what became of a trade, and to
// close one; the page of each method is named where its answer is read.
//
// Requests are signed with the app's private key, and an answer is believed only when
// Alipay's signature over its bytes is right.
package alipay

import (
	"crypto/rsa"
	"fmt"
	"net/http"
	"reflect"
	"time"

	"github.com/stockonce/stockonce/app/internal/platform/keyring"
	"github.com/stockonce/stockonce/app/internal/platform/outbound"
	"github.com/stockonce/stockonce/app/order/internal/adapter/refund"
	"github.com/stockonce/stockonce/app/order/internal/conf"
	"github.com/stockonce/stockonce/app/order/internal/dialect/alipay"
)

// Name is the provider's name in notices.
const Name = "alipay"

// API implements refund.API. It is safe for concurrent use.
type API struct {
	gateway string
	appID   string
	client  *http.Client
	private *rsa.PrivateKey
	public  alipay.Keys
}

// Build implements refund.Build.
func Build(cfg *conf.Providers) (refund.API, bool, error) {
	c := cfg.GetAlipay()
	if c.GetApi() == nil {
		return nil, false, nil
	}
	a, err := New(c, time.Now())
	return a, err == nil, err
}

// New makes an API of a configuration that has one; it reads the keys and
// certificates. An error names the key or file.
func New(c *conf.Alipay, now time.Time) (*API, error) {
	a := &API{gateway: c.GetApi().GetEndpoint().GetUrl(), appID: c.GetAppId()}
	keys, err := keyring.Load(c.GetPublicKeys())
	if err != nil {
		return nil, fmt.Errorf("publicKeys: %w", err)
	}
	if a.public, err = alipay.ParseKeys(keys, now); err != nil {
		return nil, fmt.Errorf("publicKeys: %w", err)
	}
	if a.private, err = keyring.PrivateKey(c.GetApi().GetPrivateKey()); err != nil {
		return nil, fmt.Errorf("api.privateKey: %w", err)
	}
	if a.client, err = outbound.NewClient(c.GetApi().GetEndpoint()); err != nil {
		return nil, fmt.Errorf("api.endpoint: %w", err)
	}
	return a, nil
}

// Same compares configuration, keys and certificates; see refund.Build.
func (a *API) Same(other any) bool {
	b, ok := other.(*API)
	return ok && a.gateway == b.gateway && a.appID == b.appID && a.private.Equal(b.private) &&
		reflect.DeepEqual(a.public, b.public) && outbound.Same(a.client, b.client)
}
