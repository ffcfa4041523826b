package alipay

import (
	"bytes"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"math/big"
	"testing"

	"github.com/stockonce/stockonce/app/internal/platform/keyring"
	"github.com/stockonce/stockonce/app/internal/platform/keyring/keyringtest"
)

var alipayKey = keyringtest.RSA(2048)

func TestOneBitChangedAnywhereInAnAnswerIsNotBelieved(t *testing.T) {
	key := alipayKey()
	const content = `{"code":"10000","out_trade_no":"O1","trade_no":"tx1","trade_status":"TRADE_SUCCESS","total_amount":"10.00","store_name":"a\/b"}`
	digest := sha256.Sum256([]byte(content))
	signature, err := key.Sign(rand.Reader, digest[:], crypto.SHA256)
	if err != nil {
		t.Fatal(err)
	}
	body := fmt.Appendf(nil, `{"alipay_trade_query_response":%s,"sign":"%s"}`, content, base64.StdEncoding.EncodeToString(signature))
	a := &API{public: []keyring.PublicKey{{RSA: &key.PublicKey}}}
	if opened, err := a.open(methodQuery, body); err != nil || string(opened) != content {
		t.Fatalf("%s, %v", opened, err)
	}
	believed := 0
	for i := range len(body) * 8 {
		changed := bytes.Clone(body)
		changed[i/8] ^= 1 << (i % 8)
		opened, err := a.open(methodQuery, changed)
		if err != nil {
			continue
		}
		// The last letter of base64 has bits that count for nothing.
		if string(opened) != content {
			t.Fatalf("bit %d: believed %s", i, opened)
		}
		believed++
	}
	if believed > 8 {
		t.Fatalf("%d of %d bits may be changed", believed, len(body)*8)
	}
	for i := range 256 * 8 {
		changed := *key.N
		other := &rsa.PublicKey{N: new(big.Int).Xor(&changed, new(big.Int).Lsh(big.NewInt(1), uint(i))), E: key.E}
		a := &API{public: []keyring.PublicKey{{RSA: other}}}
		if _, err := a.open(methodQuery, body); err == nil {
			t.Fatalf("key bit %d", i)
		}
	}
}

func TestWhatWasSignedIsBelievedWhenSlashesWereEscapedLater(t *testing.T) {
	key := alipayKey()
	const content = `{"code":"10000","store_name":"a/b"}`
	digest := sha256.Sum256([]byte(content))
	signature, err := key.Sign(rand.Reader, digest[:], crypto.SHA256)
	if err != nil {
		t.Fatal(err)
	}
	body := fmt.Appendf(nil, `{"alipay_trade_query_response":{"code":"10000","store_name":"a\/b"},"sign":"%s"}`,
		base64.StdEncoding.EncodeToString(signature))
	a := &API{public: []keyring.PublicKey{{RSA: &key.PublicKey}}}
	if opened, err := a.open(methodQuery, body); err != nil || string(opened) != content {
		t.Fatalf("%s, %v", opened, err)
	}
}
