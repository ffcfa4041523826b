// Package conf is the order service's configuration.
package conf

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/stockonce/stockonce/app/internal/platform/access"
	platform "github.com/stockonce/stockonce/app/internal/platform/conf"
	"github.com/stockonce/stockonce/app/internal/platform/credential"
	"github.com/stockonce/stockonce/app/internal/platform/keyring"
	"github.com/stockonce/stockonce/app/internal/platform/tlsfile"
)

// SettleMargin is the time that recording an answer may take after a call: work on
// a task is the call and the recording.
const SettleMargin = time.Second

// Validate checks the rules that no single field can state. Errors name the fields.
func (c *Bootstrap) Validate() error {
	lease := c.GetRelay().GetLease().AsDuration()
	errs := []error{
		c.GetProviders().validate(), c.GetNotify().validate(), access.Check(c.GetAccess()),
		tlsfile.CheckClient("product.tls", c.GetProduct().GetTls()),
		credential.Check("product.token", c.GetProduct().GetToken()),
	}
	if lease <= c.GetProduct().GetCallTimeout().AsDuration()+SettleMargin {
		errs = append(errs, errors.New("relay.lease: must be longer than product.callTimeout and a second"))
	}
	endpoints := c.endpoints()
	for _, field := range slices.Sorted(maps.Keys(endpoints)) {
		e := endpoints[field]
		if lease <= e.GetTimeout().AsDuration()+SettleMargin {
			errs = append(errs, fmt.Errorf("relay.lease: must be longer than %s.timeout and a second", field))
		}
		if (e.GetCertFile() == "") != (e.GetKeyFile() == "") {
			errs = append(errs, fmt.Errorf("%s: certFile and keyFile go together", field))
		}
	}
	return errors.Join(errs...)
}

// LongestCall is the longest time-out of all payment providers and targets.
func (c *Bootstrap) LongestCall() time.Duration {
	var longest time.Duration
	for _, e := range c.endpoints() {
		longest = max(longest, e.GetTimeout().AsDuration())
	}
	return longest
}

// endpoints are the configured APIs of others by the path of their field.
func (c *Bootstrap) endpoints() map[string]*platform.Endpoint {
	p := c.GetProviders()
	all := map[string]*platform.Endpoint{
		"providers.standard.api.endpoint":  p.GetStandard().GetApi().GetEndpoint(),
		"providers.wechatpay.api.endpoint": p.GetWechatpay().GetApi().GetEndpoint(),
		"providers.alipay.api.endpoint":    p.GetAlipay().GetApi().GetEndpoint(),
		"providers.stripe.api.endpoint":    p.GetStripe().GetApi().GetEndpoint(),
	}
	for i, t := range c.GetNotify().GetTargets() {
		all[fmt.Sprintf("notify.targets[%d].endpoint", i)] = t.GetEndpoint()
	}
	for field, e := range all {
		if e == nil {
			delete(all, field)
		}
	}
	return all
}

func (p *Providers) validate() error {
	return errors.Join(
		keyring.Check("providers.standard.keys", p.GetStandard().GetKeys()),
		keyring.CheckSecret("providers.standard.api.key", p.GetStandard().GetApi().GetKey()),
		keyring.Check("providers.wechatpay.platformKeys", p.GetWechatpay().GetPlatformKeys()),
		keyring.Check("providers.wechatpay.apiV3Keys", p.GetWechatpay().GetApiV3Keys()),
		keyring.CheckSecret("providers.wechatpay.api.privateKey", p.GetWechatpay().GetApi().GetPrivateKey()),
		keyring.Check("providers.alipay.publicKeys", p.GetAlipay().GetPublicKeys()),
		keyring.CheckSecret("providers.alipay.api.privateKey", p.GetAlipay().GetApi().GetPrivateKey()),
		keyring.Check("providers.stripe.secrets", p.GetStripe().GetSecrets()),
		keyring.CheckSecret("providers.stripe.api.key", p.GetStripe().GetApi().GetKey()),
	)
}

func (n *Notify) validate() error {
	var errs []error
	ids := map[string]bool{}
	for i, t := range n.GetTargets() {
		field := fmt.Sprintf("notify.targets[%d]", i)
		if ids[t.GetId()] {
			errs = append(errs, fmt.Errorf("%s.id: %s is used twice", field, t.GetId()))
		}
		ids[t.GetId()] = true
		errs = append(errs, keyring.Check(field+".keys", t.GetKeys()))
	}
	return errors.Join(errs...)
}
