// Package edgetest runs a service's servers for tests.
package edgetest

import (
	"context"
	"testing"
	"time"

	"github.com/go-kratos/kratos/v2/transport"
)

// Server is a Kratos HTTP or gRPC server.
type Server interface {
	transport.Server
	transport.Endpointer
}

// Serve runs a server for as long as the test and returns its address.
func Serve(t testing.TB, srv Server) string {
	t.Helper()
	endpoint, err := srv.Endpoint()
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- srv.Start(context.WithoutCancel(t.Context())) }()
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if err := srv.Stop(ctx); err != nil {
			t.Errorf("stop: %v", err)
		}
		if err := <-ended; err != nil {
			t.Errorf("start: %v", err)
		}
	})
	return endpoint.Host
}
