package outbound_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"io"
	"log/slog"
	"math/big"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/stockonce/stockonce/app/internal/platform/conf"
	"github.com/stockonce/stockonce/app/internal/platform/outbound"
)

func endpoint(url string) *conf.Endpoint {
	return &conf.Endpoint{Url: url, Timeout: durationpb.New(5 * time.Second)}
}

func newClient(t *testing.T, e *conf.Endpoint) *http.Client {
	t.Helper()
	c, err := outbound.NewClient(e)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.CloseIdleConnections)
	return c
}

// get returns the status and the body.
func get(t *testing.T, c *http.Client, url string) (int, []byte, error) {
	t.Helper()
	req, err := http.NewRequestWithContext(context.Background(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := outbound.Exchange(c, req)
	return answer.Status, answer.Body, err
}

func writePEM(t *testing.T, name, kind string, der []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// clientCertificate makes a self-signed certificate and the files of it and its key.
func clientCertificate(t *testing.T) (cert *x509.Certificate, certFile, keyFile string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	if cert, err = x509.ParseCertificate(der); err != nil {
		t.Fatal(err)
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return cert, writePEM(t, "cert.pem", "CERTIFICATE", der), writePEM(t, "key.pem", "PRIVATE KEY", pkcs8)
}

// quiet keeps refused handshakes out of the tests' output.
func quiet(s *httptest.Server) {
	s.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
}

func TestAServerIsTrustedBecauseOfItsAuthority(t *testing.T) {
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "hello") }))
	quiet(server)
	server.StartTLS()
	defer server.Close()

	e := endpoint(server.URL)
	if _, _, err := get(t, newClient(t, e), server.URL); err == nil {
		t.Error("a server of an unknown authority was trusted")
	}
	e.CaFile = writePEM(t, "ca.pem", "CERTIFICATE", server.Certificate().Raw)
	if code, body, err := get(t, newClient(t, e), server.URL); code != 200 || string(body) != "hello" {
		t.Errorf("%d %q, %v", code, body, err)
	}
	t.Run("and of no other", func(t *testing.T) {
		stranger, _, _ := clientCertificate(t)
		e.CaFile = writePEM(t, "ca.pem", "CERTIFICATE", stranger.Raw)
		if _, _, err := get(t, newClient(t, e), server.URL); err == nil {
			t.Error("a server of another authority was trusted")
		}
	})
}

func TestAServerThatWantsAClientCertificateGetsIt(t *testing.T) {
	cert, certFile, keyFile := clientCertificate(t)
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = w.Write(r.TLS.PeerCertificates[0].Raw)
	}))
	quiet(server)
	server.TLS = &tls.Config{ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: x509.NewCertPool()}
	server.TLS.ClientCAs.AddCert(cert)
	server.StartTLS()
	defer server.Close()

	e := endpoint(server.URL)
	e.CaFile = writePEM(t, "ca.pem", "CERTIFICATE", server.Certificate().Raw)
	if _, _, err := get(t, newClient(t, e), server.URL); err == nil {
		t.Error("the server took a client without a certificate: this test shows nothing")
	}
	e.CertFile, e.KeyFile = certFile, keyFile
	if code, body, err := get(t, newClient(t, e), server.URL); code != 200 || !bytes.Equal(body, cert.Raw) {
		t.Errorf("%d, %v", code, err)
	}
}

func TestARedirectIsNotFollowed(t *testing.T) {
	followed := false
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		followed = followed || r.URL.Path == "/moved"
		http.Redirect(w, r, "/moved", http.StatusTemporaryRedirect)
	}))
	defer server.Close()
	if code, _, err := get(t, newClient(t, endpoint(server.URL)), server.URL); code != http.StatusTemporaryRedirect || err != nil || followed {
		t.Errorf("%d, %v, followed %t", code, err, followed)
	}
}

func TestFilesThatCannotBeUsedAreNamedWithoutTheirContent(t *testing.T) {
	_, certFile, keyFile := clientCertificate(t)
	_, _, otherKey := clientCertificate(t)
	garbage := filepath.Join(t.TempDir(), "garbage")
	if err := os.WriteFile(garbage, []byte("s3cret"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		name string
		e    *conf.Endpoint
		want []string
	}{
		{"no authority", &conf.Endpoint{CaFile: "/nowhere/ca.pem"}, []string{"caFile: open /nowhere/ca.pem"}},
		{"an authority that is none", &conf.Endpoint{CaFile: garbage}, []string{"caFile: " + garbage + " holds no PEM certificate"}},
		{"no certificate", &conf.Endpoint{CertFile: "/nowhere/c.pem", KeyFile: keyFile}, []string{"certFile /nowhere/c.pem"}},
		{"no key", &conf.Endpoint{CertFile: certFile, KeyFile: "/nowhere/k.pem"}, []string{"keyFile /nowhere/k.pem"}},
		{"a key that is none", &conf.Endpoint{CertFile: certFile, KeyFile: garbage}, []string{certFile, garbage}},
		{"the key of another", &conf.Endpoint{CertFile: certFile, KeyFile: otherKey}, []string{certFile, otherKey}},
		{"a certificate alone", &conf.Endpoint{CertFile: certFile}, []string{certFile}},
	} {
		_, err := outbound.NewClient(tc.e)
		if err == nil || strings.Contains(err.Error(), "s3cret") {
			t.Errorf("%s: %v", tc.name, err)
			continue
		}
		for _, want := range tc.want {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("%s: %q is missing in %q", tc.name, want, err)
			}
		}
	}
}

func TestClientsAreTheSameUntilTheirFilesChange(t *testing.T) {
	cert, certFile, keyFile := clientCertificate(t)
	another, newCert, newKey := clientCertificate(t)
	ca := writePEM(t, "ca.pem", "CERTIFICATE", cert.Raw)
	e := &conf.Endpoint{Timeout: durationpb.New(time.Second), CaFile: ca, CertFile: certFile, KeyFile: keyFile}
	first := newClient(t, e)
	replace := func(path, by string) {
		t.Helper()
		if err := os.Rename(by, path); err != nil {
			t.Fatal(err)
		}
	}
	same := func(what string, want bool) {
		t.Helper()
		if got := outbound.Same(first, newClient(t, e)); got != want {
			t.Errorf("%s: same %t", what, got)
		}
	}
	same("nothing changed", true)
	if outbound.Same(first, newClient(t, endpoint(""))) || outbound.Same(newClient(t, endpoint("")), first) {
		t.Error("a client without certificates is not the same")
	}
	if !outbound.Same(newClient(t, endpoint("")), newClient(t, endpoint(""))) {
		t.Error("clients without files are the same")
	}
	replace(certFile, newCert)
	replace(keyFile, newKey)
	same("another client certificate", false)
	first = newClient(t, e)
	replace(ca, writePEM(t, "ca.pem", "CERTIFICATE", another.Raw))
	same("another authority", false)
	first = newClient(t, e)
	e.Timeout = durationpb.New(2 * time.Second)
	same("another time-out", false)
	if outbound.Same(first, http.DefaultClient) {
		t.Error("a stranger is not the same")
	}
}
