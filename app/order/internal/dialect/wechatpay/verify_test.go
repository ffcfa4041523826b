package wechatpay_test

import (
	"crypto/rsa"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stockonce/stockonce/app/order/internal/dialect/wechatpay/wechatpaytest"
)

var signedHeaders = []string{"Wechatpay-Timestamp", "Wechatpay-Nonce", "Wechatpay-Signature", "Wechatpay-Serial"}

func TestOneBitChangedAnywhereIsRefused(t *testing.T) {
	keys := platform(t)
	for serial, key := range map[string]*rsa.PrivateKey{serialA: privateA(), publicB: privateB()} {
		m := sign(t, key, serial, bodyA, now)
		if err := m.verify(keys, now); err != nil {
			t.Fatalf("%s: unchanged: %v", serial, err)
		}
		for i := range len(m.body) * 8 {
			m.body[i/8] ^= 1 << (i % 8)
			if m.verify(keys, now) == nil {
				t.Fatalf("%s: body bit %d", serial, i)
			}
			m.body[i/8] ^= 1 << (i % 8)
		}
		for _, name := range signedHeaders {
			value := m.header.Get(name)
			for i := range len(value) * 8 {
				changed := []byte(value)
				changed[i/8] ^= 1 << (i % 8)
				if m.with(name, string(changed)).verify(keys, now) == nil {
					t.Fatalf("%s: %s bit %d: %q", serial, name, i, changed)
				}
			}
			m.header.Set(name, value)
		}
		if err := m.verify(keys, now); err != nil {
			t.Fatalf("%s: unchanged, at the end: %v", serial, err)
		}
	}
}

func TestWhatWeChatPayDidNotSignIsRefused(t *testing.T) {
	keys := platform(t)
	good := signA(t, bodyA).header.Get("Wechatpay-Signature")
	for name, m := range map[string]message{
		"another's key":                     sign(t, another(), serialA, bodyA, now),
		"the serial of another of our keys": sign(t, privateA(), publicB, bodyA, now),
		"a serial that is not configured":   sign(t, privateA(), "ABCD", bodyA, now),
		"the serial in lower case":          signA(t, bodyA).with("Wechatpay-Serial", strings.ToLower(serialA)),
		"WeChat Pay's probe":                signA(t, bodyA).with("Wechatpay-Signature", "WECHATPAY/SIGNTEST/"+good[19:]),
		"a signature with line breaks":      signA(t, bodyA).with("Wechatpay-Signature", good+"\n"),
		"a signature of nothing":            signA(t, bodyA).with("Wechatpay-Signature", "===="),
		"another kind of signature":         signA(t, bodyA).with("Wechatpay-Signature-Type", "WECHATPAY2-SM2-WITH-SM3"),
		"a body moved into the nonce":       signA(t, bodyA).with("Wechatpay-Nonce", wechatpaytest.Nonce+"\n{"),
		"no headers at all":                 {header: http.Header{}, body: []byte(bodyA)},
	} {
		if m.verify(keys, now) == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	for _, name := range signedHeaders {
		m := signA(t, bodyA)
		m.header.Del(name)
		if m.verify(keys, now) == nil {
			t.Errorf("without %s: accepted", name)
		}
	}
	t.Run("a line break cannot be moved from the body into the nonce", func(t *testing.T) {
		m := signA(t, "{\n"+bodyA[1:]).with("Wechatpay-Nonce", wechatpaytest.Nonce+"\n{")
		m.body = []byte(bodyA[1:])
		if m.verify(keys, now) == nil {
			t.Error("accepted")
		}
	})
	t.Run("the kind of signature need not be named", func(t *testing.T) {
		if err := signA(t, bodyA).with("Wechatpay-Signature-Type", "").verify(keys, now); err != nil {
			t.Error(err)
		}
	})
}

func TestTheSignedTimeMayBeFiveMinutesAwayBothWays(t *testing.T) {
	keys := platform(t)
	for seconds, want := range map[int]bool{
		-301: false, -300: false, -299: true, 0: true, 299: true, 300: false, 301: false, 600: false, -31536000: false,
	} {
		if err := sign(t, privateA(), serialA, bodyA, now.Add(time.Duration(seconds)*time.Second)).verify(keys, now); (err == nil) != want {
			t.Errorf("signed %d s from now: %v", seconds, err)
		}
	}
	for _, timestamp := range []string{"", "soon", "1e9", "9223372036854775807", "-9223372036854775808", "99999999999999999999"} {
		if signA(t, bodyA).with("Wechatpay-Timestamp", timestamp).verify(keys, now) == nil {
			t.Errorf("timestamp %q: accepted", timestamp)
		}
	}
}

func TestErrorTextsHoldNeitherBodyNorSignatureNorKey(t *testing.T) {
	body := `{"event_type":"secret-of-the-body"}`
	for name, m := range map[string]message{
		"wrong key":      sign(t, another(), serialA, body, now),
		"unknown serial": sign(t, privateA(), "ABCD", body, now),
		"too old":        sign(t, privateA(), serialA, body, now.Add(-time.Hour)),
	} {
		err := m.verify(platform(t), now)
		if err == nil {
			t.Fatalf("%s: accepted", name)
		}
		for _, secret := range []string{"secret-of", m.header.Get("Wechatpay-Signature")[:16], "BEGIN"} {
			if strings.Contains(err.Error(), secret) {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
}
