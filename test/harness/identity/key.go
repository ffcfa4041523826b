package identity

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"maps"
)

// Key is a P-256 key that signs tokens with ES256.
type Key struct {
	ID      string
	private *ecdsa.PrivateKey
}

// NewKey makes a key.
func NewKey(id string) (*Key, error) {
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("identity: %w", err)
	}
	return &Key{ID: id, private: private}, nil
}

// Sign makes a token of the claims. What header holds replaces what belongs there, for
// tokens that must be refused.
//
// RFC 7515 section 3.1 and RFC 7518 section 3.4.
func (k *Key) Sign(claims map[string]any, header ...map[string]any) Bearer {
	head := map[string]any{"alg": "ES256", "typ": "JWT", "kid": k.ID}
	for _, h := range header {
		maps.Copy(head, h)
	}
	text := base64.RawURLEncoding.EncodeToString(encoded(head)) + "." + base64.RawURLEncoding.EncodeToString(encoded(claims))
	digest := sha256.Sum256([]byte(text))
	r, s, err := ecdsa.Sign(rand.Reader, k.private, digest[:])
	if err != nil {
		panic(err) // the key was made here
	}
	var signature [64]byte
	r.FillBytes(signature[:32])
	s.FillBytes(signature[32:])
	return Bearer(text + "." + base64.RawURLEncoding.EncodeToString(signature[:]))
}

// Set is the public half as a JSON Web Key Set: RFC 7517, RFC 7518 section 6.2.
func (k *Key) Set() []byte {
	point, err := k.private.PublicKey.Bytes() // 4, x, y
	if err != nil {
		panic(err) // the key was made here
	}
	coordinate := func(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }
	return encoded(map[string]any{"keys": []map[string]string{{
		"kty": "EC", "crv": "P-256", "use": "sig", "alg": "ES256", "kid": k.ID,
		"x": coordinate(point[1:33]), "y": coordinate(point[33:]),
	}}})
}

// PEM is the private half, as PKCS #8.
func (k *Key) PEM() ([]byte, error) {
	der, err := x509.MarshalPKCS8PrivateKey(k.private)
	if err != nil {
		return nil, fmt.Errorf("identity: %w", err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), nil
}
