// Package alipay plays Alipay's open platform, in public-key mode.
//
// It is written from the provider's documents with the standard library alone, so
// that a mistake in what verifies is seen here, and one made here is seen there.
package alipay

import (
	"crypto/rsa"
	"errors"
	"fmt"

	"github.com/stockonce/stockonce/app/paysim/keyfile"
)

// The merchant to play with.
const (
	testAppID    = "2021000000000001"
	testSellerID = "2088000000000001"
)

// The files of a set of keys.
const (
	platformKeyFile = "alipay-platform-private.pem" // the provider's
	publicKeyFile   = "alipay-public.pem"
	appKeyFile      = "alipay-app-private.pem" // the merchant's
	appPublicFile   = "alipay-app-public.pem"
)

// Keys are those that Alipay and its merchant have of each other.
type Keys struct {
	AppID    string `json:"appId"`
	SellerID string `json:"sellerId"`

	platform  *rsa.PrivateKey
	app       *rsa.PrivateKey // only known to who made the keys
	appPublic *rsa.PublicKey
}

// NewKeys makes a set of keys.
func NewKeys() (*Keys, error) {
	platform, err := keyfile.NewRSA()
	if err != nil {
		return nil, err
	}
	app, err := keyfile.NewRSA()
	if err != nil {
		return nil, err
	}
	return &Keys{AppID: testAppID, SellerID: testSellerID, platform: platform, app: app, appPublic: &app.PublicKey}, nil
}

// ReadFiles reads the keys that Write wrote, beside what k says already.
func (k *Keys) ReadFiles(dir string) error {
	var errs [2]error
	k.platform, errs[0] = keyfile.ReadPrivate(dir, platformKeyFile)
	k.appPublic, errs[1] = keyfile.ReadPublic(dir, appPublicFile)
	return errors.Join(errs[:]...)
}

// Write writes the keys into new files of dir.
func (k *Keys) Write(dir string) error {
	for _, write := range []func() error{
		func() error { return keyfile.WritePrivate(dir, platformKeyFile, k.platform) },
		func() error { return keyfile.WritePublic(dir, publicKeyFile, &k.platform.PublicKey) },
		func() error { return keyfile.WritePrivate(dir, appKeyFile, k.app) },
		func() error { return keyfile.WritePublic(dir, appPublicFile, k.appPublic) },
	} {
		if err := write(); err != nil {
			return err
		}
	}
	return nil
}

// Config is the part of the order service's configuration that goes with the keys.
func (k *Keys) Config(at keyfile.Place) string {
	return fmt.Sprintf(`  alipay:
    appId: %q
    sellerIds: [%q]
    publicKeys:
      - id: paysim
        file: %s
    api:
      endpoint: {url: %s, timeout: 10s}
      privateKey: {file: %s}
`, k.AppID, k.SellerID, at.File(publicKeyFile), at.URL("/alipay/gateway.do"), at.File(appKeyFile))
}
