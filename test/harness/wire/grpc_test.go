package wire_test

import (
	"context"
	"net"
	"sync/atomic"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	"github.com/stockonce/stockonce/test/harness/wire"
)

// server counts the calls that reach it and answers NOT_FOUND to the service "none".
type server struct {
	healthpb.UnimplementedHealthServer
	calls atomic.Int64
	seen  atomic.Pointer[metadata.MD]
}

func (s *server) Check(ctx context.Context, req *healthpb.HealthCheckRequest) (*healthpb.HealthCheckResponse, error) {
	s.calls.Add(1)
	md, _ := metadata.FromIncomingContext(ctx)
	s.seen.Store(&md)
	if req.GetService() == "none" {
		return nil, status.Error(codes.NotFound, "no such service")
	}
	return &healthpb.HealthCheckResponse{Status: healthpb.HealthCheckResponse_SERVING}, nil
}

func (s *server) Watch(_ *healthpb.HealthCheckRequest, stream grpc.ServerStreamingServer[healthpb.HealthCheckResponse]) error {
	for _, status := range []healthpb.HealthCheckResponse_ServingStatus{healthpb.HealthCheckResponse_SERVING, healthpb.HealthCheckResponse_NOT_SERVING} {
		if err := stream.Send(&healthpb.HealthCheckResponse{Status: status}); err != nil {
			return err
		}
	}
	<-stream.Context().Done()
	return stream.Context().Err()
}

func startGRPC(t *testing.T) (*server, *wire.GRPC, healthpb.HealthClient) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &server{}
	backend := grpc.NewServer()
	healthpb.RegisterHealthServer(backend, s)
	go func() { _ = backend.Serve(l) }()
	t.Cleanup(backend.Stop)
	proxy, err := wire.NewGRPC(l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(proxy.Close)
	conn, err := grpc.NewClient(proxy.Addr, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return s, proxy, healthpb.NewHealthClient(conn)
}

func TestGRPC(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	check := func(c healthpb.HealthClient) error {
		_, err := c.Check(ctx, &healthpb.HealthCheckRequest{})
		return err
	}

	t.Run("a call passes with its metadata, its answer and its error", func(t *testing.T) {
		s, _, client := startGRPC(t)
		out := metadata.AppendToOutgoingContext(ctx, "x-name", "value")
		answer, err := client.Check(out, &healthpb.HealthCheckRequest{})
		if err != nil || answer.GetStatus() != healthpb.HealthCheckResponse_SERVING {
			t.Errorf("answer %v, error %v", answer, err)
		}
		if got := s.seen.Load().Get("x-name"); len(got) != 1 || got[0] != "value" {
			t.Errorf("metadata %v", got)
		}
		_, err = client.Check(ctx, &healthpb.HealthCheckRequest{Service: "none"})
		if status.Code(err) != codes.NotFound || status.Convert(err).Message() != "no such service" {
			t.Errorf("error %v", err)
		}
	})
	t.Run("a stream passes message by message", func(t *testing.T) {
		_, _, client := startGRPC(t)
		ctx, cancel := context.WithCancel(ctx)
		stream, err := client.Watch(ctx, &healthpb.HealthCheckRequest{})
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range []healthpb.HealthCheckResponse_ServingStatus{healthpb.HealthCheckResponse_SERVING, healthpb.HealthCheckResponse_NOT_SERVING} {
			if got, err := stream.Recv(); err != nil || got.GetStatus() != want {
				t.Errorf("received %v, want %s (error %v)", got, want, err)
			}
		}
		cancel()
		if _, err := stream.Recv(); status.Code(err) != codes.Canceled {
			t.Errorf("error %v, want CANCELED", err)
		}
	})
	t.Run("a call held before has not reached the server", func(t *testing.T) {
		s, proxy, client := startGRPC(t)
		trap := proxy.Arm(wire.Before, 1, "Check")
		done := async(func() error { return check(client) })
		held := caught(ctx, t, trap)
		if n := s.calls.Load(); n != 0 {
			t.Errorf("%d calls reached the server", n)
		}
		held.Pass()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	t.Run("an answer cut after was given and never arrives", func(t *testing.T) {
		s, proxy, client := startGRPC(t)
		trap := proxy.Arm(wire.After, 1, "Check")
		done := async(func() error { return check(client) })
		held := caught(ctx, t, trap)
		if n := s.calls.Load(); n != 1 {
			t.Errorf("%d calls reached the server, want 1", n)
		}
		held.Cut()
		if err := <-done; status.Code(err) != codes.Unavailable {
			t.Errorf("error %v, want UNAVAILABLE", err)
		}
	})
	t.Run("a held call does not hold others", func(t *testing.T) {
		_, proxy, client := startGRPC(t)
		trap := proxy.Arm(wire.Before, 1, "Check")
		done := async(func() error { return check(client) })
		held := caught(ctx, t, trap)
		if err := check(client); err != nil {
			t.Error(err)
		}
		held.Pass()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	t.Run("a delayed call fails at its client's deadline and never reaches the server", func(t *testing.T) {
		s, proxy, client := startGRPC(t)
		proxy.Delay(time.Hour)
		short, cancel := context.WithTimeout(ctx, 50*time.Millisecond)
		defer cancel()
		if _, err := client.Check(short, &healthpb.HealthCheckRequest{}); status.Code(err) != codes.DeadlineExceeded {
			t.Errorf("error %v, want DEADLINE_EXCEEDED", err)
		}
		proxy.Delay(0)
		if err := check(client); err != nil {
			t.Error(err)
		}
		if n := s.calls.Load(); n != 1 {
			t.Errorf("%d calls reached the server, want 1", n)
		}
	})
}
