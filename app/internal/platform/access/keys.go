package access

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rsa"
	"encoding/json"
	"errors"
	"slices"

	"github.com/go-jose/go-jose/v4"
)

// algorithms are the only ones taken: both need a key that cannot sign.
var algorithms = []jose.SignatureAlgorithm{jose.RS256, jose.ES256}

// An RSA modulus shorter than this can be factored (RFC 7518 section 3.3); a longer
// one than that costs more to use than any issuer needs.
const minBits, maxBits = 2048, 8192

var (
	errUnknownKey = errors.New("unknown key")
	errWhichKey   = errors.New("the token names no key, and there are several")
)

// publicKey verifies tokens of one algorithm.
type publicKey struct {
	id        string
	algorithm jose.SignatureAlgorithm
	key       any // *rsa.PublicKey or *ecdsa.PublicKey
}

// keySet is what an issuer signs with at one time.
type keySet struct {
	keys []publicKey
	// ignored counts those of the set that are for something else.
	ignored int
}

// parseKeys reads a JSON Web Key Set. Keys that do not verify RS256 or ES256 are left
// out, as RFC 7517 section 5 wants; so are private ones, which belong nowhere near
// here. A set without keys is one of nobody: that is how the last key is withdrawn.
func parseKeys(text []byte) (*keySet, error) {
	var document struct {
		Keys *[]json.RawMessage `json:"keys"`
	}
	if err := json.Unmarshal(text, &document); err != nil || document.Keys == nil {
		return nil, errors.New("not a JSON Web Key Set")
	}
	set := &keySet{}
	for _, raw := range *document.Keys {
		var parsed jose.JSONWebKey
		if err := json.Unmarshal(raw, &parsed); err != nil {
			set.ignored++
			continue
		}
		algorithm := verifies(parsed.Key)
		if algorithm == "" || parsed.Use != "" && parsed.Use != "sig" || parsed.Algorithm != "" && parsed.Algorithm != string(algorithm) {
			set.ignored++
			continue
		}
		set.keys = append(set.keys, publicKey{parsed.KeyID, algorithm, parsed.Key})
	}
	return set, nil
}

// verifies tells what a key can verify, if that is taken.
func verifies(key any) jose.SignatureAlgorithm {
	switch key := key.(type) {
	case *rsa.PublicKey:
		if bits := key.N.BitLen(); bits >= minBits && bits <= maxBits {
			return jose.RS256
		}
	case *ecdsa.PublicKey:
		if key.Curve == elliptic.P256() {
			return jose.ES256
		}
	}
	return ""
}

// find returns the key that a token names. One that names none is taken for the only
// key there is.
func (s *keySet) find(id, algorithm string) (any, error) {
	if id == "" && len(s.keys) > 1 {
		return nil, errWhichKey
	}
	for _, k := range s.keys {
		if (id == "" || k.id == id) && string(k.algorithm) == algorithm {
			return k.key, nil
		}
	}
	return nil, errUnknownKey
}

// equal tells whether two sets hold the same keys.
func (s *keySet) equal(other *keySet) bool {
	return slices.EqualFunc(s.keys, other.keys, func(a, b publicKey) bool {
		key, ok := a.key.(interface {
			Equal(other crypto.PublicKey) bool
		})
		return ok && a.id == b.id && key.Equal(b.key)
	})
}
