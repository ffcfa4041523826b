package edge

import (
	"context"
	"crypto/tls"
	"net/http"
	"testing"
	"time"

	khttp "github.com/go-kratos/kratos/v2/transport/http"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/stockonce/stockonce/app/internal/platform/conf"
	"github.com/stockonce/stockonce/app/internal/platform/edge/edgetest"
	"github.com/stockonce/stockonce/app/internal/platform/tlsfile/tlstest"
)

// encrypted is a listener with TLS and what a client needs to trust it.
func encrypted(t *testing.T) (*conf.Listener, *tls.Config) {
	t.Helper()
	authority := tlstest.NewAuthority(t)
	files := authority.Issue(t, time.Hour, "127.0.0.1").NewFiles(t)
	return &conf.Listener{
		Addr: "127.0.0.1:0", Timeout: durationpb.New(2 * time.Second),
		Tls: &conf.ServerTls{CertFile: files.Cert, KeyFile: files.Key},
	}, &tls.Config{RootCAs: authority.Pool()}
}

func TestHTTPOverTLSIsHTTP11(t *testing.T) {
	cfg, trust := encrypted(t)
	srv, err := NewHTTPServer(cfg, newBundle(nil).kit)
	if err != nil {
		t.Fatal(err)
	}
	srv.Route("/").GET("/here", func(c khttp.Context) error { return c.Result(http.StatusOK, nil) })
	addr := edgetest.Serve(t, srv)
	if endpoint, err := srv.Endpoint(); err != nil || endpoint.Scheme != "https" {
		t.Errorf("registered as %v, %v", endpoint, err)
	}
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: trust, ForceAttemptHTTP2: true}}
	defer client.CloseIdleConnections()
	res, err := client.Get("https://" + addr + "/nowhere")
	if err != nil {
		t.Fatal(err)
	}
	if err := res.Body.Close(); err != nil {
		t.Error(err)
	}
	if res.StatusCode != http.StatusNotFound || res.Proto != "HTTP/1.1" {
		t.Errorf("answered %d over %s", res.StatusCode, res.Proto)
	}
	if res, err := http.Get("http://" + addr + "/here"); err == nil {
		if err := res.Body.Close(); err != nil {
			t.Error(err)
		}
		if res.StatusCode != http.StatusBadRequest {
			t.Errorf("plain text is answered %d", res.StatusCode)
		}
	}
	http.DefaultClient.CloseIdleConnections()
}

func TestGRPCOverTLS(t *testing.T) {
	cfg, trust := encrypted(t)
	srv, err := NewGRPCServer(&conf.Server{Grpc: cfg}, newBundle(nil).kit)
	if err != nil {
		t.Fatal(err)
	}
	addr := edgetest.Serve(t, srv)
	if endpoint, err := srv.Endpoint(); err != nil || endpoint.Scheme != "grpcs" {
		t.Errorf("registered as %v, %v", endpoint, err)
	}
	conn, err := grpc.NewClient(addr, grpc.WithTransportCredentials(credentials.NewTLS(trust)))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	answer, err := healthpb.NewHealthClient(conn).Check(ctx, &healthpb.HealthCheckRequest{})
	if err != nil || answer.GetStatus() != healthpb.HealthCheckResponse_SERVING {
		t.Errorf("health %v, %v", answer, err)
	}
}

func TestAListenerWhoseCertificateCannotBeReadDoesNotStart(t *testing.T) {
	cfg := &conf.Listener{Addr: "127.0.0.1:0", Tls: &conf.ServerTls{CertFile: "/nowhere/cert", KeyFile: "/nowhere/key"}}
	if _, err := NewHTTPServer(cfg, newBundle(nil).kit); err == nil {
		t.Error("HTTP started")
	}
	if _, err := NewGRPCServer(&conf.Server{Grpc: cfg}, newBundle(nil).kit); err == nil {
		t.Error("gRPC started")
	}
}
