// Package wechatpay plays WeChat Pay, API v3.
//
// It is written from the provider's documents with the standard library alone, so
// that a mistake in what verifies is seen here, and one made here is seen there.
package wechatpay

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"math/big"
	"strings"
	"time"

	"github.com/stockonce/stockonce/app/paysim/dialect"
	"github.com/stockonce/stockonce/app/paysim/keyfile"
)

// The merchant to play with.
const (
	testMchID = "1900000001"
	testAppID = "wx0123456789abcdef"
)

// The files of a set of keys.
const (
	platformKeyFile  = "wechatpay-platform-private.pem" // the provider's
	publicKeyFile    = "wechatpay-public.pem"
	certificateFile  = "wechatpay-certificate.pem"
	apiV3File        = "wechatpay-v3.secret"
	merchantKeyFile  = "wechatpay-merchant-private.pem" // the merchant's
	merchantCertFile = "wechatpay-merchant-certificate.pem"
)

// apiV3Size is what WeChat Pay demands of an APIv3 key.
const apiV3Size = 32

// Keys are those that WeChat Pay and its merchant have of each other.
type Keys struct {
	MchID string `json:"mchid"`
	AppID string `json:"appid"`
	// PublicKeyID names the platform's public key: PUB_KEY_ID_….
	PublicKeyID string `json:"publicKeyId"`
	// ByCertificate signs under the serial number of the platform's certificate, as
	// WeChat Pay does for merchants that have not changed over to public keys.
	ByCertificate bool `json:"byCertificate"`

	platform     *rsa.PrivateKey
	certificate  *x509.Certificate
	apiV3        []byte
	merchant     *rsa.PrivateKey // only known to who made the keys
	merchantCert *x509.Certificate
}

// NewKeys makes a set of keys.
func NewKeys() (*Keys, error) {
	k := &Keys{
		MchID: testMchID, AppID: testAppID,
		PublicKeyID: "PUB_KEY_ID_0" + testMchID + dialect.Digits(22),
		apiV3:       []byte(dialect.Letters(apiV3Size)),
	}
	var err error
	if k.platform, k.certificate, err = newCertificate("paysim plays Tenpay.com"); err != nil {
		return nil, err
	}
	k.merchant, k.merchantCert, err = newCertificate("paysim's merchant " + testMchID)
	return k, err
}

func newCertificate(name string) (*rsa.PrivateKey, *x509.Certificate, error) {
	key, err := keyfile.NewRSA()
	if err != nil {
		return nil, nil, err
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 159))
	if err != nil {
		return nil, nil, fmt.Errorf("make a serial number: %w", err)
	}
	now := time.Now()
	template := &x509.Certificate{
		SerialNumber: serial, Subject: pkix.Name{CommonName: name},
		NotBefore: now.Add(-time.Hour), NotAfter: now.AddDate(5, 0, 0), // as long as the real ones
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return nil, nil, fmt.Errorf("make a certificate: %w", err)
	}
	certificate, err := x509.ParseCertificate(der)
	return key, certificate, err
}

// serial is a certificate's serial number as WeChat Pay writes it.
func serial(c *x509.Certificate) string { return strings.ToUpper(c.SerialNumber.Text(16)) }

// signer is the name of the key that signs.
func (k *Keys) signer() string {
	if k.ByCertificate {
		return serial(k.certificate)
	}
	return k.PublicKeyID
}

// ReadFiles reads the keys that Write wrote, beside what k says already.
func (k *Keys) ReadFiles(dir string) error {
	var errs [4]error
	var text string
	k.platform, errs[0] = keyfile.ReadPrivate(dir, platformKeyFile)
	k.certificate, errs[1] = keyfile.ReadCertificate(dir, certificateFile)
	k.merchantCert, errs[2] = keyfile.ReadCertificate(dir, merchantCertFile)
	text, errs[3] = keyfile.Read(dir, apiV3File)
	if err := errors.Join(errs[:]...); err != nil {
		return err
	}
	if _, ok := k.merchantCert.PublicKey.(*rsa.PublicKey); !ok {
		return fmt.Errorf("%s: not an RSA key", merchantCertFile)
	}
	if k.apiV3 = []byte(text); len(k.apiV3) != apiV3Size {
		return fmt.Errorf("%s: must hold %d characters", apiV3File, apiV3Size)
	}
	return nil
}

// Write writes the keys into new files of dir.
func (k *Keys) Write(dir string) error {
	for _, write := range []func() error{
		func() error { return keyfile.WritePrivate(dir, platformKeyFile, k.platform) },
		func() error { return keyfile.WritePublic(dir, publicKeyFile, &k.platform.PublicKey) },
		func() error { return keyfile.WriteCertificate(dir, certificateFile, k.certificate.Raw) },
		func() error { return keyfile.Write(dir, apiV3File, string(k.apiV3)+"\n") },
		func() error { return keyfile.WritePrivate(dir, merchantKeyFile, k.merchant) },
		func() error { return keyfile.WriteCertificate(dir, merchantCertFile, k.merchantCert.Raw) },
	} {
		if err := write(); err != nil {
			return err
		}
	}
	return nil
}

// Config is the part of the order service's configuration that goes with the keys.
func (k *Keys) Config(at keyfile.Place) string {
	return fmt.Sprintf(`  wechatpay:
    mchid: %q
    appids: [%s]
    platformKeys:
      - id: %s
        file: %s
      - id: %q
        file: %s
    apiV3Keys:
      - id: paysim
        file: %s
    api:
      endpoint: {url: %s, timeout: 10s}
      serial: %q
      privateKey: {file: %s}
      notifyUrl: %q
`, k.MchID, k.AppID, k.PublicKeyID, at.File(publicKeyFile), serial(k.certificate), at.File(certificateFile),
		at.File(apiV3File), at.URL("/wechatpay"), serial(k.merchantCert), at.File(merchantKeyFile),
		keyfile.CallbackURL(at.Callback, "wechatpay"))
}
