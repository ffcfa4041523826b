// Package outbound makes HTTP clients for the APIs of others, and exchanges requests
// and answers with them.
package outbound

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"os"
	"slices"

	"github.com/stockonce/stockonce/app/internal/platform/conf"
)

// maxHeaders is how long the headers of an answer may be, in bytes.
const maxHeaders = 64 << 10

// NewClient makes a client of one endpoint: its time-out, its certificates, no
// redirects (an API that moved must be configured anew: what is sent is signed for
// one address), and as many connections as are needed kept open.
//
// The certificate files are read now; an error names the file. See Same for files
// that change.
func NewClient(e *conf.Endpoint) (*http.Client, error) {
	tlsConfig := &tls.Config{MinVersion: tls.VersionTLS12}
	if file := e.GetCaFile(); file != "" {
		pem, err := os.ReadFile(file) //nolint:gosec // the operator names the file
		if err != nil {
			return nil, fmt.Errorf("caFile: %w", err)
		}
		tlsConfig.RootCAs = x509.NewCertPool()
		if !tlsConfig.RootCAs.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("caFile: %s holds no PEM certificate", file)
		}
	}
	if e.GetCertFile() != "" || e.GetKeyFile() != "" {
		cert, err := tls.LoadX509KeyPair(e.GetCertFile(), e.GetKeyFile())
		if err != nil {
			return nil, fmt.Errorf("certFile %s, keyFile %s: %w", e.GetCertFile(), e.GetKeyFile(), err)
		}
		tlsConfig.Certificates = []tls.Certificate{cert}
	}
	transport, ok := http.DefaultTransport.(*http.Transport)
	if !ok {
		return nil, errors.New("the default transport was replaced")
	}
	transport = transport.Clone()
	transport.TLSClientConfig = tlsConfig
	transport.MaxIdleConnsPerHost = 16
	transport.MaxResponseHeaderBytes = maxHeaders
	return &http.Client{
		Transport:     transport,
		Timeout:       e.GetTimeout().AsDuration(),
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}, nil
}

// Same tells whether two clients of NewClient have the same time-out and were made of
// the same certificates: when their files have changed, the newer client is needed.
func Same(a, b *http.Client) bool {
	x, ok := a.Transport.(*http.Transport)
	y, also := b.Transport.(*http.Transport)
	return ok && also && a.Timeout == b.Timeout &&
		x.TLSClientConfig.RootCAs.Equal(y.TLSClientConfig.RootCAs) &&
		slices.EqualFunc(x.TLSClientConfig.Certificates, y.TLSClientConfig.Certificates, func(c, d tls.Certificate) bool {
			return slices.EqualFunc(c.Certificate, d.Certificate, bytes.Equal)
		})
}
