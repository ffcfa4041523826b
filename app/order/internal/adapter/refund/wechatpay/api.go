// Package wechatpay asks WeChat Pay, API v3, for refunds, for what became of a trade,
// and to close one.
//
// Requests are signed with the merchant's key
// (https://pay.weixin.qq.com/doc/v3/merchant/4012365352), and an answer is believed
// only when it is signed with one of WeChat Pay's: also an error, because money
// depends on it.
package wechatpay

import (
	"crypto/rsa"
	"fmt"
	"net/http"
	"reflect"
	"strings"
	"time"

	"github.com/wechatpay-apiv3/wechatpay-go/core/auth/credentials"
	"github.com/wechatpay-apiv3/wechatpay-go/core/auth/signers"
	"google.golang.org/protobuf/proto"

	"github.com/stockonce/stockonce/app/internal/platform/keyring"
	"github.com/stockonce/stockonce/app/internal/platform/outbound"
	"github.com/stockonce/stockonce/app/order/internal/adapter/refund"
	"github.com/stockonce/stockonce/app/order/internal/conf"
	"github.com/stockonce/stockonce/app/order/internal/dialect/wechatpay"
)

// Name is the provider's name in notices.
const Name = "wechatpay"

// API implements refund.API.
type API struct {
	config      *conf.WechatPay
	base        string // without a slash at the end
	client      *http.Client
	private     *rsa.PrivateKey
	credentials *credentials.WechatPayCredentials
	merchant    wechatpay.Merchant
	platform    wechatpay.PlatformKeys
}

// Build implements refund.Build.
func Build(cfg *conf.Providers) (refund.API, bool, error) {
	c := cfg.GetWechatpay()
	if c.GetApi() == nil {
		return nil, false, nil
	}
	a, err := New(c, time.Now())
	return a, err == nil, err
}

// New makes an API of a configuration that has one; it reads the keys and
// certificates. Platform keys must be valid now. An error names the key or file.
func New(c *conf.WechatPay, now time.Time) (*API, error) {
	a := &API{
		config: c, base: strings.TrimRight(c.GetApi().GetEndpoint().GetUrl(), "/"),
		merchant: wechatpay.Merchant{MchID: c.GetMchid(), AppIDs: c.GetAppids()},
	}
	keys, err := keyring.Load(c.GetPlatformKeys())
	if err != nil {
		return nil, fmt.Errorf("platformKeys: %w", err)
	}
	if a.platform, err = wechatpay.NewPlatformKeys(keys, now); err != nil {
		return nil, fmt.Errorf("platformKeys: %w", err)
	}
	if a.private, err = keyring.PrivateKey(c.GetApi().GetPrivateKey()); err != nil {
		return nil, fmt.Errorf("api.privateKey: %w", err)
	}
	if a.client, err = outbound.NewClient(c.GetApi().GetEndpoint()); err != nil {
		return nil, fmt.Errorf("api.endpoint: %w", err)
	}
	a.credentials = &credentials.WechatPayCredentials{Signer: &signers.SHA256WithRSASigner{
		MchID:               c.GetMchid(),
		CertificateSerialNo: strings.ToUpper(c.GetApi().GetSerial()),
		PrivateKey:          a.private,
	}}
	return a, nil
}

// Same compares configuration, keys and certificates; see refund.Build.
func (a *API) Same(other any) bool {
	b, ok := other.(*API)
	return ok && proto.Equal(a.config, b.config) && a.private.Equal(b.private) &&
		reflect.DeepEqual(a.platform, b.platform) && outbound.Same(a.client, b.client)
}
