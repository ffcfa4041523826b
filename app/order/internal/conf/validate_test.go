package conf_test

import (
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"

	platform "github.com/stockonce/stockonce/app/internal/platform/conf"
	"github.com/stockonce/stockonce/app/internal/platform/config"
	"github.com/stockonce/stockonce/app/order/configs"
	"github.com/stockonce/stockonce/app/order/internal/conf"
)

// load loads a configuration as at start.
func load(t *testing.T, text []byte) *conf.Bootstrap {
	t.Helper()
	live, err := config.Load(config.Settings[*conf.Bootstrap]{
		Defaults: text,
		New:      func() *conf.Bootstrap { return &conf.Bootstrap{} },
		Validate: (*conf.Bootstrap).Validate,
	})
	if err != nil {
		t.Fatal(err)
	}
	return live.Current()
}

// example is the shipped configuration with its commented examples in force: lines
// that begin with # and two spaces.
func example(t *testing.T) *conf.Bootstrap {
	t.Helper()
	text := string(configs.Default)
	for _, empty := range []string{"\nproviders: {}\n#  ", "\n  targets: []\n#  "} {
		if !strings.Contains(text, empty) {
			t.Fatalf("config.yaml has no example behind %q", empty)
		}
		key, _, _ := strings.Cut(empty, ":")
		text = strings.Replace(text, empty, key+":\n#  ", 1)
	}
	return load(t, []byte(strings.ReplaceAll(text, "\n#  ", "\n  ")))
}

func TestTheShippedConfigurationIsValid(t *testing.T) {
	c := load(t, configs.Default)
	if c.GetProviders().GetStandard() != nil {
		t.Error("the shipped configuration has keys")
	}
	if c.GetConsul().GetAddress() != "" {
		t.Error("the shipped configuration needs Consul")
	}
}

func TestTheExamplesOfTheShippedConfigurationAreValid(t *testing.T) {
	c := example(t)
	if c.GetServer().GetHttp().GetTls() == nil || c.GetServer().GetGrpc().GetTls() == nil || c.GetDatabase().GetTls() == nil ||
		c.GetProduct().GetTls() == nil || c.GetProduct().GetToken() == nil {
		t.Error("no example of everything about TLS and tokens")
	}
	p := c.GetProviders()
	if p.GetStandard().GetApi() == nil || p.GetWechatpay().GetApi() == nil || p.GetAlipay().GetApi() == nil || p.GetStripe().GetApi() == nil {
		t.Error("no example of every provider and its API")
	}
	if len(c.GetNotify().GetTargets()) != 1 {
		t.Error("no example of who is told")
	}
	if got := c.LongestCall(); got != c.GetNotify().GetTargets()[0].GetEndpoint().GetTimeout().AsDuration() {
		t.Errorf("the longest call takes %s", got)
	}
}

func TestRulesAcrossFieldsAreNamed(t *testing.T) {
	standard := func(keys ...*platform.Key) func(*conf.Bootstrap) {
		return func(c *conf.Bootstrap) { c.Providers = &conf.Providers{Standard: &conf.Standard{Keys: keys}} }
	}
	// both is where a secret can be, and must not be twice.
	both := func(s *platform.Secret) { s.File, s.Env = "f", "E" }
	neither := func(k *platform.Key) { k.File, k.Env = "", "" }
	for _, c := range []struct {
		name   string
		change func(*conf.Bootstrap)
		want   string // the beginning; "" means valid
	}{
		{"a lease as long as the work", func(c *conf.Bootstrap) {
			c.Relay.Lease = durationpb.New(c.GetProduct().GetCallTimeout().AsDuration() + conf.SettleMargin)
			c.Providers, c.Notify = nil, nil
		}, "relay.lease: must be longer than product.callTimeout"},
		{"a lease as long as a refund", func(c *conf.Bootstrap) {
			c.Providers.Alipay.Api.Endpoint.Timeout = durationpb.New(c.GetRelay().GetLease().AsDuration() - conf.SettleMargin)
		}, "relay.lease: must be longer than providers.alipay.api.endpoint.timeout"},
		{"a lease just longer than a refund", func(c *conf.Bootstrap) {
			c.Providers.Alipay.Api.Endpoint.Timeout = durationpb.New(c.GetRelay().GetLease().AsDuration() - conf.SettleMargin - 1)
		}, ""},
		{"a lease shorter than telling a target", func(c *conf.Bootstrap) {
			c.Notify.Targets[0].Endpoint.Timeout = durationpb.New(time.Minute)
		}, "relay.lease: must be longer than notify.targets[0].endpoint.timeout"},
		{"a certificate without its key", func(c *conf.Bootstrap) {
			c.Providers.Wechatpay.Api.Endpoint.CertFile = "f"
		}, "providers.wechatpay.api.endpoint: certFile and keyFile"},
		{"a certificate's key alone", func(c *conf.Bootstrap) {
			c.Notify.Targets[0].Endpoint.KeyFile = "f"
		}, "notify.targets[0].endpoint: certFile and keyFile"},
		{"a certificate and its key", func(c *conf.Bootstrap) {
			c.Providers.Stripe.Api.Endpoint.CertFile, c.Providers.Stripe.Api.Endpoint.KeyFile = "f", "g"
		}, ""},

		{"a key of file", standard(&platform.Key{Id: "a", File: "f"}), ""},
		{"a key of env", standard(&platform.Key{Id: "a", Env: "STOCKONCE_SECRET_A"}), ""},
		{"overlapping keys", standard(&platform.Key{Id: "a", File: "f", NotAfter: "2026-12-01T00:00:00Z"}, &platform.Key{Id: "b", File: "g"}), ""},
		{"a key of both", standard(&platform.Key{Id: "a", File: "f", Env: "E"}), "providers.standard.keys[0]:"},
		{"a key of neither", standard(&platform.Key{Id: "b", File: "f"}, &platform.Key{Id: "a"}), "providers.standard.keys[1]:"},
		{"one id twice", standard(&platform.Key{Id: "a", File: "f"}, &platform.Key{Id: "a", File: "g"}), "providers.standard.keys[1].id:"},
		{"no time", standard(&platform.Key{Id: "a", File: "f", NotBefore: "tomorrow"}), "providers.standard.keys[0].notBefore:"},
		{"an end before the start", standard(&platform.Key{Id: "a", File: "f", NotBefore: "2026-12-01T00:00:00Z", NotAfter: "2026-11-01T00:00:00Z"}), "providers.standard.keys[0].notAfter:"},

		{"WeChat Pay's key nowhere", func(c *conf.Bootstrap) { neither(c.GetProviders().GetWechatpay().GetPlatformKeys()[0]) }, "providers.wechatpay.platformKeys[0]:"},
		{"an APIv3 key nowhere", func(c *conf.Bootstrap) { neither(c.GetProviders().GetWechatpay().GetApiV3Keys()[0]) }, "providers.wechatpay.apiV3Keys[0]:"},
		{"Alipay's key nowhere", func(c *conf.Bootstrap) { neither(c.GetProviders().GetAlipay().GetPublicKeys()[0]) }, "providers.alipay.publicKeys[0]:"},
		{"Stripe's secret nowhere", func(c *conf.Bootstrap) { neither(c.GetProviders().GetStripe().GetSecrets()[0]) }, "providers.stripe.secrets[0]:"},
		{"a target's key nowhere", func(c *conf.Bootstrap) { neither(c.GetNotify().GetTargets()[0].GetKeys()[0]) }, "notify.targets[0].keys[0]:"},
		{"the key of one's own API in two places", func(c *conf.Bootstrap) { both(c.GetProviders().GetStandard().GetApi().GetKey()) }, "providers.standard.api.key:"},
		{"the merchant's key in two places", func(c *conf.Bootstrap) { both(c.GetProviders().GetWechatpay().GetApi().GetPrivateKey()) }, "providers.wechatpay.api.privateKey:"},
		{"the app's key in two places", func(c *conf.Bootstrap) { both(c.GetProviders().GetAlipay().GetApi().GetPrivateKey()) }, "providers.alipay.api.privateKey:"},
		{"Stripe's API key in two places", func(c *conf.Bootstrap) { both(c.GetProviders().GetStripe().GetApi().GetKey()) }, "providers.stripe.api.key:"},
		{"an API without its key", func(c *conf.Bootstrap) { c.Providers.Stripe.Api.Key = &platform.Secret{} }, "providers.stripe.api.key:"},

		{"a certificate for product without its key", func(c *conf.Bootstrap) { c.Product.Tls.KeyFile = "" }, "product.tls: certFile and keyFile"},
		{"a token and a key", func(c *conf.Bootstrap) { c.Product.Token.File = "f" }, "product.token: must name either"},
		{"a key for nobody", func(c *conf.Bootstrap) { c.Product.Token.Audience = "" }, "product.token.audience:"},
		{"a token's key in two places", func(c *conf.Bootstrap) { both(c.GetProduct().GetToken().GetKey()) }, "product.token.key:"},

		{"two targets of one name", func(c *conf.Bootstrap) {
			c.Notify.Targets = append(c.GetNotify().GetTargets(), c.GetNotify().GetTargets()[0])
		}, "notify.targets[1].id: fulfilment is used twice"},
	} {
		t.Run(c.name, func(t *testing.T) {
			cfg := proto.CloneOf(example(t))
			c.change(cfg)
			err := cfg.Validate()
			if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.HasPrefix(err.Error(), c.want)) {
				t.Fatalf("error %v, want one of %q", err, c.want)
			}
			if err != nil && strings.Contains(err.Error(), "\n") {
				t.Errorf("one mistake, several errors: %v", err)
			}
		})
	}
}

func TestSeveralMistakesAreAlwaysToldInOneSequence(t *testing.T) {
	cfg := proto.CloneOf(example(t))
	cfg.Relay.Lease = durationpb.New(time.Second)
	want := cfg.Validate().Error()
	for range 20 {
		if got := cfg.Validate().Error(); got != want {
			t.Fatalf("first\n%s\nthen\n%s", want, got)
		}
	}
}
