// Package alipay receives Alipay's asynchronous notices of trades, in public-key mode
// (https://opendocs.alipay.com/open/203/105286 for the notice,
// https://opendocs.alipay.com/common/02mse7 for its signature).
//
// The scheme is a page of standard library, so no SDK stands between the signed bytes
// and the decision to believe them.
package alipay

import (
	"net/http"
	"slices"
	"time"

	"github.com/stockonce/stockonce/app/internal/platform/keyring"
	"github.com/stockonce/stockonce/app/order/internal/adapter/callback"
	"github.com/stockonce/stockonce/app/order/internal/conf"
	"github.com/stockonce/stockonce/app/order/internal/dialect"
	"github.com/stockonce/stockonce/app/order/internal/dialect/alipay"
	"github.com/stockonce/stockonce/app/order/internal/domain"
)

// Provider verifies and reads notices. It is safe for concurrent use.
type Provider struct {
	appID   string
	sellers []string
	keys    alipay.Keys
}

// Build implements callback.Build.
func Build(cfg *conf.Providers) (callback.Provider, bool, error) {
	c := cfg.GetAlipay()
	if c == nil {
		return nil, false, nil
	}
	keys, err := keyring.Load(c.GetPublicKeys())
	if err != nil {
		return nil, false, err
	}
	p, err := New(c.GetAppId(), c.GetSellerIds(), keys, time.Now())
	return p, err == nil, err
}

// New makes a provider that accepts what any of the keys signed for the app and one of
// the sellers. The keys are Alipay's; an error names the one that cannot be used.
func New(appID string, sellers []string, keys []keyring.Key, now time.Time) (*Provider, error) {
	parsed, err := alipay.ParseKeys(keys, now)
	if err != nil {
		return nil, err
	}
	return &Provider{appID: appID, sellers: sellers, keys: parsed}, nil
}

// Read implements callback.Provider.
//
// There is no window around now: Alipay signs no time apart from the notice's own, and
// repeats a notice unchanged for a day. A replay is harmless because a transaction is
// recorded once.
func (p *Provider) Read(r callback.Request, now time.Time) (domain.Notice, error) {
	f, err := p.verify(r.Body, now)
	if err != nil {
		return domain.Notice{}, err
	}
	n := read(f)
	n.Delivery.Answer = domain.Answer{Status: http.StatusOK, ContentType: "text/plain", Body: "success"}
	if f[fieldAppID] != p.appID || !slices.Contains(p.sellers, f[fieldSellerID]) {
		n.Refund = nil
		n = dialect.Foreign(n, "app_id, seller_id: must be ours")
		n.Delivery.Answer = p.Refuse(http.StatusBadRequest)
	}
	return n, nil
}

// Refuse implements callback.Provider. Alipay takes anything but "success" for a no,
// and sends the notice again: 8 times in 25 hours.
func (p *Provider) Refuse(status int) domain.Answer {
	return domain.Answer{Status: status, ContentType: "text/plain", Body: "fail"}
}

// Keys implements callback.Provider.
func (p *Provider) Keys() []keyring.Key {
	keys := make([]keyring.Key, len(p.keys))
	for i, k := range p.keys {
		keys[i] = k.Key
	}
	return keys
}
