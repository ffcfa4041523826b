package alipay_test

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"strings"
	"testing"
	"time"

	"github.com/stockonce/stockonce/app/internal/platform/keyring"
	"github.com/stockonce/stockonce/app/internal/platform/keyring/keyringtest"
	"github.com/stockonce/stockonce/app/order/internal/dialect/alipay"
)

var (
	now  = time.Date(2026, 11, 23, 8, 0, 1, 0, time.UTC)
	keyA = keyringtest.RSA(2048)
	keyB = keyringtest.RSA(2048)
	text = []byte("app_id=1&total_amount=10.00")
)

// signed is the published scheme, written apart from the code under test.
func signed(t *testing.T, key *rsa.PrivateKey) []byte {
	t.Helper()
	digest := sha256.Sum256(text)
	signature, err := key.Sign(rand.Reader, digest[:], crypto.SHA256)
	if err != nil {
		t.Fatal(err)
	}
	return signature
}

func parse(t *testing.T, keys ...keyring.Key) alipay.Keys {
	t.Helper()
	parsed, err := alipay.ParseKeys(keys, now)
	if err != nil {
		t.Fatal(err)
	}
	return parsed
}

func TestTheSignedTextIsSortedDecodedAndWithoutWhatIsLeftOut(t *testing.T) {
	parameters := map[string]string{"b": "2 & 3", "a": "茶", "c": "", "sign": "s", "sign_type": "RSA2"}
	if got := alipay.SignedText(parameters, "sign", "sign_type"); got != "a=茶&b=2 & 3&c=" {
		t.Errorf("a notice's: %q", got)
	}
	if got := alipay.SignedText(parameters, "sign"); got != "a=茶&b=2 & 3&c=&sign_type=RSA2" {
		t.Errorf("a request's: %q", got)
	}
	if got := alipay.SignedText(nil); got != "" {
		t.Errorf("of nothing: %q", got)
	}
}

func TestWhatIsSignedIsVerified(t *testing.T) {
	signature, err := alipay.Sign(text, keyA())
	if err != nil || string(signature) != string(signed(t, keyA())) {
		t.Fatalf("not the published scheme: %v", err)
	}
	keys := parse(t, keyring.Key{ID: "b", Text: keyringtest.BarePublic(keyB())}, keyring.Key{ID: "a", Text: keyringtest.Public(keyA())})
	if err := keys.Verify(text, signature, now); err != nil {
		t.Error(err)
	}
	if _, err := alipay.Sign(text, &rsa.PrivateKey{}); err == nil {
		t.Error("signed with no key")
	}
}

func TestOneBitChangedInTextOrSignatureIsRefused(t *testing.T) {
	keys, signature := parse(t, keyring.Key{ID: "a", Text: keyringtest.BarePublic(keyA())}), signed(t, keyA())
	for _, bytes := range [][]byte{text, signature} {
		for i := range len(bytes) * 8 {
			bytes[i/8] ^= 1 << (i % 8)
			if keys.Verify(text, signature, now) == nil {
				t.Fatalf("bit %d of %d bytes", i, len(bytes))
			}
			bytes[i/8] ^= 1 << (i % 8)
		}
	}
	if err := keys.Verify(text, signature, now); err != nil {
		t.Fatalf("unchanged: %v", err)
	}
}

func TestOneBitChangedInTheKeyIsRefused(t *testing.T) {
	signature := signed(t, keyA())
	der, _ := base64.StdEncoding.DecodeString(keyringtest.BarePublic(keyA()))
	for i := range len(der) * 8 {
		changed := append([]byte(nil), der...)
		changed[i/8] ^= 1 << (i % 8)
		keys, err := alipay.ParseKeys([]keyring.Key{{ID: "a", Text: base64.StdEncoding.EncodeToString(changed)}}, now)
		if err != nil {
			continue // refused at load
		}
		if keys.Verify(text, signature, now) == nil {
			t.Fatalf("bit %d", i)
		}
	}
}

func TestAnotherKindOfSignatureIsRefused(t *testing.T) {
	keys := parse(t, keyring.Key{ID: "a", Text: keyringtest.BarePublic(keyA())})
	digest := sha256.Sum256(text)
	pss, err := rsa.SignPSS(rand.Reader, keyA(), crypto.SHA256, digest[:], nil)
	if err != nil {
		t.Fatal(err)
	}
	for name, signature := range map[string][]byte{"PSS": pss, "nothing": nil, "another's": signed(t, keyB())} {
		if err := keys.Verify(text, signature, now); err == nil || strings.Contains(err.Error(), "total_amount") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestKeysVerifyWhileTheyAreValid(t *testing.T) {
	keys := parse(
		t,
		keyring.Key{ID: "old", Text: keyringtest.BarePublic(keyA()), NotAfter: now.Add(time.Hour)},
		keyring.Key{ID: "new", Text: keyringtest.BarePublic(keyB()), NotBefore: now.Add(-time.Hour)},
	)
	for _, c := range []struct {
		name string
		key  *rsa.PrivateKey
		at   time.Time
		want bool
	}{
		{"both during the overlap: old", keyA(), now, true},
		{"both during the overlap: new", keyB(), now, true},
		{"old after its end", keyA(), now.Add(time.Hour), false},
		{"new before its start", keyB(), now.Add(-2 * time.Hour), false},
		{"new after the overlap", keyB(), now.Add(2 * time.Hour), true},
	} {
		if err := keys.Verify(text, signed(t, c.key), c.at); (err == nil) != c.want {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	if err := keys[:1].Verify(text, signed(t, keyA()), now.Add(time.Hour)); err == nil || !strings.Contains(err.Error(), "no key is valid now") {
		t.Errorf("error %v", err)
	}
}

func TestWeakOrBrokenKeysAreRefusedByName(t *testing.T) {
	for name, text := range map[string]string{
		"1024 bits": keyringtest.BarePublic(keyringtest.RSA(1024)()), "garbage": "not a key", "nothing": "",
		"half a key":    keyringtest.BarePublic(keyA())[:100],
		"a certificate": keyringtest.Certificate(keyA(), "1", now.Add(-time.Hour), now.Add(time.Hour)),
		"a private key": base64.StdEncoding.EncodeToString(x509.MarshalPKCS1PrivateKey(keyA())),
	} {
		_, err := alipay.ParseKeys([]keyring.Key{{ID: "k1", Text: text}}, now)
		if err == nil || !strings.Contains(err.Error(), "k1") || len(text) > 20 && strings.Contains(err.Error(), text[:20]) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
