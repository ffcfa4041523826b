package credential

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
)

// minBits is the shortest RSA modulus taken: shorter ones can be factored.
const minBits = 2048

// Key is a private key that signs tokens.
type Key struct {
	id      string
	private crypto.Signer
	alg     jose.SignatureAlgorithm
}

// Claims are what a token says.
type Claims struct {
	Issuer, Audience, Subject string
	Roles                     []string
}

// NewKey makes a P-256 key. Its id is the key's thumbprint.
func NewKey() (*Key, error) {
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("make a key: %w", err)
	}
	return newKey(private, jose.ES256, "")
}

// ParseKey reads a private key, P-256 (then it signs with ES256) or RSA of 2048 bits
// and more (RS256), as PEM of PKCS #8, PKCS #1 or SEC 1. An empty id means the key's
// thumbprint: RFC 7638, the first 16 characters of it.
func ParseKey(text, id string) (*Key, error) {
	block, rest := pem.Decode([]byte(text))
	if block == nil {
		return nil, errors.New("not PEM")
	}
	// openssl writes the curve in front of the key.
	if block.Type == "EC PARAMETERS" {
		if block, _ = pem.Decode(rest); block == nil {
			return nil, errors.New("no private key behind the EC PARAMETERS")
		}
	}
	switch private := parse(block.Bytes).(type) {
	case *ecdsa.PrivateKey:
		if private.Curve != elliptic.P256() {
			return nil, fmt.Errorf("a key on the curve %s, must be P-256", private.Curve.Params().Name)
		}
		return newKey(private, jose.ES256, id)
	case *rsa.PrivateKey:
		if bits := private.N.BitLen(); bits < minBits {
			return nil, fmt.Errorf("%d bits, must be %d at least", bits, minBits)
		}
		return newKey(private, jose.RS256, id)
	default:
		return nil, errors.New("not a private key, P-256 or RSA")
	}
}

// parse returns nil for what is no private key.
func parse(der []byte) any {
	if key, err := x509.ParsePKCS8PrivateKey(der); err == nil {
		return key
	}
	if key, err := x509.ParseECPrivateKey(der); err == nil {
		return key
	}
	if key, err := x509.ParsePKCS1PrivateKey(der); err == nil {
		return key
	}
	return nil
}

func newKey(private crypto.Signer, alg jose.SignatureAlgorithm, id string) (*Key, error) {
	k := &Key{id: id, private: private, alg: alg}
	if id == "" {
		sum, err := (&jose.JSONWebKey{Key: private.Public()}).Thumbprint(crypto.SHA256)
		if err != nil {
			return nil, fmt.Errorf("thumbprint: %w", err)
		}
		k.id = base64.RawURLEncoding.EncodeToString(sum)[:16]
	}
	return k, nil
}

// ID is the name of the key in its set, and in the header of its tokens.
func (k *Key) ID() string { return k.id }

// Public is the public half.
func (k *Key) Public() jose.JSONWebKey {
	return jose.JSONWebKey{Key: k.private.Public(), KeyID: k.id, Algorithm: string(k.alg), Use: "sig"}
}

// PEM is the private key as PKCS #8.
func (k *Key) PEM() ([]byte, error) {
	der, err := x509.MarshalPKCS8PrivateKey(k.private)
	if err != nil {
		return nil, errors.New("the key cannot be written as PKCS #8")
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), nil
}

// Sign makes a token that is good from now on for so long.
func (k *Key) Sign(c Claims, now time.Time, lifetime time.Duration) (string, error) {
	signer, err := jose.NewSigner(
		jose.SigningKey{Algorithm: k.alg, Key: jose.JSONWebKey{Key: k.private, KeyID: k.id}},
		(&jose.SignerOptions{}).WithType("JWT"))
	if err != nil {
		return "", fmt.Errorf("sign a token: %w", err)
	}
	token, err := jwt.Signed(signer).
		Claims(jwt.Claims{
			Issuer: c.Issuer, Subject: c.Subject, Audience: jwt.Audience{c.Audience},
			IssuedAt: jwt.NewNumericDate(now), Expiry: jwt.NewNumericDate(now.Add(lifetime)),
		}).
		Claims(map[string]any{"roles": c.Roles}).
		Serialize()
	if err != nil {
		return "", fmt.Errorf("sign a token: %w", err)
	}
	return token, nil
}
