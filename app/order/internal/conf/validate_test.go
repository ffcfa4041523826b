package conf_test

import (
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/stockonce/stockonce/app/internal/platform/config"
	"github.com/stockonce/stockonce/app/order/configs"
	"github.com/stockonce/stockonce/app/order/internal/conf"
)

// shipped is the embedded default, checked as at start.
func shipped(t *testing.T) *conf.Bootstrap {
	t.Helper()
	live, err := config.Load(config.Settings[*conf.Bootstrap]{
		Defaults: configs.Default,
		New:      func() *conf.Bootstrap { return &conf.Bootstrap{} },
		Validate: (*conf.Bootstrap).Validate,
	})
	if err != nil {
		t.Fatal(err)
	}
	return live.Current()
}

func TestTheShippedConfigurationIsValid(t *testing.T) {
	c := shipped(t)
	if c.GetCallback().GetStandard() != nil {
		t.Error("the shipped configuration has keys")
	}
	if c.GetConsul().GetAddress() != "" {
		t.Error("the shipped configuration needs Consul")
	}
}

func TestRulesAcrossFieldsAreNamed(t *testing.T) {
	keys := func(keys ...*conf.Key) func(*conf.Bootstrap) {
		return func(c *conf.Bootstrap) { c.Callback = &conf.Callback{Standard: &conf.StandardProvider{Keys: keys}} }
	}
	for _, c := range []struct {
		name   string
		change func(*conf.Bootstrap)
		want   string // "" means valid
	}{
		{"a lease as long as the work", func(c *conf.Bootstrap) {
			c.Relay.Lease = durationpb.New(c.GetProduct().GetCallTimeout().AsDuration() + conf.SettleMargin)
		}, "relay.lease:"},
		{"a key of file", keys(&conf.Key{Id: "a", File: "f"}), ""},
		{"a key of env", keys(&conf.Key{Id: "a", Env: "STOCKONCE_SECRET_A"}), ""},
		{"overlapping keys", keys(&conf.Key{Id: "a", File: "f", NotAfter: "2026-12-01T00:00:00Z"}, &conf.Key{Id: "b", File: "g"}), ""},
		{"a key of both", keys(&conf.Key{Id: "a", File: "f", Env: "E"}), "callback.standard.keys[0]:"},
		{"a key of neither", keys(&conf.Key{Id: "b", File: "f"}, &conf.Key{Id: "a"}), "callback.standard.keys[1]:"},
		{"one id twice", keys(&conf.Key{Id: "a", File: "f"}, &conf.Key{Id: "a", File: "g"}), "callback.standard.keys[1].id:"},
		{"no time", keys(&conf.Key{Id: "a", File: "f", NotBefore: "tomorrow"}), "callback.standard.keys[0].notBefore:"},
		{"an end before the start", keys(&conf.Key{Id: "a", File: "f", NotBefore: "2026-12-01T00:00:00Z", NotAfter: "2026-11-01T00:00:00Z"}), "callback.standard.keys[0].notAfter:"},
	} {
		t.Run(c.name, func(t *testing.T) {
			cfg := proto.CloneOf(shipped(t))
			c.change(cfg)
			err := cfg.Validate()
			if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.HasPrefix(err.Error(), c.want)) {
				t.Fatalf("error %v, want one of %q", err, c.want)
			}
		})
	}
}
