// Package standard plays a provider that signs its notices as Standard Webhooks 1.0.0.
//
// It is written from the specification and shares no code with the service that
// verifies, so that a mistake in one is seen by the other.
package standard

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

const (
	secretPrefix = "whsec_"
	// The specification's bounds of a symmetric secret, in bytes.
	minSecret, maxSecret = 24, 64
)

// ErrBadSecret is returned for text that is no Standard Webhooks secret. Neither
// it nor what wraps it holds any of the text.
var ErrBadSecret = errors.New(`a secret is "whsec_" and the base64 of 24 to 64 bytes`)

// Key is a symmetric signing secret. Its zero value signs nothing; use ParseKey or NewKey.
type Key struct{ secret []byte }

// ParseKey reads a secret as it is written in files, with white space around it allowed.
func ParseKey(text string) (Key, error) {
	encoded, ok := strings.CutPrefix(strings.TrimSpace(text), secretPrefix)
	if !ok {
		return Key{}, ErrBadSecret
	}
	secret, err := base64.StdEncoding.DecodeString(encoded)
	if err != nil || len(secret) < minSecret || len(secret) > maxSecret {
		// The decoder's error would quote the secret.
		return Key{}, ErrBadSecret
	}
	return Key{secret: secret}, nil
}

// NewKey makes a key of 32 random bytes.
func NewKey() Key {
	secret := make([]byte, 32)
	rand.Read(secret) // never fails: the runtime ends the process instead
	return Key{secret: secret}
}

// Reveal is the secret as ParseKey reads it. A Key prints as a placeholder
// otherwise, so that none is logged by accident.
func (k Key) Reveal() string { return secretPrefix + base64.StdEncoding.EncodeToString(k.secret) }

// String hides the secret.
func (k Key) String() string { return secretPrefix + "[hidden]" }

// GoString hides the secret.
func (k Key) GoString() string { return k.String() }

// Sign is the value of webhook-signature for a body sent under id at the given
// time, which counts in whole seconds.
func (k Key) Sign(id string, at time.Time, body []byte) string {
	mac := hmac.New(sha256.New, k.secret)
	// A hash never fails to write.
	fmt.Fprintf(mac, "%s.%s.", id, strconv.FormatInt(at.Unix(), 10))
	mac.Write(body)
	return "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))
}
