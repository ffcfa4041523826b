package standard_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stockonce/stockonce/app/internal/platform/keyring"
	"github.com/stockonce/stockonce/app/order/internal/adapter/callback"
	"github.com/stockonce/stockonce/app/order/internal/adapter/callback/callbacktest"
	"github.com/stockonce/stockonce/app/order/internal/adapter/callback/standard"
	"github.com/stockonce/stockonce/app/order/internal/domain"
)

const (
	secretA = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
	secretB = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
	good    = `{"transactionId":"tx1","orderNumber":"O1","amount":1000,"currency":"CNY","state":"paid","paidAt":"2026-11-23T08:00:00Z"}`
)

var now = time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)

// sign is the specification's scheme, written apart from the library that verifies.
func sign(t testing.TB, secret, id, body string, at time.Time) callback.Request {
	t.Helper()
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, "whsec_"))
	if err != nil {
		t.Fatal(err)
	}
	mac := hmac.New(sha256.New, key)
	fmt.Fprintf(mac, "%s.%d.%s", id, at.Unix(), body)
	header := http.Header{}
	header.Set("webhook-id", id)
	header.Set("webhook-timestamp", fmt.Sprint(at.Unix()))
	header.Set("webhook-signature", "v1,"+base64.StdEncoding.EncodeToString(mac.Sum(nil)))
	return callback.Request{Header: header, Body: []byte(body)}
}

func provider(t *testing.T, keys ...keyring.Key) *standard.Provider {
	t.Helper()
	p, err := standard.New(keys)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestTheSpecificationsExampleIsAccepted(t *testing.T) {
	p := provider(t, keyring.Key{ID: "spec", Text: secretA})
	header := http.Header{}
	header.Set("webhook-id", "msg_p5jXN8AQM9LWM0D4loKWxJek")
	header.Set("webhook-timestamp", "1614265330")
	header.Set("webhook-signature", "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=")
	r := callback.Request{Header: header, Body: []byte(`{"test": 2432232314}`)}
	n, err := p.Read(r, time.Unix(1614265330, 0))
	if err != nil {
		t.Fatal(err)
	}
	if n.Verdict != domain.VerdictNotPaid {
		t.Fatalf("verdict %q: a notice that names no paid state must not pay", n.Verdict)
	}
}

func TestSignature(t *testing.T) {
	p := provider(t, keyring.Key{ID: "a", Text: secretA})
	accepted := func(r callback.Request, at time.Time) bool { return callbacktest.Accepts(t, p, r, at) }
	t.Run("a signed notice is accepted", func(t *testing.T) {
		if !accepted(sign(t, secretA, "msg_1", good, now), now) {
			t.Fatal("refused")
		}
	})
	t.Run("one bit changed anywhere in body or signed header is refused", func(t *testing.T) {
		for i := range len(good) * 8 {
			r := sign(t, secretA, "msg_1", good, now)
			r.Body[i/8] ^= 1 << (i % 8)
			if accepted(r, now) {
				t.Fatalf("body bit %d", i)
			}
		}
		for _, name := range []string{"webhook-id", "webhook-timestamp", "webhook-signature"} {
			value := sign(t, secretA, "msg_1", good, now).Header.Get(name)
			for i := range len(value) * 8 {
				r := sign(t, secretA, "msg_1", good, now)
				changed := []byte(value)
				changed[i/8] ^= 1 << (i % 8)
				r.Header.Set(name, string(changed))
				if accepted(r, now) {
					t.Fatalf("%s bit %d: %q", name, i, changed)
				}
			}
		}
	})
	t.Run("one bit of the key changed is refused", func(t *testing.T) {
		key, _ := base64.StdEncoding.DecodeString(strings.TrimPrefix(secretA, "whsec_"))
		for i := range len(key) * 8 {
			changed := append([]byte(nil), key...)
			changed[i/8] ^= 1 << (i % 8)
			if accepted(sign(t, "whsec_"+base64.StdEncoding.EncodeToString(changed), "msg_1", good, now), now) {
				t.Fatalf("key bit %d", i)
			}
		}
	})
	t.Run("a missing header is refused", func(t *testing.T) {
		for _, name := range []string{"webhook-id", "webhook-timestamp", "webhook-signature"} {
			r := sign(t, secretA, "msg_1", good, now)
			r.Header.Del(name)
			if accepted(r, now) {
				t.Errorf("without %s", name)
			}
		}
	})
	t.Run("the signed time may be five minutes away, both ways", func(t *testing.T) {
		for seconds, want := range map[int]bool{-301: false, -300: true, -299: true, 299: true, 300: true, 301: false} {
			at := now.Add(time.Duration(seconds) * time.Second)
			if accepted(sign(t, secretA, "msg_1", good, at), now) != want {
				t.Errorf("signed %d s from now: accepted %t", seconds, !want)
			}
		}
	})
	t.Run("of several signatures one is enough", func(t *testing.T) {
		r := sign(t, secretA, "msg_1", good, now)
		r.Header.Set("webhook-signature", "v1a,abc v1,bm90IG1pbmU= "+r.Header.Get("webhook-signature"))
		if !accepted(r, now) {
			t.Fatal("refused")
		}
	})
	t.Run("error texts hold neither body nor secret", func(t *testing.T) {
		r := sign(t, secretB, "msg_1", good, now)
		_, err := p.Read(r, now)
		if err == nil || strings.Contains(err.Error(), "tx1") || strings.Contains(err.Error(), "MfKQ9") {
			t.Fatalf("error %v", err)
		}
	})
}

func TestKeyRotation(t *testing.T) {
	p := provider(
		t,
		keyring.Key{ID: "old", Text: secretA, NotAfter: now.Add(time.Hour)},
		keyring.Key{ID: "new", Text: secretB, NotBefore: now.Add(-time.Hour)},
	)
	callbacktest.KeysRotate(
		t, p, now,
		func(at time.Time) callback.Request { return sign(t, secretA, "msg_1", good, at) },
		func(at time.Time) callback.Request { return sign(t, secretB, "msg_1", good, at) },
	)
}

func TestWeakOrBrokenSecretsAreRefusedByName(t *testing.T) {
	for _, secret := range []string{"", "whsec_", "whsec_c2hvcnQ=", "whsec_***", "whsec_" + base64.StdEncoding.EncodeToString(make([]byte, 65))} {
		_, err := standard.New([]keyring.Key{{ID: "k1", Text: secret}})
		if err == nil || !strings.Contains(err.Error(), "k1") {
			t.Errorf("%q: %v", secret, err)
		}
	}
}

// acknowledged reads a body that is signed, and answered so that it does not come back.
func acknowledged(t *testing.T, p *standard.Provider, body string) domain.Notice {
	t.Helper()
	n, err := p.Read(sign(t, secretA, "msg_1", body, now), now)
	if err != nil {
		t.Fatal(err)
	}
	if n.Delivery.Answer.Status != http.StatusOK {
		t.Errorf("answer %+v: a verified notice that is not acknowledged comes back for hours", n.Delivery.Answer)
	}
	return n
}

func TestReading(t *testing.T) {
	p := provider(t, keyring.Key{ID: "a", Text: secretA})
	read := func(t *testing.T, body string) domain.Notice { return acknowledged(t, p, body) }
	with := func(field, value string) string {
		fields := map[string]string{
			"transactionId": `"tx1"`, "orderNumber": `"O1"`, "amount": "1000", "currency": `"CNY"`,
			"state": `"paid"`, "paidAt": `"2026-11-23T08:00:00Z"`, field: value,
		}
		var parts []string
		for name, v := range fields {
			if v != "" {
				parts = append(parts, fmt.Sprintf("%q:%s", name, v))
			}
		}
		return "{" + strings.Join(parts, ",") + "}"
	}
	t.Run("a paid notice", func(t *testing.T) {
		n := read(t, good)
		if n.Verdict != "" || n.OrderNumber != "O1" || n.TransactionID != "tx1" ||
			n.Amount != (domain.Money{Minor: 1000, Currency: "CNY"}) || !n.PaidAt.Equal(now) {
			t.Fatalf("notice %+v", n)
		}
	})
	t.Run("amounts beyond a float's precision are exact", func(t *testing.T) {
		if n := read(t, with("amount", "9007199254740993")); n.Amount.Minor != 1<<53+1 {
			t.Fatalf("notice %+v", n)
		}
	})
	t.Run("unknown fields are ignored", func(t *testing.T) {
		if n := read(t, with("coupon", `{"a":[1]}`)); n.Verdict != "" {
			t.Fatalf("notice %+v", n)
		}
	})
	t.Run("only a paid state pays", func(t *testing.T) {
		for _, state := range []string{`"failed"`, `"pending"`, `"PAID"`, `"paid "`, `""`, `""`, ""} {
			if n := read(t, with("state", state)); n.Verdict != domain.VerdictNotPaid {
				t.Errorf("state %s: verdict %q", state, n.Verdict)
			}
		}
	})
	t.Run("what cannot be read says which field and rule", func(t *testing.T) {
		for _, c := range [][2]string{
			{"amount", `"1000"`}, {"amount", "1.00"}, {"amount", "1e3"}, {"amount", "0"}, {"amount", "-1000"},
			{"amount", "9223372036854775808"}, {"amount", "null"}, {"amount", ""},
			{"orderNumber", `""`}, {"orderNumber", `"O 1"`}, {"orderNumber", `"` + strings.Repeat("x", 256) + `"`},
			{"transactionId", ""}, {"transactionId", `"tx\n"`}, {"transactionId", `"é"`},
			{"currency", `"cny"`}, {"currency", `"YUAN"`}, {"currency", ""},
			{"paidAt", `"yesterday"`}, {"paidAt", `"0001-01-01T00:00:00Z"`},
		} {
			n := read(t, with(c[0], c[1]))
			if n.Verdict != domain.VerdictUnreadable || !strings.HasPrefix(n.Problem, c[0]+": must be") {
				t.Errorf("%s %s: verdict %q, problem %q", c[0], c[1], n.Verdict, n.Problem)
			}
		}
		for _, body := range []string{"", "null[", "[]", `"x"`, `{"amount":}`, `{"orderNumber":5}`} {
			if n := read(t, body); n.Verdict != domain.VerdictUnreadable {
				t.Errorf("%q: verdict %q", body, n.Verdict)
			}
		}
	})
}
