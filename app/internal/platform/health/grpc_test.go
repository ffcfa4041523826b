package health

import (
	"context"
	"errors"
	"net"
	"sync/atomic"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/status"
)

// dial starts a server with nothing but health and a switch that fails its check.
func dial(t *testing.T) (*State, *atomic.Bool, healthpb.HealthClient, *grpc.Server) {
	t.Helper()
	var broken atomic.Bool
	state := NewState(Check{Name: "database", Run: func(context.Context) error {
		if broken.Load() {
			return errors.New("gone")
		}
		return nil
	}})
	server := grpc.NewServer()
	Register(server, state)
	lis, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go server.Serve(lis) //nolint:errcheck // ends with Stop
	t.Cleanup(server.Stop)
	conn, err := grpc.NewClient(lis.Addr().String(), grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return state, &broken, healthpb.NewHealthClient(conn), server
}

func TestGRPC(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()

	t.Run("answers for the server, for its services and for nothing else", func(t *testing.T) {
		_, _, client, _ := dial(t)
		for _, name := range []string{"", "grpc.health.v1.Health"} {
			got, err := client.Check(ctx, &healthpb.HealthCheckRequest{Service: name})
			if err != nil || got.GetStatus() != healthpb.HealthCheckResponse_SERVING {
				t.Errorf("%q: got %v, %v", name, got, err)
			}
		}
		if _, err := client.Check(ctx, &healthpb.HealthCheckRequest{Service: "nobody"}); status.Code(err) != codes.NotFound {
			t.Errorf("got %v", err)
		}
	})
	t.Run("is not serving while a check fails", func(t *testing.T) {
		_, broken, client, _ := dial(t)
		broken.Store(true)
		got, err := client.Check(ctx, &healthpb.HealthCheckRequest{})
		if err != nil || got.GetStatus() != healthpb.HealthCheckResponse_NOT_SERVING {
			t.Errorf("got %v, %v", got, err)
		}
	})
	t.Run("a watcher sees changes, and its stream does not hold up the stop", func(t *testing.T) {
		state, broken, client, server := dial(t)
		stream, err := client.Watch(ctx, &healthpb.HealthCheckRequest{})
		if err != nil {
			t.Fatal(err)
		}
		next := func(want healthpb.HealthCheckResponse_ServingStatus) {
			t.Helper()
			got, err := stream.Recv()
			if err != nil || got.GetStatus() != want {
				t.Fatalf("got %v, %v, want %v", got, err, want)
			}
		}
		next(healthpb.HealthCheckResponse_SERVING)
		broken.Store(true)
		next(healthpb.HealthCheckResponse_NOT_SERVING)
		broken.Store(false)
		next(healthpb.HealthCheckResponse_SERVING)
		state.Drain()
		next(healthpb.HealthCheckResponse_NOT_SERVING)
		if _, err := stream.Recv(); status.Code(err) != codes.Unavailable {
			t.Errorf("the stream ended with %v", err)
		}
		server.GracefulStop()
	})
	t.Run("a watcher of an unknown service is told so", func(t *testing.T) {
		_, _, client, _ := dial(t)
		stream, err := client.Watch(ctx, &healthpb.HealthCheckRequest{Service: "nobody"})
		if err != nil {
			t.Fatal(err)
		}
		if got, err := stream.Recv(); err != nil || got.GetStatus() != healthpb.HealthCheckResponse_SERVICE_UNKNOWN {
			t.Errorf("got %v, %v", got, err)
		}
	})
}
