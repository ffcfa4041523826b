package wechatpay_test

import (
	"crypto/rsa"
	"net/http"
	"testing"
	"time"

	"github.com/stockonce/stockonce/app/internal/platform/keyring"
	"github.com/stockonce/stockonce/app/internal/platform/keyring/keyringtest"
	"github.com/stockonce/stockonce/app/order/internal/dialect/wechatpay"
	"github.com/stockonce/stockonce/app/order/internal/dialect/wechatpay/wechatpaytest"
)

const (
	serialA = "5157F09EFDC096DE15EBE81A47057A7232F1B8E1"
	publicB = "PUB_KEY_ID_0119000000012026112300000000000001"
	bodyA   = `{"event_type":"TRANSACTION.SUCCESS","resource":{}}`
)

var now = time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)

// privateA and privateB are WeChat Pay's keys, another is not.
var (
	privateA = keyringtest.RSA(2048)
	privateB = keyringtest.RSA(2048)
	another  = keyringtest.RSA(2048)
)

func certificateA() keyring.Key {
	return keyring.Key{ID: serialA, Text: keyringtest.Certificate(privateA(), serialA, now.AddDate(-1, 0, 0), now.AddDate(1, 0, 0))}
}

func publicKeyB() keyring.Key { return keyring.Key{ID: publicB, Text: keyringtest.Public(privateB())} }

// platform knows certificate A and public key B, unless told otherwise.
func platform(t testing.TB, keys ...keyring.Key) wechatpay.PlatformKeys {
	t.Helper()
	if len(keys) == 0 {
		keys = []keyring.Key{certificateA(), publicKeyB()}
	}
	made, err := wechatpay.NewPlatformKeys(keys, now)
	if err != nil {
		t.Fatal(err)
	}
	return made
}

// message is a notice or an answer as it arrives.
type message struct {
	header http.Header
	body   []byte
}

func (m message) verify(keys wechatpay.PlatformKeys, at time.Time) error {
	return keys.Verify(m.header.Get, m.body, at)
}

// with is the message with another header.
func (m message) with(name, value string) message {
	m.header.Set(name, value)
	return m
}

// sign makes the message that WeChat Pay would send with the body at a time.
func sign(t testing.TB, key *rsa.PrivateKey, serial, body string, at time.Time) message {
	t.Helper()
	return message{header: wechatpaytest.Sign(t, key, serial, body, at), body: []byte(body)}
}

// signA signs with certificate A, now.
func signA(t testing.TB, body string) message {
	t.Helper()
	return sign(t, privateA(), serialA, body, now)
}
