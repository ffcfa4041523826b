package wechatpay_test

import (
	"os"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"

	platform "github.com/stockonce/stockonce/app/internal/platform/conf"
	"github.com/stockonce/stockonce/app/internal/platform/keyring/keyringtest"
	"github.com/stockonce/stockonce/app/order/internal/adapter/refund/wechatpay"
	"github.com/stockonce/stockonce/app/order/internal/conf"
	"github.com/stockonce/stockonce/app/order/internal/domain"
)

func certificateFile(t *testing.T, from, to time.Time) string {
	t.Helper()
	return keyFile(t, keyringtest.Certificate(platformKey(), "5157F09EFDC096DE", from, to))
}

func TestWithoutAnAPIThereIsNone(t *testing.T) {
	for _, c := range []*conf.Providers{{}, {Wechatpay: &conf.WechatPay{Mchid: mchid}}} {
		if a, configured, err := wechatpay.Build(c); a != nil || configured || err != nil {
			t.Errorf("%v: configured %t, error %v", c, configured, err)
		}
	}
}

func TestBrokenConfigurationIsRefusedByName(t *testing.T) {
	const url = "http://127.0.0.1:1"
	missing, garbage := t.TempDir()+"/none", t.TempDir()+"/garbage"
	if err := os.WriteFile(garbage, []byte("TOPSECRET"), 0o600); err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	for want, spoil := range map[string]func(*conf.WechatPay){
		"platformKeys: key " + keyID:       func(c *conf.WechatPay) { c.PlatformKeys[0].File = missing },
		"must be named by its PUB_KEY_ID_": func(c *conf.WechatPay) { c.PlatformKeys[0].Id = "ABCD" },
		"serial number is 5157F09EFDC096DE": func(c *conf.WechatPay) {
			c.PlatformKeys[0].File = certificateFile(t, now.Add(-time.Hour), now.Add(time.Hour))
		},
		"expired": func(c *conf.WechatPay) {
			c.PlatformKeys[0] = &platform.Key{Id: "5157F09EFDC096DE", File: certificateFile(t, now.Add(-2*time.Hour), now.Add(-time.Hour))}
		},
		"api.privateKey: file":        func(c *conf.WechatPay) { c.Api.PrivateKey.File = missing },
		"api.privateKey: neither PEM": func(c *conf.WechatPay) { c.Api.PrivateKey.File = garbage },
		"api.endpoint: caFile":        func(c *conf.WechatPay) { c.Api.Endpoint.CaFile = garbage },
	} {
		c := config(t, url)
		spoil(c)
		_, configured, err := wechatpay.Build(&conf.Providers{Wechatpay: c})
		if configured || err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "TOPSECRET") {
			t.Errorf("%s: configured %t, error %v", want, configured, err)
		}
	}
}

func TestAnAnswerSignedWithAPlatformCertificateIsBelieved(t *testing.T) {
	f := newFake(t)
	c := config(t, f.url)
	// Beside the public key that the fake signs with: the wanted one is listed first.
	c.PlatformKeys = append(c.PlatformKeys, &platform.Key{
		Id: "05157f09efdc096de", File: certificateFile(t, time.Now().Add(-time.Hour), time.Now().Add(time.Hour)),
	})
	f.signAs = "5157F09EFDC096DE"
	report, err := build(t, c).Refund(t.Context(), request(false))
	if err != nil || report.State != domain.RefundSent {
		t.Errorf("report %+v, error %v", report, err)
	}
	f.signAs = "ABCD"
	if report, err := build(t, c).Refund(t.Context(), request(false)); err == nil {
		t.Errorf("a serial that is not configured: report %+v", report)
	}
}

func TestOneBitChangedInAnAnswerIsNotBelieved(t *testing.T) {
	f := newFake(t)
	a := build(t, config(t, f.url))
	body := []byte(`{"code":"INVALID_REQUEST"}`)
	for i := range len(body) * 8 {
		changed := append([]byte(nil), body...)
		changed[i/8] ^= 1 << (i % 8)
		f.say(query, answer{status: 400, body: string(body), sent: string(changed)})
		if _, err := a.Refund(t.Context(), request(true)); err == nil || !strings.Contains(err.Error(), "not believed") {
			t.Fatalf("bit %d: %v", i, err)
		}
	}
}

func TestAnAPIIsKeptWhileConfigurationAndKeysAreTheSame(t *testing.T) {
	c := config(t, "http://127.0.0.1:1")
	one := build(t, c).(*wechatpay.API)
	if !one.Same(build(t, proto.Clone(c).(*conf.WechatPay))) {
		t.Error("made twice of one configuration: not the same")
	}
	for name, change := range map[string]func(*conf.WechatPay){
		"the address": func(c *conf.WechatPay) { c.Api.Endpoint.Url = "http://127.0.0.1:2" },
		"an app":      func(c *conf.WechatPay) { c.Appids = append(c.Appids, "wx2") },
		"what the private key's file holds": func(c *conf.WechatPay) {
			replace(t, c.GetApi().GetPrivateKey().GetFile(), keyFile(t, keyringtest.Private(another())))
		},
		"what the platform key's file holds": func(c *conf.WechatPay) {
			replace(t, c.GetPlatformKeys()[0].GetFile(), keyFile(t, keyringtest.Public(another())))
		},
		"what the authorities' file holds": func(c *conf.WechatPay) {
			replace(t, c.GetApi().GetEndpoint().GetCaFile(), certificateFile(t, time.Now(), time.Now().Add(2*time.Hour)))
		},
	} {
		c := config(t, "http://127.0.0.1:1")
		c.Api.Endpoint.CaFile = certificateFile(t, time.Now(), time.Now().Add(time.Hour))
		one := build(t, c).(*wechatpay.API)
		changed := proto.Clone(c).(*conf.WechatPay)
		change(changed)
		if one.Same(build(t, changed)) {
			t.Errorf("%s changed: the same", name)
		}
	}
	if one.Same("another thing") {
		t.Error("another thing is the same")
	}
}

func replace(t *testing.T, file, by string) {
	t.Helper()
	if err := os.Rename(by, file); err != nil {
		t.Fatal(err)
	}
}
