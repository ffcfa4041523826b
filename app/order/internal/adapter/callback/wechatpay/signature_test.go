package wechatpay_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stockonce/stockonce/app/internal/platform/keyring"
	"github.com/stockonce/stockonce/app/order/internal/adapter/callback"
	"github.com/stockonce/stockonce/app/order/internal/adapter/callback/callbacktest"
)

// What a good signature is, is tested where it is verified, in dialect/wechatpay.

func TestANoticeSignedByAPlatformKeyIsAccepted(t *testing.T) {
	p := provider(t)
	body := paidNotice(t, transaction(t, "attach", `"x"`))
	if !callbacktest.Accepts(t, p, sign(t, privateA(), serialA, body, now), now) {
		t.Error("signed with a platform certificate: refused")
	}
	if !callbacktest.Accepts(t, p, sign(t, privateB(), publicB, body, now), now) {
		t.Error("signed with a public key: refused")
	}
}

func TestANoticeThatIsNotSignedAsItStandsIsRefused(t *testing.T) {
	p := provider(t)
	body := paidNotice(t, transaction(t, "attach", `"x"`))
	r := signA(t, body)
	for i := range len(r.Body) * 8 {
		r.Body[i/8] ^= 1 << (i % 8)
		if callbacktest.Accepts(t, p, r, now) {
			t.Fatalf("body bit %d", i)
		}
		r.Body[i/8] ^= 1 << (i % 8)
	}
	for _, name := range []string{"Wechatpay-Timestamp", "Wechatpay-Nonce", "Wechatpay-Signature", "Wechatpay-Serial"} {
		r := signA(t, body)
		r.Header.Del(name)
		if callbacktest.Accepts(t, p, r, now) {
			t.Errorf("without %s: accepted", name)
		}
	}
	if callbacktest.Accepts(t, p, callback.Request{Header: http.Header{}, Body: []byte(body)}, now) {
		t.Error("without headers: accepted")
	}
}

func TestTheSignedTimeIsComparedWithTheTimeOfReading(t *testing.T) {
	p := provider(t)
	r := signA(t, `{"event_type":"X"}`)
	for offset, want := range map[time.Duration]bool{-300 * time.Second: false, -299 * time.Second: true, 299 * time.Second: true, 300 * time.Second: false} {
		if callbacktest.Accepts(t, p, r, now.Add(offset)) != want {
			t.Errorf("read %s later: accepted %t", offset, !want)
		}
	}
}

func TestPlatformKeysRotate(t *testing.T) {
	old, young := certificateA(t), publicKeyB(t)
	old.NotAfter, young.NotBefore = now.Add(time.Hour), now.Add(-time.Hour)
	p := providerWith(t, []keyring.Key{old, young}, []keyring.Key{{ID: "v3", Text: v3A}})
	callbacktest.KeysRotate(
		t, p, now,
		func(at time.Time) callback.Request {
			return sign(t, privateA(), serialA, `{"event_type":"X"}`, at)
		},
		func(at time.Time) callback.Request {
			return sign(t, privateB(), publicB, `{"event_type":"X"}`, at)
		},
	)
}
