package keyring

import (
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/stockonce/stockonce/app/internal/platform/conf"
)

// minBits is the shortest RSA modulus taken: shorter ones can be factored.
const minBits = 2048

// PublicKey is an RSA public key that a Key holds.
type PublicKey struct {
	Key // narrowed to the certificate's own validity, if it holds one
	RSA *rsa.PublicKey
	// Certificate is nil when the key was given bare.
	Certificate *x509.Certificate
}

// ParsePublicKey reads an X.509 certificate or a bare public key (PKIX or PKCS #1),
// as PEM or as the base64 within. A certificate that is not valid now is refused:
// it would verify nothing, and better at start than at the first message.
func ParsePublicKey(k Key, now time.Time) (PublicKey, error) {
	der, err := decode(k.Text)
	if err != nil {
		return PublicKey{}, fmt.Errorf("key %s: %w", k.ID, err)
	}
	p := PublicKey{Key: k}
	var parsed any
	if p.Certificate, err = x509.ParseCertificate(der); err == nil {
		parsed = p.Certificate.PublicKey
		if err := p.narrow(now); err != nil {
			return PublicKey{}, fmt.Errorf("key %s: %w", k.ID, err)
		}
	} else if parsed, err = x509.ParsePKIXPublicKey(der); err != nil {
		if parsed, err = x509.ParsePKCS1PublicKey(der); err != nil {
			return PublicKey{}, fmt.Errorf("key %s: neither a certificate nor a public key", k.ID)
		}
	}
	var ok bool
	if p.RSA, ok = parsed.(*rsa.PublicKey); !ok {
		return PublicKey{}, fmt.Errorf("key %s: not an RSA key", k.ID)
	}
	if bits := p.RSA.N.BitLen(); bits < minBits {
		return PublicKey{}, fmt.Errorf("key %s: %d bits, must be %d at least", k.ID, bits, minBits)
	}
	return p, nil
}

func (p *PublicKey) narrow(now time.Time) error {
	from, to := p.Certificate.NotBefore, p.Certificate.NotAfter
	switch {
	case !now.Before(to):
		return fmt.Errorf("the certificate expired at %s", to.UTC().Format(time.RFC3339))
	case now.Before(from):
		return fmt.Errorf("the certificate is not valid before %s", from.UTC().Format(time.RFC3339))
	}
	if p.NotBefore.Before(from) {
		p.NotBefore = from
	}
	if p.NotAfter.IsZero() || p.NotAfter.After(to) {
		p.NotAfter = to
	}
	if !p.NotAfter.After(p.NotBefore) {
		return errors.New("notBefore and notAfter lie outside the certificate's own validity")
	}
	return nil
}

// PrivateKey reads the RSA private key that a configuration names. An error names
// where it should be, and holds nothing of it.
func PrivateKey(s *conf.Secret) (*rsa.PrivateKey, error) {
	text, err := Secret(s)
	if err != nil {
		return nil, err
	}
	return ParsePrivateKey(text)
}

// ParsePrivateKey reads an RSA private key (PKCS #8 or PKCS #1), as PEM or as the
// base64 within. Errors hold nothing of it.
func ParsePrivateKey(text string) (*rsa.PrivateKey, error) {
	der, err := decode(text)
	if err != nil {
		return nil, err
	}
	key, err := x509.ParsePKCS1PrivateKey(der)
	if err != nil {
		parsed, err := x509.ParsePKCS8PrivateKey(der)
		if err != nil {
			return nil, errors.New("not a private key of PKCS #8 or PKCS #1")
		}
		var ok bool
		if key, ok = parsed.(*rsa.PrivateKey); !ok {
			return nil, errors.New("not an RSA key")
		}
	}
	if bits := key.N.BitLen(); bits < minBits {
		return nil, fmt.Errorf("%d bits, must be %d at least", bits, minBits)
	}
	return key, nil
}

// decode returns the DER within PEM, or within base64 alone, as some consoles show it.
func decode(text string) ([]byte, error) {
	if block, _ := pem.Decode([]byte(text)); block != nil {
		return block.Bytes, nil
	}
	der, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(text), ""))
	if err != nil {
		// Without the decoder's text: it is about the secret.
		return nil, errors.New("neither PEM nor base64")
	}
	return der, nil
}
