// Package keyringtest makes RSA keys and certificates for tests, in the forms in which
// a key ring reads them. What cannot be made panics.
package keyringtest

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"math/big"
	"sync"
	"time"
)

// RSA is a key of so many bits. It is made when it is first asked for, and stays.
func RSA(bits int) func() *rsa.PrivateKey {
	return sync.OnceValue(func() *rsa.PrivateKey { return must(rsa.GenerateKey(rand.Reader, bits)) })
}

// Public is the public key as PEM.
func Public(key *rsa.PrivateKey) string {
	return asPEM("PUBLIC KEY", must(x509.MarshalPKIXPublicKey(key.Public())))
}

// BarePublic is the public key as base64, without PEM around it.
func BarePublic(key *rsa.PrivateKey) string {
	return base64.StdEncoding.EncodeToString(must(x509.MarshalPKIXPublicKey(key.Public())))
}

// Private is the private key as PEM.
func Private(key *rsa.PrivateKey) string {
	return asPEM("PRIVATE KEY", must(x509.MarshalPKCS8PrivateKey(key)))
}

// Certificate is a certificate of the key, signed by itself, as PEM. The serial number
// is hexadecimal.
func Certificate(key *rsa.PrivateKey, serial string, from, to time.Time) string {
	number, ok := new(big.Int).SetString(serial, 16)
	if !ok {
		panic(fmt.Sprintf("serial number %s", serial))
	}
	template := &x509.Certificate{SerialNumber: number, NotBefore: from, NotAfter: to}
	return asPEM("CERTIFICATE", must(x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)))
}

func asPEM(kind string, der []byte) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
}

func must[T any](made T, err error) T {
	if err != nil {
		panic(err)
	}
	return made
}
