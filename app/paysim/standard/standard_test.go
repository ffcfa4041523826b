package standard

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
)

// The vector that the specification's reference libraries test themselves with.
const (
	vectorSecret    = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
	vectorID        = "msg_p5jXN8AQM9LWM0D4loKWxJek"
	vectorTimestamp = 1614265330
	vectorPayload   = `{"test": 2432232314}`
	vectorSignature = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
)

func TestSign(t *testing.T) {
	t.Run("the published vector is signed as published", func(t *testing.T) {
		key, err := ParseKey(vectorSecret)
		if err != nil {
			t.Fatal(err)
		}
		got := key.Sign(vectorID, time.Unix(vectorTimestamp, 0), []byte(vectorPayload))
		if got != vectorSignature {
			t.Errorf("signature %q, want %q", got, vectorSignature)
		}
	})
	t.Run("fractions of a second are not signed", func(t *testing.T) {
		key := NewKey()
		whole := key.Sign("msg_1", time.Unix(100, 0), nil)
		if got := key.Sign("msg_1", time.Unix(100, 999_999_999), nil); got != whole {
			t.Errorf("signature %q, want %q", got, whole)
		}
	})
	t.Run("id, time, body and key each change the signature", func(t *testing.T) {
		key, at := NewKey(), time.Unix(100, 0)
		seen := map[string]string{}
		for name, sig := range map[string]string{
			"base":  key.Sign("msg_1", at, []byte("a")),
			"id":    key.Sign("msg_2", at, []byte("a")),
			"time":  key.Sign("msg_1", at.Add(time.Second), []byte("a")),
			"body":  key.Sign("msg_1", at, []byte("b")),
			"key":   NewKey().Sign("msg_1", at, []byte("a")),
			"empty": key.Sign("msg_1", at, nil),
		} {
			if other, dup := seen[sig]; dup {
				t.Errorf("%s and %s have the same signature", name, other)
			}
			seen[sig] = name
		}
	})
}

func TestParseKey(t *testing.T) {
	t.Run("a new key is read back as itself", func(t *testing.T) {
		key := NewKey()
		again, err := ParseKey(key.Reveal() + "\n")
		if err != nil {
			t.Fatal(err)
		}
		if again.Reveal() != key.Reveal() {
			t.Error("another key came back")
		}
	})
	t.Run("what is no secret is refused without quoting it", func(t *testing.T) {
		long := strings.Repeat("A", 200)
		for name, text := range map[string]string{
			"empty":           "",
			"without prefix":  strings.TrimPrefix(vectorSecret, "whsec_"),
			"not base64":      "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLa*!",
			"shorter than 24": "whsec_" + base64.StdEncoding.EncodeToString(make([]byte, 23)),
			"longer than 64":  "whsec_" + long,
		} {
			_, err := ParseKey(text)
			if !errors.Is(err, ErrBadSecret) {
				t.Errorf("%s: error %v, want ErrBadSecret", name, err)
				continue
			}
			if secret := strings.TrimPrefix(text, "whsec_"); secret != "" && strings.Contains(err.Error(), secret) {
				t.Errorf("%s: the error quotes the secret: %v", name, err)
			}
		}
	})
	t.Run("a key that is printed stays hidden", func(t *testing.T) {
		key := NewKey()
		for _, verb := range []string{"%v", "%+v", "%#v", "%s"} {
			text := fmt.Sprintf(verb, key)
			if text != "whsec_[hidden]" {
				t.Errorf("%s prints %q", verb, text)
			}
		}
	})
}

func TestMessage(t *testing.T) {
	paid := time.Date(2026, 11, 23, 18, 0, 0, 5000, time.FixedZone("CST", 8*3600))
	m, err := NewMessage(Notice{
		TransactionID: "txn_1", OrderNumber: "A1", Amount: 1099, Currency: "CNY", State: StatePaid, PaidAt: paid,
	})
	if err != nil {
		t.Fatal(err)
	}

	t.Run("the body is the provider's documented JSON", func(t *testing.T) {
		var got map[string]any
		if err := json.Unmarshal(m.Body, &got); err != nil {
			t.Fatal(err)
		}
		want := map[string]any{
			"transactionId": "txn_1", "orderNumber": "A1", "amount": 1099.0, "currency": "CNY",
			"state": "paid", "paidAt": "2026-11-23T10:00:00.000005Z",
		}
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("body %v, want %v", got, want)
		}
	})
	t.Run("each delivery keeps the id and is signed for its own time", func(t *testing.T) {
		secret := make([]byte, 32)
		key, err := ParseKey("whsec_" + base64.StdEncoding.EncodeToString(secret))
		if err != nil {
			t.Fatal(err)
		}
		for _, at := range []int64{1700000000, 1700000300} {
			h := m.Header(key, time.Unix(at, 0))
			mac := hmac.New(sha256.New, secret)
			fmt.Fprintf(mac, "%s.%d.%s", m.ID, at, m.Body)
			want := "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))
			if h.Get("webhook-id") != m.ID || h.Get("webhook-timestamp") != fmt.Sprint(at) ||
				h.Get("webhook-signature") != want || h.Get("content-type") != "application/json" {
				t.Errorf("headers %v", h)
			}
		}
	})
	t.Run("two messages never share an id", func(t *testing.T) {
		again, err := NewMessage(Notice{})
		if err != nil {
			t.Fatal(err)
		}
		first, second := NewTransactionID(), NewTransactionID()
		if again.ID == m.ID || first == second {
			t.Error("an id came twice")
		}
	})
}
