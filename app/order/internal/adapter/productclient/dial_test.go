package productclient_test

import (
	"context"
	"log/slog"
	"net"
	"testing"
	"time"

	"github.com/go-kratos/kratos/v2/registry"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/metadata"

	productv1 "github.com/stockonce/stockonce/api/product/v1"
	"github.com/stockonce/stockonce/app/internal/platform/conf"
	"github.com/stockonce/stockonce/app/internal/platform/tlsfile"
	"github.com/stockonce/stockonce/app/internal/platform/tlsfile/tlstest"
	"github.com/stockonce/stockonce/app/order/internal/adapter/productclient"
)

// secured is product behind TLS, with the name that the registry knows it by. It
// remembers what it was shown.
type secured struct {
	productv1.UnimplementedProductServiceServer

	shown chan []string
}

func (s *secured) GetSkus(ctx context.Context, _ *productv1.GetSkusRequest) (*productv1.GetSkusResponse, error) {
	s.shown <- metadata.ValueFromIncomingContext(ctx, "authorization")
	return &productv1.GetSkusResponse{}, nil
}

func serveSecured(t *testing.T, authority *tlstest.Authority, name string) (*secured, string) {
	t.Helper()
	files := authority.Issue(t, time.Hour, name).NewFiles(t)
	config, err := tlsfile.Server(&conf.ServerTls{CertFile: files.Cert, KeyFile: files.Key}, "server.grpc.tls", slog.New(slog.DiscardHandler), "h2")
	if err != nil {
		t.Fatal(err)
	}
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &secured{shown: make(chan []string, 1)}
	srv := grpc.NewServer(grpc.Creds(credentials.NewTLS(config)))
	productv1.RegisterProductServiceServer(srv, s)
	done := make(chan struct{})
	go func() { defer close(done); _ = srv.Serve(listener) }()
	t.Cleanup(func() { srv.Stop(); <-done })
	return s, listener.Addr().String()
}

// registered is a registry that knows these endpoints of product, one instance each.
type registered []string

func (r registered) instances() (all []*registry.ServiceInstance) {
	for _, endpoint := range r {
		all = append(all, &registry.ServiceInstance{ID: endpoint, Name: "product", Endpoints: []string{endpoint}})
	}
	return all
}

func (r registered) GetService(context.Context, string) ([]*registry.ServiceInstance, error) {
	return r.instances(), nil
}

func (r registered) Watch(ctx context.Context, _ string) (registry.Watcher, error) {
	ctx, stop := context.WithCancel(ctx)
	told := make(chan []*registry.ServiceInstance, 1)
	told <- r.instances()
	return &watch{ctx, stop, told}, nil
}

type watch struct {
	ctx  context.Context //nolint:containedctx // a watch lasts as long as its context
	stop context.CancelFunc
	told chan []*registry.ServiceInstance
}

func (w *watch) Next() ([]*registry.ServiceInstance, error) {
	select {
	case found := <-w.told:
		return found, nil
	case <-w.ctx.Done():
		return nil, w.ctx.Err()
	}
}

func (w *watch) Stop() error {
	w.stop()
	return nil
}

// token is shown with every call.
type token string

func (s token) GetRequestMetadata(context.Context, ...string) (map[string]string, error) {
	return map[string]string{"authorization": string(s)}, nil
}

func (s token) RequireTransportSecurity() bool { return false }

func TestProductIsReachedOverTLS(t *testing.T) {
	authority := tlstest.NewAuthority(t)
	ask := func(t *testing.T, target productclient.Target, ca, serverName string) error {
		t.Helper()
		trust, err := tlsfile.NewClient(&conf.ClientTls{CaFile: ca, ServerName: serverName}, "product.tls", slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
		target.TLS, target.Token = trust, token("Bearer t")
		conn, err := productclient.Dial(t.Context(), target)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		_, err = productclient.New(conn, productclient.Limits{CallTimeout: 2 * time.Second, TryTimeout: time.Second, Tries: 1}).Prices(t.Context(), []string{"A"})
		return err
	}
	reaches := func(t *testing.T, s *secured, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		if shown := <-s.shown; len(shown) != 1 || shown[0] != "Bearer t" {
			t.Errorf("was shown %q", shown)
		}
	}
	t.Run("at its endpoint, by the host's name", func(t *testing.T) {
		s, addr := serveSecured(t, authority, "127.0.0.1")
		reaches(t, s, ask(t, productclient.Target{Endpoint: addr}, authority.File, ""))
	})
	t.Run("in the registry, by the service's name, and plain instances are not called", func(t *testing.T) {
		s, addr := serveSecured(t, authority, "product")
		known := registered{"grpc://127.0.0.1:1", "grpcs://" + addr}
		reaches(t, s, ask(t, productclient.Target{Endpoint: "127.0.0.1:1", Discovery: known}, authority.File, ""))
	})
	t.Run("by the name that the configuration says", func(t *testing.T) {
		s, addr := serveSecured(t, authority, "product.shop.internal")
		reaches(t, s, ask(t, productclient.Target{Endpoint: addr}, authority.File, "product.shop.internal"))
	})
	t.Run("but not under another name or by a stranger's certificate", func(t *testing.T) {
		_, addr := serveSecured(t, authority, "elsewhere")
		if err := ask(t, productclient.Target{Endpoint: addr}, authority.File, ""); err == nil {
			t.Error("another name was taken for product's")
		}
		if err := ask(t, productclient.Target{Endpoint: addr}, tlstest.NewAuthority(t).File, "elsewhere"); err == nil {
			t.Error("a stranger was taken for product")
		}
	})
}
