package alipay_test

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"maps"
	"net/url"
	"testing"
	"time"

	"github.com/stockonce/stockonce/app/internal/platform/keyring"
	"github.com/stockonce/stockonce/app/internal/platform/keyring/keyringtest"
	"github.com/stockonce/stockonce/app/order/internal/adapter/callback"
	"github.com/stockonce/stockonce/app/order/internal/adapter/callback/alipay"
	"github.com/stockonce/stockonce/app/order/internal/domain"
)

const (
	appID  = "2021000000000000"
	seller = "2088000000000000"
)

var (
	now  = time.Date(2026, 11, 23, 8, 0, 1, 0, time.UTC)
	keyA = keyringtest.RSA(2048)
	keyB = keyringtest.RSA(2048)
)

// sign is the published scheme, written apart from the code that verifies: an encoded
// form is sorted already, and decoded as a whole it is the text that is signed.
func sign(t testing.TB, key *rsa.PrivateKey, fields url.Values) []byte {
	t.Helper()
	fields = maps.Clone(fields)
	fields.Del("sign")
	fields.Del("sign_type")
	text, err := url.QueryUnescape(fields.Encode())
	if err != nil {
		t.Fatal(err)
	}
	digest := sha256.Sum256([]byte(text))
	signature, err := key.Sign(rand.Reader, digest[:], crypto.SHA256)
	if err != nil {
		t.Fatal(err)
	}
	fields.Set("sign_type", "RSA2")
	fields.Set("sign", base64.StdEncoding.EncodeToString(signature))
	return []byte(fields.Encode())
}

// paid is the notice of a payment, changed by pairs of names and values; an empty
// value takes the name away.
func paid(changes ...string) url.Values {
	fields := url.Values{}
	for name, value := range map[string]string{
		"app_id": appID, "seller_id": seller, "out_trade_no": "O1", "trade_no": "tx1", "trade_status": "TRADE_SUCCESS",
		"total_amount": "10.00", "receipt_amount": "10.00", "buyer_pay_amount": "9.00", "refund_fee": "0.00",
		"gmt_payment": "2026-11-23 16:00:00", "gmt_create": "2026-11-23 15:59:50", "subject": "茶 & 茶杯 100%+1",
		"notify_type": "trade_status_sync", "notify_id": "n1", "charset": "utf-8", "version": "1.0",
	} {
		fields.Set(name, value)
	}
	for i := 0; i < len(changes); i += 2 {
		fields.Set(changes[i], changes[i+1])
		if changes[i+1] == "" {
			fields.Del(changes[i])
		}
	}
	return fields
}

func provider(t testing.TB, keys ...keyring.Key) *alipay.Provider {
	t.Helper()
	if len(keys) == 0 {
		keys = []keyring.Key{{ID: "a", Text: keyringtest.BarePublic(keyA())}}
	}
	p, err := alipay.New(appID, []string{"2088000000000009", seller}, keys, now)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// deliver signs the fields and reads them.
func deliver(t *testing.T, fields url.Values) domain.Notice {
	t.Helper()
	n, err := provider(t).Read(callback.Request{Body: sign(t, keyA(), fields)}, now)
	if err != nil {
		t.Fatal(err)
	}
	return n
}
