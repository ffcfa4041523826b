package alipay_test

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"maps"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stockonce/stockonce/app/order/internal/adapter/callback"
	"github.com/stockonce/stockonce/app/order/internal/domain"
)

// FuzzRead reads a body as it is, which must be refused unless another reader finds its
// signature good, and then its form signed anew.
func FuzzRead(f *testing.F) {
	p, good := openssl(f)
	signed := provider(f)
	key := opensslKey(f)
	f.Add(string(good))
	f.Add(paid().Encode())
	f.Add(paid("trade_status", "TRADE_CLOSED", "refund_fee", "3.00", "out_biz_no", "P1-1").Encode())
	f.Add("total_amount=1e3&trade_status=TRADE_FINISHED&out_trade_no=O1&trade_no=t&app_id=" + appID + "&seller_id=" + seller)
	f.Add("a=1&a=2&b=%zz&&=")
	f.Add("subject=x%26total_amount%3D1&sign_type=RSA2&sign=AAAA")
	f.Fuzz(func(t *testing.T, body string) {
		if n, err := p.Read(callback.Request{Body: []byte(body)}, now); err == nil && !verifies(key, body) {
			t.Fatalf("believed without a signature: %+v", n)
		}
		fields, err := url.ParseQuery(body)
		if err != nil || slices.ContainsFunc(slices.Collect(maps.Values(fields)), func(v []string) bool { return len(v) != 1 }) {
			return
		}
		n, err := signed.Read(callback.Request{Body: sign(t, keyA(), fields)}, now)
		if err != nil {
			return // it can be read in two ways
		}
		if n.Verdict == "" && (n.Amount.Minor < 1 || n.Amount.Currency != "CNY" || !domain.ValidIdentifier(n.OrderNumber) ||
			!domain.ValidIdentifier(n.TransactionID) || fields.Get("app_id") != appID || fields.Get("seller_id") != seller) {
			t.Fatalf("pays or refunds: %+v", n)
		}
		if n.Verdict == "" && n.Refund == nil && !strings.HasPrefix(n.State, "TRADE_") {
			t.Fatalf("pays: %+v", n)
		}
	})
}

func opensslKey(f *testing.F) *rsa.PublicKey {
	f.Helper()
	text, err := os.ReadFile("testdata/openssl-public.pem")
	if err != nil {
		f.Fatal(err)
	}
	block, _ := pem.Decode(text)
	key, err := x509.ParsePKIXPublicKey(block.Bytes)
	if err != nil {
		f.Fatal(err)
	}
	return key.(*rsa.PublicKey)
}

// verifies is a second reading of the scheme, apart from the code under test.
func verifies(key *rsa.PublicKey, body string) bool {
	form, err := url.ParseQuery(body)
	if err != nil {
		return false
	}
	signature, err := base64.StdEncoding.DecodeString(form.Get("sign"))
	if err != nil {
		return false
	}
	form.Del("sign")
	form.Del("sign_type")
	text, err := url.QueryUnescape(form.Encode())
	digest := sha256.Sum256([]byte(text))
	return err == nil && rsa.VerifyPKCS1v15(key, crypto.SHA256, digest[:], signature) == nil
}
