package wechatpay_test

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"strconv"
	"testing"

	"github.com/stockonce/stockonce/app/order/internal/adapter/callback/wechatpay"
	"github.com/stockonce/stockonce/app/order/internal/domain"
)

// FuzzRead signs any body and then changes what it is told to: nothing may panic,
// nothing may be read that the signature does not cover, and nothing that is signed may
// be refused.
func FuzzRead(f *testing.F) {
	f.Add([]byte(paidNotice(f, transaction(f, "attach", `"x"`))), "", "", "", "", []byte(nil))
	f.Add([]byte(notice(f, "REFUND.CLOSED", "refund", v3A, refund(f, "refund_status", `"CLOSED"`))), "", "", "", "", []byte(nil))
	f.Add([]byte(`{"event_type":"X"}`), "0", "n\n{", "WECHATPAY/SIGNTEST/AAAA", publicB, []byte("{}"))
	f.Add([]byte(`{"event_type":"TRANSACTION.SUCCESS","resource":{"algorithm":"AEAD_AES_256_GCM","nonce":"1"}}`), "", "", "", "", []byte(nil))
	f.Add([]byte("null"), "+1795420800", "", "====", "00", []byte("\n"))
	p := provider(f)
	f.Fuzz(func(t *testing.T, body []byte, timestamp, nonce, signature, serial string, other []byte) {
		r := signA(t, string(body))
		if other != nil {
			r.Body = other
		}
		for name, value := range map[string]string{
			"Wechatpay-Timestamp": timestamp, "Wechatpay-Nonce": nonce,
			"Wechatpay-Signature": signature, "Wechatpay-Serial": serial,
		} {
			if value != "" {
				r.Header.Set(name, value)
			}
		}
		untouched := timestamp == "" && nonce == "" && signature == "" && serial == "" && (other == nil || string(other) == string(body))
		n, err := p.Read(r, now)
		switch {
		case err != nil && untouched:
			t.Fatalf("a signed body is refused: %v", err)
		case err != nil && (n.Verdict != "" || n.OrderNumber != "" || n.Delivery.Answer.Status != 0):
			t.Fatalf("a refused request is a notice: %+v", n)
		case err == nil && !covered(r.Header.Get("Wechatpay-Timestamp"), r.Header.Get("Wechatpay-Nonce"), r.Header.Get("Wechatpay-Signature"), r.Body):
			t.Fatalf("read without a valid signature: %+v", n)
		case err == nil:
			sound(t, n)
		}
	})
}

// covered is the scheme's check, written apart from the SDK.
func covered(timestamp, nonce, signature string, body []byte) bool {
	seconds, err := strconv.ParseInt(timestamp, 10, 64)
	if err != nil || seconds <= now.Unix()-300 || seconds >= now.Unix()+300 {
		return false
	}
	raw, err := base64.StdEncoding.DecodeString(signature)
	sum := sha256.Sum256([]byte(timestamp + "\n" + nonce + "\n" + string(body) + "\n"))
	return err == nil && rsa.VerifyPKCS1v15(&privateA().PublicKey, crypto.SHA256, sum[:], raw) == nil
}

// sound checks what every verified notice must be.
func sound(t *testing.T, n domain.Notice) {
	t.Helper()
	if n.Verdict == "" && (n.Amount.Minor < 1 || !domain.ValidIdentifier(n.OrderNumber) || !domain.ValidIdentifier(n.TransactionID)) {
		t.Fatalf("judged: %+v", n)
	}
	if n.Verdict == "" && n.Refund == nil && n.State != "SUCCESS" && n.State != "REFUND" {
		t.Fatalf("pays in the state %q", n.State)
	}
	if n.Verdict == domain.VerdictUnreadable && n.Problem == "" {
		t.Fatalf("unreadable for no reason: %+v", n)
	}
	if status := n.Delivery.Answer.Status; status != 200 && status != 400 && status != 500 {
		t.Fatalf("answer %d", status)
	}
}

// FuzzResource reads any decrypted resource of any event.
func FuzzResource(f *testing.F) {
	f.Add("TRANSACTION.SUCCESS", transaction(f, "attach", `"x"`))
	f.Add("TRANSACTION.SUCCESS", transaction(f, "amount.total", "1e3"))
	f.Add("TRANSACTION.SUCCESS", transaction(f, "trade_state", `"NOTPAY"`))
	f.Add("REFUND.SUCCESS", refund(f, "attach", `"x"`))
	f.Add("REFUND.ABNORMAL", refund(f, "refund_status", `"ABNORMAL"`))
	f.Add("REFUND.", "null")
	f.Add("", `{"mchid":1,"Mchid":"1900000001"}`)
	p := provider(f)
	f.Fuzz(func(t *testing.T, event, plain string) {
		n, decrypted := wechatpay.ReadBody(p, []byte(notice(t, event, "transaction", v3A, plain)), now)
		if !decrypted {
			t.Fatalf("not decrypted: %+v", n)
		}
		n.Delivery.Answer.Status = 200
		sound(t, n)
	})
}

func BenchmarkRead(b *testing.B) {
	p := provider(b)
	r := signA(b, paidNotice(b, transaction(b, "attach", `"x"`)))
	b.ReportAllocs()
	for b.Loop() {
		if n, err := p.Read(r, now); err != nil || n.Verdict != "" {
			b.Fatalf("notice %+v, error %v", n, err)
		}
	}
}
