package tlsfile_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"log/slog"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stockonce/stockonce/app/internal/platform/conf"
	"github.com/stockonce/stockonce/app/internal/platform/tlsfile"
	"github.com/stockonce/stockonce/app/internal/platform/tlsfile/tlstest"
)

// buffer is a log that can be read while it is written.
type buffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

// listen serves with the configuration: each connection is told which protocol was
// agreed on, once its handshake is complete.
func listen(t *testing.T, cfg *conf.ServerTls, log io.Writer) string {
	t.Helper()
	config, err := tlsfile.Server(cfg, "server.grpc.tls", slog.New(slog.NewTextHandler(log, nil)), "h2")
	if err != nil {
		t.Fatal(err)
	}
	listener, err := tls.Listen("tcp", "127.0.0.1:0", config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				if err := conn.(*tls.Conn).HandshakeContext(context.Background()); err == nil {
					_, _ = io.WriteString(conn, conn.(*tls.Conn).ConnectionState().NegotiatedProtocol)
				}
			}()
		}
	}()
	return listener.Addr().String()
}

// shake connects and returns the name in the server's certificate.
func shake(t *testing.T, addr string, config *tls.Config) (name string, err error) {
	t.Helper()
	config = config.Clone()
	config.NextProtos = []string{"h2"}
	conn, err := (&tls.Dialer{Config: config}).DialContext(t.Context(), "tcp", addr)
	if err != nil {
		return "", err
	}
	defer conn.Close()
	// With TLS 1.3 a server that refuses the client's certificate says so now.
	text, err := io.ReadAll(conn)
	if err != nil {
		return "", err
	}
	if string(text) != "h2" {
		return "", errors.New("no protocol was agreed on")
	}
	return conn.(*tls.Conn).ConnectionState().PeerCertificates[0].Subject.CommonName, nil
}

// client is the TLS of a client that shows files, which may be empty.
func client(t *testing.T, ca string, files tlstest.Files, name string) *tls.Config {
	t.Helper()
	c, err := tlsfile.NewClient(&conf.ClientTls{CaFile: ca, CertFile: files.Cert, KeyFile: files.Key, ServerName: name},
		"peer.tls", slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	return c.Config()
}

func TestWhoIsLetInByCertificate(t *testing.T) {
	servers, clients, strangers := tlstest.NewAuthority(t), tlstest.NewAuthority(t), tlstest.NewAuthority(t)
	served := servers.Issue(t, time.Hour, "other").NewFiles(t)
	ours := clients.Issue(t, time.Hour, "order").NewFiles(t)
	theirs := strangers.Issue(t, time.Hour, "order").NewFiles(t)
	expired := clients.Issue(t, -time.Minute, "order").NewFiles(t)
	base := conf.ServerTls{CertFile: served.Cert, KeyFile: served.Key}
	for _, c := range []struct {
		name    string
		ca      string
		require bool
		show    tlstest.Files
		trust   string
		host    string
		ok      bool
	}{
		{"without a certificate where none is asked for", "", false, tlstest.Files{}, servers.File, "other", true},
		{"with a certificate that nobody asked for", "", false, theirs, servers.File, "other", true},
		{"without a certificate where one may be shown", clients.File, false, tlstest.Files{}, servers.File, "other", true},
		{"with a certificate where one may be shown", clients.File, false, ours, servers.File, "other", true},
		{"with another authority's certificate", clients.File, false, theirs, servers.File, "other", false},
		{"without a certificate where one is required", clients.File, true, tlstest.Files{}, servers.File, "other", false},
		{"with the certificate that is required", clients.File, true, ours, servers.File, "other", true},
		{"with a certificate that has ended", clients.File, true, expired, servers.File, "other", false},
		{"who trusts another authority", "", false, tlstest.Files{}, strangers.File, "other", false},
		{"who wants another server", "", false, tlstest.Files{}, servers.File, "order", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			addr := listen(t, &conf.ServerTls{
				CertFile: base.GetCertFile(), KeyFile: base.GetKeyFile(), ClientCaFile: c.ca, RequireClientCert: c.require,
			}, io.Discard)
			config := client(t, c.trust, c.show, c.host)
			if c.ca == "" || len(config.Certificates) == 0 {
				_, err := shake(t, addr, config)
				if (err == nil) != c.ok {
					t.Errorf("error %v", err)
				}
				return
			}
			// Sent whether the server's list of authorities has its issuer or not.
			shown := config.Certificates[0]
			config = config.Clone()
			config.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return &shown, nil }
			if _, err := shake(t, addr, config); (err == nil) != c.ok {
				t.Errorf("error %v", err)
			}
		})
	}
}

func TestTLS11IsRefused(t *testing.T) {
	authority := tlstest.NewAuthority(t)
	served := authority.Issue(t, time.Hour, "other").NewFiles(t)
	addr := listen(t, &conf.ServerTls{CertFile: served.Cert, KeyFile: served.Key}, io.Discard)
	config := client(t, authority.File, tlstest.Files{}, "other").Clone()
	config.MinVersion, config.MaxVersion = tls.VersionTLS10, tls.VersionTLS11
	if _, err := shake(t, addr, config); err == nil {
		t.Error("TLS 1.1 was accepted")
	}
}

func TestAChangedCertificateIsServedWithoutARestart(t *testing.T) {
	authority := tlstest.NewAuthority(t)
	files := authority.Issue(t, time.Hour, "old", "other").NewFiles(t)
	var log buffer
	addr := listen(t, &conf.ServerTls{CertFile: files.Cert, KeyFile: files.Key}, &log)
	config := client(t, authority.File, tlstest.Files{}, "other")
	served := func() string {
		t.Helper()
		name, err := shake(t, addr, config)
		if err != nil {
			t.Fatal(err)
		}
		return name
	}
	if got := served(); got != "old" {
		t.Fatalf("served %s", got)
	}
	// Half of a change: the certificate is new, the key still the old one's.
	next := authority.Issue(t, time.Hour, "new", "other")
	tlstest.Write(t, files.Cert, next.Cert)
	await(t, func() bool {
		if got := served(); got != "old" {
			t.Fatalf("served %s while its key is missing", got)
		}
		return strings.Contains(log.String(), "refused")
	})
	if text := log.String(); !strings.Contains(text, files.Cert) || !strings.Contains(text, "server.grpc.tls") || strings.Contains(text, "BEGIN") {
		t.Errorf("logged %s", text)
	}
	tlstest.Write(t, files.Key, next.Key)
	await(t, func() bool { return served() == "new" })
	if n := strings.Count(log.String(), "refused"); n != 1 {
		t.Errorf("the refusal is logged %d times", n)
	}
}

func TestAnAuthorityThatIsTakenOutIsNotTrustedAnyMore(t *testing.T) {
	servers, clients, others := tlstest.NewAuthority(t), tlstest.NewAuthority(t), tlstest.NewAuthority(t)
	served := servers.Issue(t, time.Hour, "other").NewFiles(t)
	addr := listen(t, &conf.ServerTls{
		CertFile: served.Cert, KeyFile: served.Key, ClientCaFile: clients.File, RequireClientCert: true,
	}, io.Discard)
	config := client(t, servers.File, clients.Issue(t, time.Hour, "order").NewFiles(t), "other").Clone()
	config.ClientSessionCache = tls.NewLRUClientSessionCache(1) // a ticket must not help
	if _, err := shake(t, addr, config); err != nil {
		t.Fatal(err)
	}
	replaced := others.Issue(t, time.Hour, "unused")
	tlstest.Write(t, clients.File, replaced.Cert)
	await(t, func() bool {
		_, err := shake(t, addr, config)
		return err != nil
	})
}

func TestAClientFollowsItsFiles(t *testing.T) {
	authority, next := tlstest.NewAuthority(t), tlstest.NewAuthority(t)
	files := authority.Issue(t, time.Hour, "order").NewFiles(t)
	c, err := tlsfile.NewClient(&conf.ClientTls{CaFile: authority.File, CertFile: files.Cert, KeyFile: files.Key},
		"peer.tls", slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	first := c.Config()
	if c.Config() != first {
		t.Error("another configuration although nothing changed")
	}
	pair := next.Issue(t, time.Hour, "order")
	files.Replace(t, pair)
	await(t, func() bool { return c.Config() != first })
	if want, _ := tls.X509KeyPair([]byte(pair.Cert), []byte(pair.Key)); !bytes.Equal(c.Config().Certificates[0].Certificate[0], want.Certificate[0]) {
		t.Error("the new configuration does not have the new certificate")
	}
	// Of a server that shows a certificate for no name we know it as.
	served := authority.Issue(t, time.Hour, "other").NewFiles(t)
	addr := listen(t, &conf.ServerTls{CertFile: served.Cert, KeyFile: served.Key}, io.Discard)
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, _, err := c.Credentials().ClientHandshake(t.Context(), "order", conn); err == nil {
		t.Error("a server of another name was taken for ours")
	}
}

func TestFilesThatCannotBeUsedAreNamed(t *testing.T) {
	authority := tlstest.NewAuthority(t)
	one, other := authority.Issue(t, time.Hour, "one").NewFiles(t), authority.Issue(t, time.Hour, "other").NewFiles(t)
	for name, c := range map[string]struct {
		cfg  *conf.ServerTls
		want string
	}{
		"missing":                 {&conf.ServerTls{CertFile: "/nowhere/cert", KeyFile: one.Key}, "/nowhere/cert"},
		"another's key":           {&conf.ServerTls{CertFile: one.Cert, KeyFile: other.Key}, other.Key},
		"no certificate":          {&conf.ServerTls{CertFile: one.Key, KeyFile: one.Key}, one.Key},
		"authorities that are no": {&conf.ServerTls{CertFile: one.Cert, KeyFile: one.Key, ClientCaFile: one.Key}, one.Key},
	} {
		_, err := tlsfile.Server(c.cfg, "server.http.tls", slog.New(slog.DiscardHandler))
		if err == nil || !strings.HasPrefix(err.Error(), "server.http.tls: ") || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "BEGIN") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestCheck(t *testing.T) {
	listener := &conf.Listener{Tls: &conf.ServerTls{RequireClientCert: true}}
	err := tlsfile.Check(&conf.Server{Http: listener, Grpc: listener}, &conf.Database{Driver: "sqlite", Tls: &conf.ClientTls{CertFile: "x"}})
	for _, want := range []string{
		"server.http.tls.clientCaFile: must be given", "server.grpc.tls.clientCaFile: must be given",
		"database.tls: certFile and keyFile go together", "database.tls: only mysql",
	} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("no %q in %v", want, err)
		}
	}
	if err := tlsfile.Check(&conf.Server{Http: &conf.Listener{}, Grpc: &conf.Listener{}}, &conf.Database{Driver: "sqlite"}); err != nil {
		t.Error(err)
	}
}

// await waits until ok holds.
func await(t *testing.T, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !ok(); time.Sleep(50 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("it did not come to that")
		}
	}
}
