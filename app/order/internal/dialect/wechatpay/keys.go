package wechatpay

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/wechatpay-apiv3/wechatpay-go/core/auth/verifiers"

	"github.com/stockonce/stockonce/app/internal/platform/keyring"
)

// publicKeyID begins the names of public keys; a certificate is named by its serial number.
const publicKeyID = "PUB_KEY_ID_"

// PlatformKeys are the keys that WeChat Pay signs with.
type PlatformKeys []platformKey

type platformKey struct {
	keyring.Key
	serial   string // as Wechatpay-Serial names it
	verifier *verifiers.SHA256WithRSAPubkeyVerifier
}

// NewPlatformKeys reads the keys: each is either a certificate under its serial
// number, which must be valid now, or a public key under its PUB_KEY_ID_…. An error
// names the key.
func NewPlatformKeys(keys []keyring.Key, now time.Time) (PlatformKeys, error) {
	made := make(PlatformKeys, 0, len(keys))
	for _, k := range keys {
		// The SDK would take an expired certificate; this does not.
		public, err := keyring.ParsePublicKey(k, now)
		if err != nil {
			return nil, err
		}
		serial, err := serialOf(public)
		if err != nil {
			return nil, fmt.Errorf("key %s: %w", k.ID, err)
		}
		made = append(made, platformKey{
			Key: public.Key, serial: serial,
			verifier: verifiers.NewSHA256WithRSAPubkeyVerifier(serial, *public.RSA),
		})
	}
	return made, nil
}

// serialOf is the name under which messages refer to the key.
func serialOf(k keyring.PublicKey) (string, error) {
	if k.Certificate == nil {
		if !strings.HasPrefix(k.ID, publicKeyID) {
			return "", errors.New("a public key must be named by its PUB_KEY_ID_…, and under a serial number must be a certificate")
		}
		return k.ID, nil
	}
	serial := fmt.Sprintf("%X", k.Certificate.SerialNumber)
	if !strings.EqualFold(withoutZeros(k.ID), serial) {
		return "", fmt.Errorf("the certificate's serial number is %s", serial)
	}
	return serial, nil
}

// withoutZeros makes serial numbers comparable: programs disagree about leading zeros.
func withoutZeros(serial string) string { return strings.TrimLeft(serial, "0") }

// Keys tells the keys, with the time each is valid: a certificate's own at most.
func (keys PlatformKeys) Keys() []keyring.Key {
	told := make([]keyring.Key, len(keys))
	for i, k := range keys {
		told[i] = k.Key
	}
	return told
}

// Wanted is the serial that WeChat Pay is asked to sign with: the first valid key's.
// It is empty when none is.
func (keys PlatformKeys) Wanted(now time.Time) string {
	for _, k := range keys {
		if k.ValidAt(now) {
			return k.serial
		}
	}
	return ""
}

// find returns the valid key that messages call by the serial.
func (keys PlatformKeys) find(serial string, now time.Time) (platformKey, error) {
	problem := errors.New("Wechatpay-Serial names none of the keys")
	for _, k := range keys {
		if k.serial != withoutZeros(serial) {
			continue
		}
		if k.ValidAt(now) {
			return k, nil
		}
		problem = fmt.Errorf("key %s is not valid now", k.ID)
	}
	return platformKey{}, problem
}
