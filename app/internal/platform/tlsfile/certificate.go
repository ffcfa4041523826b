package tlsfile

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
)

// keyPair reads a certificate with its chain and key. An expired one is taken: who
// checks it refuses it, who does not goes on, and its end has been warned of. Not
// serving at all would be worse for both.
func keyPair(certFile, keyFile string, cert, key []byte) (tls.Certificate, error) {
	pair, err := tls.X509KeyPair(cert, key)
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("certificate %s with key %s: %w", certFile, keyFile, err)
	}
	if pair.Leaf == nil { // by GODEBUG x509keypairleaf=0
		if pair.Leaf, err = x509.ParseCertificate(pair.Certificate[0]); err != nil {
			return tls.Certificate{}, fmt.Errorf("certificate %s: %w", certFile, err)
		}
	}
	return pair, nil
}

// authorities reads certificates of authorities; an empty name means nil.
func authorities(file string, text []byte) (*x509.CertPool, error) {
	if file == "" {
		return nil, nil //nolint:nilnil // as documented, and as crypto/tls wants it
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(text) {
		return nil, fmt.Errorf("%s holds no certificate in PEM", file)
	}
	return pool, nil
}
