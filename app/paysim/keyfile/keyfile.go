// Package keyfile writes and reads the files that hold test keys.
package keyfile

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// bits is the size of new RSA keys, which all providers use.
const bits = 2048

// Write puts text into a new file of dir that only its owner can read. A file that
// is there already is left alone: os.ErrExist.
func Write(dir, name, text string) (err error) {
	f, err := os.OpenFile(filepath.Join(dir, name), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600) //nolint:gosec // the operator names the folder
	if err != nil {
		return fmt.Errorf("write a key: %w", err)
	}
	_, err = f.WriteString(text)
	if err = errors.Join(err, f.Close()); err != nil {
		return fmt.Errorf("write a key: %w", err)
	}
	return nil
}

// Read is the text of a file of dir, without white space around it.
func Read(dir, name string) (string, error) {
	text, err := os.ReadFile(filepath.Join(dir, name)) //nolint:gosec // the operator names the folder
	if err != nil {
		return "", fmt.Errorf("read a key: %w", err)
	}
	return strings.TrimSpace(string(text)), nil
}

// NewRSA makes an RSA key.
func NewRSA() (*rsa.PrivateKey, error) {
	key, err := rsa.GenerateKey(rand.Reader, bits)
	if err != nil {
		return nil, fmt.Errorf("make a key: %w", err)
	}
	return key, nil
}

// WritePrivate writes a key as PKCS #8 in PEM.
func WritePrivate(dir, name string, key *rsa.PrivateKey) error {
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return fmt.Errorf("encode %s: %w", name, err)
	}
	return Write(dir, name, encode("PRIVATE KEY", der))
}

// WritePublic writes a key as PKIX in PEM.
func WritePublic(dir, name string, key *rsa.PublicKey) error {
	der, err := x509.MarshalPKIXPublicKey(key)
	if err != nil {
		return fmt.Errorf("encode %s: %w", name, err)
	}
	return Write(dir, name, encode("PUBLIC KEY", der))
}

// WriteCertificate writes a certificate in PEM.
func WriteCertificate(dir, name string, der []byte) error {
	return Write(dir, name, encode("CERTIFICATE", der))
}

// ReadPrivate reads what WritePrivate wrote. Errors hold nothing of the key.
func ReadPrivate(dir, name string) (*rsa.PrivateKey, error) {
	der, err := decode(dir, name)
	if err != nil {
		return nil, err
	}
	parsed, err := x509.ParsePKCS8PrivateKey(der)
	key, ok := parsed.(*rsa.PrivateKey)
	if err != nil || !ok {
		return nil, fmt.Errorf("%s: not an RSA key of PKCS #8", name)
	}
	return key, nil
}

// ReadPublic reads what WritePublic wrote.
func ReadPublic(dir, name string) (*rsa.PublicKey, error) {
	der, err := decode(dir, name)
	if err != nil {
		return nil, err
	}
	parsed, err := x509.ParsePKIXPublicKey(der)
	key, ok := parsed.(*rsa.PublicKey)
	if err != nil || !ok {
		return nil, fmt.Errorf("%s: not an RSA public key", name)
	}
	return key, nil
}

// ReadCertificate reads what WriteCertificate wrote.
func ReadCertificate(dir, name string) (*x509.Certificate, error) {
	der, err := decode(dir, name)
	if err != nil {
		return nil, err
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, fmt.Errorf("%s: not a certificate", name)
	}
	return certificate, nil
}

func encode(kind string, der []byte) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
}

func decode(dir, name string) ([]byte, error) {
	text, err := Read(dir, name)
	if err != nil {
		return nil, err
	}
	block, _ := pem.Decode([]byte(text))
	if block == nil {
		return nil, fmt.Errorf("%s: not PEM", name)
	}
	return block.Bytes, nil
}
