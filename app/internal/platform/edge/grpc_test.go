package edge

import (
	"context"
	"strings"
	"testing"
	"time"

	apimd "github.com/go-kratos/kratos/v2/api/metadata"
	kerrors "github.com/go-kratos/kratos/v2/errors"
	"google.golang.org/grpc"
	channelzpb "google.golang.org/grpc/channelz/grpc_channelz_v1"
	"google.golang.org/grpc/codes"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
	reflectionpb "google.golang.org/grpc/reflection/grpc_reflection_v1"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/stockonce/stockonce/app/internal/platform/conf"
)

func TestGRPC(t *testing.T) {
	t.Run("calls and streams reach their handlers", func(t *testing.T) {
		_, conn := newBundle(nil).serveGRPC(t, &conf.Server{})
		if unary, stream := call(t, conn, valid); unary != nil || stream != nil {
			t.Errorf("got %v, %v", unary, stream)
		}
	})
	t.Run("a message that breaks its rules reaches no handler", func(t *testing.T) {
		b := newBundle(nil)
		b.handle = func(context.Context, proto.Message) (proto.Message, error) {
			t.Error("handled")
			return valid, nil
		}
		_, conn := b.serveGRPC(t, &conf.Server{})
		unary, stream := call(t, conn, &conf.Database{Driver: "sqlite", Dsn: "a"})
		for _, err := range []error{unary, stream} {
			if e := kerrors.FromError(err); status.Code(err) != codes.InvalidArgument || e.Reason != "INVALID_ARGUMENT" || !strings.HasPrefix(e.Message, "maxOpen: ") {
				t.Errorf("got %v", err)
			}
		}
	})
	t.Run("a call takes no longer than it may", func(t *testing.T) {
		b := newBundle(nil)
		b.handle = func(ctx context.Context, _ proto.Message) (proto.Message, error) {
			if _, ok := ctx.Deadline(); !ok {
				t.Error("no deadline")
			}
			return nil, context.DeadlineExceeded
		}
		_, conn := b.serveGRPC(t, &conf.Server{})
		if err := conn.Invoke(t.Context(), saveOperation, valid, &conf.Database{}); status.Code(err) != codes.DeadlineExceeded {
			t.Errorf("got %v", err)
		}
	})
	t.Run("a message over the limit is refused", func(t *testing.T) {
		_, conn := newBundle(nil).serveGRPC(t, &conf.Server{})
		big := &conf.Database{Driver: "sqlite", Dsn: strings.Repeat("x", messageLimit), MaxOpen: 1}
		if err := conn.Invoke(t.Context(), saveOperation, big, &conf.Database{}); status.Code(err) != codes.ResourceExhausted {
			t.Errorf("got %v", err)
		}
	})
	t.Run("nobody is told of connections and methods", func(t *testing.T) {
		b := newBundle(nil)
		_, conn := b.serveGRPC(t, &conf.Server{})
		_, err := channelzpb.NewChannelzClient(conn).GetServers(t.Context(), &channelzpb.GetServersRequest{})
		if status.Code(err) != codes.Unimplemented {
			t.Errorf("channelz: %v", err)
		}
		_, err = apimd.NewMetadataClient(conn).ListServices(t.Context(), &apimd.ListServicesRequest{})
		if status.Code(err) != codes.Unimplemented {
			t.Errorf("metadata: %v", err)
		}
	})
	t.Run("reflection is there only when asked for", func(t *testing.T) {
		for _, asked := range []bool{false, true} {
			_, conn := newBundle(nil).serveGRPC(t, &conf.Server{GrpcReflection: asked})
			if err := reflect(t.Context(), conn); (err == nil) != asked || !asked && status.Code(err) != codes.Unimplemented {
				t.Errorf("asked for: %t, got %v", asked, err)
			}
		}
	})
	t.Run("health follows the kit's state, also for the named service", func(t *testing.T) {
		b := newBundle(nil)
		_, conn := b.serveGRPC(t, &conf.Server{})
		ask := func(service string) healthpb.HealthCheckResponse_ServingStatus {
			t.Helper()
			got, err := healthpb.NewHealthClient(conn).Check(t.Context(), &healthpb.HealthCheckRequest{Service: service})
			if err != nil {
				t.Fatal(err)
			}
			return got.GetStatus()
		}
		for _, service := range []string{"", "test.v1.Things"} {
			if got := ask(service); got != healthpb.HealthCheckResponse_SERVING {
				t.Errorf("%q: got %v", service, got)
			}
		}
		_, err := healthpb.NewHealthClient(conn).Check(t.Context(), &healthpb.HealthCheckRequest{Service: "nobody"})
		if status.Code(err) != codes.NotFound {
			t.Errorf("an unknown service: %v", err)
		}
		b.kit.Health.Drain()
		if got := ask("test.v1.Things"); got != healthpb.HealthCheckResponse_NOT_SERVING {
			t.Errorf("draining: got %v", got)
		}
		b.log.lines(t, "request", 0) // probes are no news
	})
	t.Run("is advertised where the configuration says", func(t *testing.T) {
		srv, err := NewGRPCServer(&conf.Server{Grpc: &conf.Listener{
			Addr: "127.0.0.1:0", Advertise: "10.1.2.3:9000", Timeout: durationpb.New(time.Second),
		}}, newBundle(nil).kit)
		if err != nil {
			t.Fatal(err)
		}
		endpoint, err := srv.Endpoint()
		if err != nil || endpoint.String() != "grpc://10.1.2.3:9000" {
			t.Errorf("got %v, %v", endpoint, err)
		}
		if err := srv.Stop(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

func reflect(ctx context.Context, conn *grpc.ClientConn) error {
	stream, err := reflectionpb.NewServerReflectionClient(conn).ServerReflectionInfo(ctx)
	if err != nil {
		return err
	}
	if err := stream.Send(&reflectionpb.ServerReflectionRequest{MessageRequest: &reflectionpb.ServerReflectionRequest_ListServices{}}); err != nil {
		return err
	}
	if err := stream.CloseSend(); err != nil {
		return err
	}
	_, err = stream.Recv()
	return err
}
