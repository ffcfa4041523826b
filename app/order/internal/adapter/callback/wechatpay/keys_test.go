package wechatpay_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	platform "github.com/stockonce/stockonce/app/internal/platform/conf"
	"github.com/stockonce/stockonce/app/internal/platform/keyring"
	"github.com/stockonce/stockonce/app/internal/platform/keyring/keyringtest"
	"github.com/stockonce/stockonce/app/order/internal/adapter/callback/wechatpay"
	"github.com/stockonce/stockonce/app/order/internal/conf"
	dialect "github.com/stockonce/stockonce/app/order/internal/dialect/wechatpay"
)

func TestKeysThatCannotBeUsedAreRefusedByName(t *testing.T) {
	good := []keyring.Key{{ID: "v3", Text: v3A}}
	for _, c := range []struct {
		name     string
		platform keyring.Key
		v3       []keyring.Key
		says     []string
	}{
		{"a platform key that is none", keyring.Key{ID: publicB, Text: "hello"}, good, []string{"platformKeys: key " + publicB}},
		{"an APIv3 key of 16 bytes", publicKeyB(t), []keyring.Key{{ID: "short", Text: v3A[:16]}}, []string{"apiV3Keys: key short", "16 bytes", "32"}},
		{"an APIv3 key of 33 bytes", publicKeyB(t), []keyring.Key{{ID: "long", Text: v3A + "x"}}, []string{"apiV3Keys: key long", "33 bytes", "32"}},
	} {
		_, err := wechatpay.New(dialect.Merchant{MchID: mchid}, []keyring.Key{c.platform}, c.v3, now)
		if err == nil {
			t.Errorf("%s: accepted", c.name)
			continue
		}
		for _, says := range c.says {
			if !strings.Contains(err.Error(), says) {
				t.Errorf("%s: %q does not say %q", c.name, err, says)
			}
		}
		if strings.Contains(err.Error(), v3A[:16]) {
			t.Errorf("%s: %q holds a key", c.name, err)
		}
	}
}

func TestKeysTellTheCertificatesEnd(t *testing.T) {
	keys := provider(t).Keys()
	if len(keys) != 3 || keys[0].ID != serialA || keys[1].ID != publicB || keys[2].ID != "v3" {
		t.Fatalf("keys %v", keys)
	}
	if !keys[0].NotAfter.Equal(now.AddDate(1, 0, 0)) || !keys[1].NotAfter.IsZero() {
		t.Errorf("ends %s, %s", keys[0].NotAfter, keys[1].NotAfter)
	}
}

func TestBuildReadsTheConfiguredKeys(t *testing.T) {
	file := filepath.Join(t.TempDir(), "public.pem")
	if err := os.WriteFile(file, []byte(keyringtest.Public(privateB())), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("STOCKONCE_SECRET_V3", v3A)
	c := &conf.WechatPay{
		Mchid: mchid, Appids: []string{appid},
		PlatformKeys: []*platform.Key{{Id: publicB, File: file}},
		ApiV3Keys:    []*platform.Key{{Id: "v3", Env: "STOCKONCE_SECRET_V3"}},
	}
	p, configured, err := wechatpay.Build(&conf.Providers{Wechatpay: c})
	if err != nil || !configured {
		t.Fatalf("configured %t, error %v", configured, err)
	}
	r := sign(t, privateB(), publicB, paidNotice(t, transaction(t, "attach", `"x"`)), now)
	if n, err := p.Read(r, now); err != nil || n.Verdict != "" || n.OrderNumber != "O1" {
		t.Errorf("notice %+v, error %v", n, err)
	}
	if _, configured, err := wechatpay.Build(&conf.Providers{}); configured || err != nil {
		t.Errorf("without configuration: configured %t, error %v", configured, err)
	}
	c.ApiV3Keys[0].Env = "STOCKONCE_SECRET_NONE"
	if _, _, err := wechatpay.Build(&conf.Providers{Wechatpay: c}); err == nil || !strings.Contains(err.Error(), "apiV3Keys: key v3") {
		t.Errorf("error %v", err)
	}
	c.PlatformKeys[0].File = file + "x"
	if _, _, err := wechatpay.Build(&conf.Providers{Wechatpay: c}); err == nil || !strings.Contains(err.Error(), "platformKeys: key "+publicB) {
		t.Errorf("error %v", err)
	}
}
