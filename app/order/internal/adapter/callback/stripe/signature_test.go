package stripe_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stripe/stripe-go/v86/webhook"

	"github.com/stockonce/stockonce/app/internal/platform/keyring"
	"github.com/stockonce/stockonce/app/order/internal/adapter/callback"
	"github.com/stockonce/stockonce/app/order/internal/adapter/callback/callbacktest"
	"github.com/stockonce/stockonce/app/order/internal/adapter/callback/stripe"
)

const (
	secretA = "whsec_0123456789abcdefghijklmnopqrstuv"
	secretB = "whsec_ZYXWVUTSRQPONMLKJIHGFEDCBA987654"
	small   = `{"object":"event","livemode":false,"type":"customer.created"}`
)

var now = time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)

// signature is the published scheme, written apart from the SDK that verifies.
func signature(secret, body string, at time.Time) string {
	mac := hmac.New(sha256.New, []byte(secret))
	fmt.Fprintf(mac, "%d.%s", at.Unix(), body)
	return hex.EncodeToString(mac.Sum(nil))
}

func sign(secret, body string, at time.Time) callback.Request {
	return withHeader(fmt.Sprintf("t=%d,v1=%s", at.Unix(), signature(secret, body, at)), body)
}

func withHeader(header, body string) callback.Request {
	return callback.Request{Header: http.Header{"Stripe-Signature": {header}}, Body: []byte(body)}
}

func provider(t testing.TB, m stripe.Merchant, secrets ...keyring.Key) *stripe.Provider {
	t.Helper()
	if len(secrets) == 0 {
		secrets = []keyring.Key{{ID: "a", Text: secretA}}
	}
	p, err := stripe.New(m, secrets)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestSignature(t *testing.T) {
	p := provider(t, stripe.Merchant{})
	accepted := func(r callback.Request) bool {
		t.Helper()
		return callbacktest.Accepts(t, p, r, now)
	}
	t.Run("a signed event is accepted", func(t *testing.T) {
		if !accepted(sign(secretA, small, now)) {
			t.Fatal("refused")
		}
	})
	t.Run("what Stripe's own SDK signs is accepted", func(t *testing.T) {
		signed := webhook.GenerateTestSignedPayload(&webhook.UnsignedPayload{
			Payload: []byte(small), Secret: secretA, Timestamp: now,
		})
		if !accepted(withHeader(signed.Header, small)) {
			t.Fatal("refused")
		}
	})
	t.Run("one bit changed anywhere in the body is refused", func(t *testing.T) {
		for i := range len(small) * 8 {
			r := sign(secretA, small, now)
			r.Body[i/8] ^= 1 << (i % 8)
			if accepted(r) {
				t.Fatalf("bit %d", i)
			}
		}
	})
	t.Run("one bit changed anywhere in the time or the signature is refused", func(t *testing.T) {
		header := sign(secretA, small, now).Header.Get("Stripe-Signature")
		for i := range len(header) * 8 {
			changed := []byte(header)
			changed[i/8] ^= 1 << (i % 8)
			if accepted(withHeader(string(changed), small)) {
				t.Fatalf("bit %d: %q", i, changed)
			}
		}
	})
	t.Run("one bit of the secret changed is refused", func(t *testing.T) {
		for i := range len(secretA) * 8 {
			changed := []byte(secretA)
			changed[i/8] ^= 1 << (i % 8)
			if accepted(sign(string(changed), small, now)) {
				t.Fatalf("bit %d", i)
			}
		}
	})
	t.Run("a header of another form is refused", func(t *testing.T) {
		good := signature(secretA, small, now)
		for name, header := range map[string]string{
			"empty":              "",
			"no time":            "v1=" + good,
			"no signature":       fmt.Sprintf("t=%d", now.Unix()),
			"another scheme":     fmt.Sprintf("t=%d,v0=%s", now.Unix(), good),
			"no time but text":   "t=now,v1=" + good,
			"time with a sign":   fmt.Sprintf("t=+%d,v1=%s", now.Unix(), good),
			"upper-case digits":  fmt.Sprintf("t=%d,v1=%s", now.Unix(), strings.ToUpper(good)),
			"half a signature":   fmt.Sprintf("t=%d,v1=%s", now.Unix(), good[:32]),
			"a signature longer": fmt.Sprintf("t=%d,v1=%s00", now.Unix(), good),
			"space":              fmt.Sprintf("t=%d, v1=%s", now.Unix(), good),
			"two times":          fmt.Sprintf("t=%d,t=%d,v1=%s", now.Unix(), now.Unix(), good),
			"no name":            fmt.Sprintf("t=%d,v1=%s,x", now.Unix(), good),
		} {
			if accepted(withHeader(header, small)) {
				t.Errorf("%s: %q", name, header)
			}
		}
		two := sign(secretA, small, now)
		two.Header.Add("Stripe-Signature", two.Header.Get("Stripe-Signature"))
		if accepted(two) || accepted(callback.Request{Header: http.Header{}, Body: []byte(small)}) {
			t.Error("no header, or two")
		}
	})
	t.Run("an old event cannot be sent again under a second, fresh time", func(t *testing.T) {
		old := now.Add(-time.Hour)
		good := signature(secretA, small, old)
		for _, header := range []string{
			fmt.Sprintf("t=%d,t=%d,v1=%s", now.Unix(), old.Unix(), good),
			fmt.Sprintf("t=%d,t=%d,v1=%s", old.Unix(), now.Unix(), good),
		} {
			if accepted(withHeader(header, small)) {
				t.Errorf("%q", header)
			}
		}
	})
	t.Run("the signed time may be five minutes away, both ways", func(t *testing.T) {
		for seconds, want := range map[int]bool{-301: false, -300: true, -299: true, 299: true, 300: true, 301: false} {
			at := now.Add(time.Duration(seconds) * time.Second)
			if accepted(sign(secretA, small, at)) != want {
				t.Errorf("signed %d s from now: accepted %t", seconds, !want)
			}
		}
	})
	t.Run("of several signatures one is enough, and other schemes are ignored", func(t *testing.T) {
		wrong := strings.Repeat("0", 64)
		good := signature(secretA, small, now)
		if !accepted(withHeader(fmt.Sprintf("t=%d,v0=x,v1=%s,v1=%s", now.Unix(), wrong, good), small)) {
			t.Fatal("refused")
		}
		if accepted(withHeader(fmt.Sprintf("t=%d,v1=%s,v1=%s", now.Unix(), wrong, wrong), small)) {
			t.Fatal("accepted")
		}
	})
	t.Run("error texts hold neither body nor secret nor signature", func(t *testing.T) {
		body := `{"customer":"Zoe"}`
		good := signature(secretB, body, now)
		for _, r := range []callback.Request{
			sign(secretB, body, now), sign(secretA, body, now.Add(time.Hour)), withHeader(good, body),
			withHeader("t=1,v1="+good+"x", body), withHeader("t="+good, body),
		} {
			_, err := p.Read(r, now)
			if err == nil {
				t.Fatal("accepted")
			}
			for _, leak := range []string{"Zoe", secretA[6:14], secretB[6:14], good[:8]} {
				if strings.Contains(err.Error(), leak) {
					t.Errorf("error %v holds %q", err, leak)
				}
			}
		}
	})
}

func TestRolledSecrets(t *testing.T) {
	p := provider(
		t, stripe.Merchant{},
		keyring.Key{ID: "old", Text: secretA, NotAfter: now.Add(time.Hour)},
		keyring.Key{ID: "new", Text: secretB, NotBefore: now.Add(-time.Hour)},
	)
	callbacktest.KeysRotate(
		t, p, now,
		func(at time.Time) callback.Request { return sign(secretA, small, at) },
		func(at time.Time) callback.Request { return sign(secretB, small, at) },
	)
}

func TestWeakOrBrokenSecretsAreRefusedByName(t *testing.T) {
	for _, secret := range []string{"", "whsec_", "whsec_short", "sk_live_0123456789abcdefghijklmnopqrstuv", "whsec_0123456789 abcdefghijklmnopqrst"} {
		_, err := stripe.New(stripe.Merchant{}, []keyring.Key{{ID: "k1", Text: secret}})
		if err == nil || !strings.Contains(err.Error(), "k1") {
			t.Errorf("%q: %v", secret, err)
		}
	}
}
