// Package wechatpaytest is WeChat Pay's side of the scheme that signs messages,
// written with the standard library alone: what verifies uses the official SDK.
package wechatpaytest

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"strconv"
	"testing"
	"time"
)

// Nonce is the one of all messages.
const Nonce = "5K8264ILTKCH16CQ2502SI8ZNMTM67VS"

// Sign returns the headers with which WeChat Pay would send the body at a time, signed
// with the key that it calls by the serial.
func Sign(t testing.TB, key *rsa.PrivateKey, serial, body string, at time.Time) http.Header {
	t.Helper()
	timestamp := strconv.FormatInt(at.Unix(), 10)
	sum := sha256.Sum256([]byte(timestamp + "\n" + Nonce + "\n" + body + "\n"))
	signature, err := rsa.SignPKCS1v15(nil, key, crypto.SHA256, sum[:])
	if err != nil {
		t.Error(err)
	}
	header := http.Header{}
	header.Set("Wechatpay-Timestamp", timestamp)
	header.Set("Wechatpay-Nonce", Nonce)
	header.Set("Wechatpay-Signature", base64.StdEncoding.EncodeToString(signature))
	header.Set("Wechatpay-Serial", serial)
	header.Set("Wechatpay-Signature-Type", "WECHATPAY2-SHA256-RSA2048")
	return header
}
