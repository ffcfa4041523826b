package alipay

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/stockonce/stockonce/app/internal/platform/keyring"
)

// SignType is the only kind of signature that is made and believed. SHA-1 (RSA) is
// what Alipay calls the older one; apps choose one of the two.
const SignType = "RSA2"

// SignedText is what a signature over parameters covers: all but those left out,
// decoded, sorted by name. Notices leave out sign and sign_type, requests sign alone
// (https://opendocs.alipay.com/common/02kf5q). A parameter without a value is one too.
func SignedText(parameters map[string]string, leftOut ...string) string {
	pairs := make([]string, 0, len(parameters))
	for _, name := range slices.Sorted(maps.Keys(parameters)) {
		if !slices.Contains(leftOut, name) {
			pairs = append(pairs, name+"="+parameters[name])
		}
	}
	return strings.Join(pairs, "&")
}

// Sign signs with the app's private key.
func Sign(text []byte, key *rsa.PrivateKey) ([]byte, error) {
	digest := sha256.Sum256(text)
	signature, err := rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, digest[:])
	if err != nil {
		return nil, fmt.Errorf("sign: %w", err)
	}
	return signature, nil
}

// Keys are the public keys that Alipay signs with.
type Keys []keyring.PublicKey

// ParseKeys reads Alipay's public keys, of at least 2048 bits; an error names the one
// that cannot be used. Certificates are refused: Alipay signs differently for apps in
// certificate mode.
func ParseKeys(keys []keyring.Key, now time.Time) (Keys, error) {
	parsed := make(Keys, 0, len(keys))
	for _, k := range keys {
		public, err := keyring.ParsePublicKey(k, now)
		if err != nil {
			return nil, err
		}
		if public.Certificate != nil {
			return nil, fmt.Errorf("key %s: a certificate, must be the public key that Alipay shows for the app", k.ID)
		}
		parsed = append(parsed, public)
	}
	return parsed, nil
}

// Verify tries every key that is valid now. Errors hold nothing of the text.
func (keys Keys) Verify(text, signature []byte, now time.Time) error {
	digest := sha256.Sum256(text)
	problem := errors.New("no key is valid now")
	for _, k := range keys {
		if !k.ValidAt(now) {
			continue
		}
		if rsa.VerifyPKCS1v15(k.RSA, crypto.SHA256, digest[:], signature) == nil {
			return nil
		}
		problem = errors.New("no key of ours verifies the signature")
	}
	return problem
}
