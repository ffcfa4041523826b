package identity

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"time"
)

// CA signs certificates of connections.
type CA struct {
	// File holds its own certificate, as PEM.
	File string

	folder string
	cert   *x509.Certificate
	key    *ecdsa.PrivateKey
}

// Pair are the files of a certificate and its key.
type Pair struct{ Cert, Key string }

// NewCA makes an authority whose files are in folder under its name.
func NewCA(folder, name string) (*CA, error) {
	ca := &CA{File: filepath.Join(folder, name+".pem"), folder: folder}
	template := certificate(name)
	template.IsCA, template.BasicConstraintsValid, template.KeyUsage = true, true, x509.KeyUsageCertSign
	var err error
	if ca.key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
		return nil, fmt.Errorf("identity: %w", err)
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, ca.key.Public(), ca.key)
	if err != nil {
		return nil, fmt.Errorf("identity: %w", err)
	}
	if ca.cert, err = x509.ParseCertificate(der); err != nil {
		return nil, fmt.Errorf("identity: %w", err)
	}
	return ca, writePEM(ca.File, "CERTIFICATE", der)
}

// Issue signs a certificate for servers and clients of the names and IP addresses, the
// first of which names the files. A second time it replaces what they hold.
func (ca *CA) Issue(names ...string) (Pair, error) {
	files := Pair{Cert: filepath.Join(ca.folder, names[0]+".cert.pem"), Key: filepath.Join(ca.folder, names[0]+".key.pem")}
	return files, ca.IssueTo(files, names...)
}

// IssueTo is Issue into files of choice.
func (ca *CA) IssueTo(files Pair, names ...string) error {
	template := certificate(names[0])
	template.KeyUsage = x509.KeyUsageDigitalSignature
	template.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth}
	for _, name := range names {
		if ip := net.ParseIP(name); ip != nil {
			template.IPAddresses = append(template.IPAddresses, ip)
		} else {
			template.DNSNames = append(template.DNSNames, name)
		}
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return fmt.Errorf("identity: %w", err)
	}
	cert, err := x509.CreateCertificate(rand.Reader, template, ca.cert, key.Public(), ca.key)
	if err != nil {
		return fmt.Errorf("identity: %w", err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return fmt.Errorf("identity: %w", err)
	}
	if err := writePEM(files.Cert, "CERTIFICATE", cert); err != nil {
		return err
	}
	return writePEM(files.Key, "PRIVATE KEY", private)
}

// Client is the TLS of those who trust the authority.
func (ca *CA) Client() *tls.Config {
	pool := x509.NewCertPool()
	pool.AddCert(ca.cert)
	return &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}
}

func certificate(name string) *x509.Certificate {
	now := time.Now()
	return &x509.Certificate{
		SerialNumber: big.NewInt(now.UnixNano()), Subject: pkix.Name{CommonName: name},
		NotBefore: now.Add(-time.Hour), NotAfter: now.Add(Lifetime),
	}
}

func writePEM(file, kind string, der []byte) error {
	if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600); err != nil {
		return fmt.Errorf("identity: %w", err)
	}
	return nil
}
