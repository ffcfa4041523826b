// Package wechatpay is WeChat Pay, API v3, for a merchant of its own: notices of
// payments and refunds.
//
// What a notice holds and how it is to be answered:
// https://pay.weixin.qq.com/docs/merchant/products/notification/introduction.html and
// https://pay.weixin.qq.com/doc/v3/merchant/4012082053. How it is signed:
// https://pay.weixin.qq.com/docs/merchant/development/interface-rules/build-verify-sign-src.html.
package wechatpay

import (
	"fmt"
	"net/http"
	"time"

	"github.com/stockonce/stockonce/app/internal/platform/keyring"
	"github.com/stockonce/stockonce/app/order/internal/adapter/callback"
	"github.com/stockonce/stockonce/app/order/internal/conf"
	"github.com/stockonce/stockonce/app/order/internal/dialect/wechatpay"
	"github.com/stockonce/stockonce/app/order/internal/domain"
)

// Name is the provider's name in the callback's path and in stored notices.
const Name = "wechatpay"

// Provider verifies, decrypts and reads notices.
type Provider struct {
	merchant wechatpay.Merchant
	platform wechatpay.PlatformKeys
	v3       v3Keys
}

// Build implements callback.Build.
func Build(cfg *conf.Providers) (callback.Provider, bool, error) {
	c := cfg.GetWechatpay()
	if c == nil {
		return nil, false, nil
	}
	platform, err := keyring.Load(c.GetPlatformKeys())
	if err != nil {
		return nil, false, fmt.Errorf("platformKeys: %w", err)
	}
	v3, err := keyring.Load(c.GetApiV3Keys())
	if err != nil {
		return nil, false, fmt.Errorf("apiV3Keys: %w", err)
	}
	p, err := New(wechatpay.Merchant{MchID: c.GetMchid(), AppIDs: c.GetAppids()}, platform, v3, time.Now())
	return p, err == nil, err
}

// New makes a provider that accepts what any of the platform keys signed and any of
// the APIv3 keys encrypted, which have 32 bytes. An error names the key, and nothing
// of a secret.
func New(m wechatpay.Merchant, platform, v3 []keyring.Key, now time.Time) (*Provider, error) {
	p := &Provider{merchant: m}
	var err error
	if p.platform, err = wechatpay.NewPlatformKeys(platform, now); err != nil {
		return nil, fmt.Errorf("platformKeys: %w", err)
	}
	if p.v3, err = newV3Keys(v3); err != nil {
		return nil, fmt.Errorf("apiV3Keys: %w", err)
	}
	return p, nil
}

// Read implements callback.Provider.
//
// What is meant for another merchant is answered 400. What no APIv3 key decrypts is
// answered 500: there it is our keys that are wrong, and WeChat Pay sends it again for
// a day, in which they can be set right.
func (p *Provider) Read(r callback.Request, now time.Time) (domain.Notice, error) {
	if err := p.platform.Verify(r.Header.Get, r.Body, now); err != nil {
		return domain.Notice{}, fmt.Errorf("%w: %w", callback.ErrUnverified, err)
	}
	n, decrypted := p.read(r.Body, now)
	switch {
	case !decrypted:
		n.Delivery.Answer = p.Refuse(http.StatusInternalServerError)
	case n.Verdict == domain.VerdictForeign:
		n.Delivery.Answer = p.Refuse(http.StatusBadRequest)
	default:
		n.Delivery.Answer = domain.Answer{Status: http.StatusOK, ContentType: contentType, Body: `{"code":"SUCCESS"}`}
	}
	return n, nil
}

const contentType = "application/json"

// Refuse implements callback.Provider. WeChat Pay goes by the status: with any but 200
// and 204 it sends the notice again.
func (p *Provider) Refuse(status int) domain.Answer {
	// The texts of HTTP statuses hold nothing that JSON would have to escape.
	body := fmt.Sprintf(`{"code":"FAIL","message":%q}`, http.StatusText(status))
	return domain.Answer{Status: status, ContentType: contentType, Body: body}
}

// Keys implements callback.Provider.
func (p *Provider) Keys() []keyring.Key { return append(p.platform.Keys(), p.v3...) }
