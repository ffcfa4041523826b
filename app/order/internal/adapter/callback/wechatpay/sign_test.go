package wechatpay_test

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stockonce/stockonce/app/internal/platform/keyring"
	"github.com/stockonce/stockonce/app/internal/platform/keyring/keyringtest"
	"github.com/stockonce/stockonce/app/order/internal/adapter/callback"
	"github.com/stockonce/stockonce/app/order/internal/adapter/callback/wechatpay"
	dialect "github.com/stockonce/stockonce/app/order/internal/dialect/wechatpay"
	"github.com/stockonce/stockonce/app/order/internal/dialect/wechatpay/wechatpaytest"
)

// WeChat Pay's side of the scheme, written with the standard library alone: what
// verifies and decrypts uses the official SDK.

const (
	serialA  = "5157F09EFDC096DE15EBE81A47057A7232F1B8E1"
	publicB  = "PUB_KEY_ID_0119000000012026112300000000000001"
	v3A      = "0123456789abcdef0123456789ABCDEF"
	v3B      = "another-key-of-exactly-32-bytes!"
	mchid    = "1900000001"
	appid    = "wx0123456789abcdef"
	okStatus = http.StatusOK
)

var now = time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)

// privateA and privateB are WeChat Pay's keys.
var (
	privateA = keyringtest.RSA(2048)
	privateB = keyringtest.RSA(2048)
)

func certificateA(t testing.TB) keyring.Key {
	t.Helper()
	return keyring.Key{ID: serialA, Text: keyringtest.Certificate(privateA(), serialA, now.AddDate(-1, 0, 0), now.AddDate(1, 0, 0))}
}

func publicKeyB(t testing.TB) keyring.Key {
	t.Helper()
	return keyring.Key{ID: publicB, Text: keyringtest.Public(privateB())}
}

// provider knows certificate A, public key B and APIv3 key A.
func provider(t testing.TB) *wechatpay.Provider {
	t.Helper()
	return providerWith(t, []keyring.Key{certificateA(t), publicKeyB(t)}, []keyring.Key{{ID: "v3", Text: v3A}})
}

func providerWith(t testing.TB, platform, v3 []keyring.Key) *wechatpay.Provider {
	t.Helper()
	p, err := wechatpay.New(dialect.Merchant{MchID: mchid, AppIDs: []string{appid, "wxsecond"}}, platform, v3, now)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// sign makes the request that WeChat Pay would send with the body at a time.
func sign(t testing.TB, key *rsa.PrivateKey, serial, body string, at time.Time) callback.Request {
	t.Helper()
	return callback.Request{Header: wechatpaytest.Sign(t, key, serial, body, at), Body: []byte(body)}
}

// signA signs with certificate A, now.
func signA(t testing.TB, body string) callback.Request {
	t.Helper()
	return sign(t, privateA(), serialA, body, now)
}

// notice is a body with an encrypted resource.
func notice(t testing.TB, event, original, key, plain string) string {
	t.Helper()
	block, err := aes.NewCipher([]byte(key))
	if err != nil {
		t.Fatal(err)
	}
	gcm, err := cipher.NewGCM(block)
	if err != nil {
		t.Fatal(err)
	}
	nonce := "fdasflkja484"
	return encode(t, map[string]any{
		"id": "EV-2018022511223320873", "create_time": "2026-11-23T16:00:00+08:00",
		"resource_type": "encrypt-resource", "event_type": event, "summary": "测试",
		"resource": map[string]string{
			"original_type": original, "algorithm": "AEAD_AES_256_GCM", "associated_data": original, "nonce": nonce,
			"ciphertext": base64.StdEncoding.EncodeToString(gcm.Seal(nil, []byte(nonce), []byte(plain), []byte(original))),
		},
	})
}

func paidNotice(t testing.TB, plain string) string {
	t.Helper()
	return notice(t, "TRANSACTION.SUCCESS", "transaction", v3A, plain)
}

// transaction is a paid transaction with one field set to another JSON value, or
// taken away when the value is empty. amount.total is a field of amount.
func transaction(t testing.TB, field, value string) string {
	t.Helper()
	fields := map[string]any{
		"mchid": mchid, "appid": appid, "out_trade_no": "O1", "transaction_id": "4200001", "trade_state": "SUCCESS",
		"trade_type": "JSAPI", "success_time": "2026-11-23T16:00:00+08:00", "payer": map[string]string{"openid": "o1"},
		"amount": map[string]any{"total": 1000, "payer_total": 900, "currency": "CNY", "payer_currency": "CNY"},
	}
	return altered(t, fields, field, value)
}

// refund is a refund's resource, altered like a transaction.
func refund(t testing.TB, field, value string) string {
	t.Helper()
	fields := map[string]any{
		"mchid": mchid, "out_trade_no": "O1", "transaction_id": "4200001", "out_refund_no": "P1-1", "refund_id": "50000001",
		"refund_status": "SUCCESS", "success_time": "2026-11-23T16:00:00+08:00", "user_received_account": "招商银行信用卡0403",
		"amount": map[string]any{"total": 1000, "refund": 400, "payer_total": 900, "payer_refund": 300},
	}
	return altered(t, fields, field, value)
}

func altered(t testing.TB, fields map[string]any, field, value string) string {
	t.Helper()
	at := fields
	if name, ok := strings.CutPrefix(field, "amount."); ok {
		at, field = fields["amount"].(map[string]any), name
	}
	at[field] = json.RawMessage(value)
	if value == "" {
		delete(at, field)
	}
	return encode(t, fields)
}

func encode(t testing.TB, v any) string {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
