package keyring_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/pem"
	"math/big"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stockonce/stockonce/app/internal/platform/conf"
	"github.com/stockonce/stockonce/app/internal/platform/keyring"
)

// Keys take long to make: each is made once.
var (
	strong = sync.OnceValue(func() *rsa.PrivateKey { return must(rsa.GenerateKey(rand.Reader, 2048)) })
	weak   = sync.OnceValue(func() *rsa.PrivateKey { return must(rsa.GenerateKey(rand.Reader, 1024)) })
	other  = sync.OnceValue(func() *ecdsa.PrivateKey { return must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader)) })
)

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func certificate(key crypto.Signer, from, to time.Time) []byte {
	template := &x509.Certificate{SerialNumber: big.NewInt(7), Subject: pkix.Name{CommonName: "test"}, NotBefore: from, NotAfter: to}
	return must(x509.CreateCertificate(rand.Reader, template, template, key.Public(), key))
}

func asPEM(kind string, der []byte) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
}

// bare is base64 as a console shows it, broken into lines or not.
func bare(der []byte) string { return base64.StdEncoding.EncodeToString(der) }

func TestAPublicKeyIsReadInAllItsForms(t *testing.T) {
	pkixDER := must(x509.MarshalPKIXPublicKey(strong().Public()))
	pkcs1 := x509.MarshalPKCS1PublicKey(&strong().PublicKey)
	from, to := now.AddDate(0, 0, -1), now.AddDate(1, 0, 0)
	cert := certificate(strong(), from, to)
	broken := bare(pkixDER)
	for _, tc := range []struct {
		name, text  string
		certificate bool
	}{
		{"a certificate as PEM", asPEM("CERTIFICATE", cert), true},
		{"a certificate as base64", bare(cert), true},
		{"PKIX as PEM", asPEM("PUBLIC KEY", pkixDER), false},
		{"PKIX as base64", broken, false},
		{"PKIX as base64 in lines", broken[:64] + "\r\n" + broken[64:128] + "\n  " + broken[128:], false},
		{"PKCS #1 as PEM", asPEM("RSA PUBLIC KEY", pkcs1), false},
		{"PKCS #1 as base64", bare(pkcs1), false},
	} {
		p, err := keyring.ParsePublicKey(keyring.Key{ID: "k1", Text: tc.text}, now)
		if err != nil || !p.RSA.Equal(strong().Public()) || (p.Certificate != nil) != tc.certificate {
			t.Errorf("%s: %v, %v", tc.name, p.Key, err)
			continue
		}
		if tc.certificate && (!p.NotBefore.Equal(from) || !p.NotAfter.Equal(to) || p.Certificate.SerialNumber.Int64() != 7) {
			t.Errorf("%s is valid from %s to %s", tc.name, p.NotBefore, p.NotAfter)
		}
		if !tc.certificate && (!p.NotBefore.IsZero() || !p.NotAfter.IsZero()) {
			t.Errorf("%s is valid from %s to %s", tc.name, p.NotBefore, p.NotAfter)
		}
	}
}

func TestThePublicKeyOfACertificateIsValidWhileBothItAndTheConfigurationSay(t *testing.T) {
	hour := func(h int) time.Time { return now.Add(time.Duration(h) * time.Hour) }
	text := bare(certificate(strong(), hour(-10), hour(10)))
	for _, tc := range []struct {
		name                     string
		from, to, wantFrom, want time.Time
	}{
		{"the configuration is narrower", hour(-5), hour(5), hour(-5), hour(5)},
		{"the certificate is narrower", hour(-20), hour(20), hour(-10), hour(10)},
		{"they overlap", hour(-5), hour(20), hour(-5), hour(10)},
	} {
		p, err := keyring.ParsePublicKey(keyring.Key{ID: "k1", Text: text, NotBefore: tc.from, NotAfter: tc.to}, now)
		if err != nil || !p.NotBefore.Equal(tc.wantFrom) || !p.NotAfter.Equal(tc.want) {
			t.Errorf("%s: %s to %s, %v", tc.name, p.NotBefore, p.NotAfter, err)
		}
	}
	if _, err := keyring.ParsePublicKey(keyring.Key{ID: "k1", Text: text, NotBefore: hour(11)}, now); err == nil ||
		!strings.Contains(err.Error(), "outside the certificate's own validity") {
		t.Errorf("a key that is never valid: %v", err)
	}
}

func TestAPublicKeyThatCannotVerifyIsRefusedByNameWithTheReason(t *testing.T) {
	year := func(n int) time.Time { return now.AddDate(n, 0, 0) }
	for _, tc := range []struct{ name, text, want string }{
		{"expired", asPEM("CERTIFICATE", certificate(strong(), year(-2), year(-1))), "key k1: the certificate expired at 2025-11-23T08:00:00Z"},
		{"expired this moment", asPEM("CERTIFICATE", certificate(strong(), year(-1), now)), "key k1: the certificate expired at 2026-11-23T08:00:00Z"},
		{"not yet valid", asPEM("CERTIFICATE", certificate(strong(), year(1), year(2))), "key k1: the certificate is not valid before 2027-11-23T08:00:00Z"},
		{"a weak key", bare(x509.MarshalPKCS1PublicKey(&weak().PublicKey)), "key k1: 1024 bits, must be 2048 at least"},
		{"a certificate of a weak key", bare(certificate(weak(), year(-1), year(1))), "key k1: 1024 bits"},
		{"an elliptic key", bare(must(x509.MarshalPKIXPublicKey(other().Public()))), "key k1: not an RSA key"},
		{"a certificate of an elliptic key", bare(certificate(other(), year(-1), year(1))), "key k1: not an RSA key"},
		{"a private key", asPEM("RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(strong())), "key k1: neither a certificate nor a public key"},
		{"anything else", "hello, world", "key k1: neither PEM nor base64"},
		{"base64 of anything else", bare([]byte("hello, world")), "key k1: neither a certificate nor a public key"},
		{"nothing", "", "key k1: neither a certificate nor a public key"},
	} {
		_, err := keyring.ParsePublicKey(keyring.Key{ID: "k1", Text: tc.text}, now)
		if err == nil || !strings.HasPrefix(err.Error(), tc.want) {
			t.Errorf("%s: %v", tc.name, err)
		}
	}
}

func TestAPrivateKeyIsReadInAllItsForms(t *testing.T) {
	pkcs1, pkcs8 := x509.MarshalPKCS1PrivateKey(strong()), must(x509.MarshalPKCS8PrivateKey(strong()))
	for name, text := range map[string]string{
		"PKCS #1 as PEM": asPEM("RSA PRIVATE KEY", pkcs1), "PKCS #1 as base64": bare(pkcs1),
		"PKCS #8 as PEM": asPEM("PRIVATE KEY", pkcs8), "PKCS #8 as base64": bare(pkcs8),
	} {
		if key, err := keyring.ParsePrivateKey(text); err != nil || !key.Equal(strong()) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestAPrivateKeyThatIsRefusedIsNotTold(t *testing.T) {
	pkcs1 := x509.MarshalPKCS1PrivateKey(strong())
	cut := bare(pkcs1[:len(pkcs1)/2])
	for _, tc := range []struct{ name, text, want string }{
		{"a weak key", bare(x509.MarshalPKCS1PrivateKey(weak())), "1024 bits, must be 2048 at least"},
		{"an elliptic key", asPEM("PRIVATE KEY", must(x509.MarshalPKCS8PrivateKey(other()))), "not an RSA key"},
		{"half a key", cut, "not a private key of PKCS #8 or PKCS #1"},
		{"a public key", bare(x509.MarshalPKCS1PublicKey(&strong().PublicKey)), "not a private key of PKCS #8 or PKCS #1"},
		{"no base64", cut[:40] + "*" + cut[40:], "neither PEM nor base64"},
		{"nothing", "", "not a private key of PKCS #8 or PKCS #1"},
	} {
		key, err := keyring.ParsePrivateKey(tc.text)
		if key != nil || err == nil || err.Error() != tc.want {
			t.Errorf("%s: %v", tc.name, err)
		}
	}
}

func TestTheConfiguredPrivateKeyIsReadFromItsFile(t *testing.T) {
	path := file(t, asPEM("RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(strong())))
	if key, err := keyring.PrivateKey(&conf.Secret{File: path}); err != nil || !key.Equal(strong()) {
		t.Errorf("error %v", err)
	}
	write(t, path, "s3cret")
	if key, err := keyring.PrivateKey(&conf.Secret{File: path}); key != nil || err == nil || strings.Contains(err.Error(), "s3cret") {
		t.Errorf("error %v", err)
	}
	if key, err := keyring.PrivateKey(&conf.Secret{File: "/nowhere"}); key != nil || err == nil || !strings.Contains(err.Error(), "/nowhere") {
		t.Errorf("error %v", err)
	}
}
