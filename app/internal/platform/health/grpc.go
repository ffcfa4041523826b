package health

import (
	"context"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/status"
)

// Register adds the standard health service to server. It answers with state's
// readiness for "" and for every service that the server has by then.
func Register(server *grpc.Server, state *State) {
	healthpb.RegisterHealthServer(server, &grpcHealth{state: state, services: server.GetServiceInfo})
}

type grpcHealth struct {
	healthpb.UnimplementedHealthServer
	state    *State
	services func() map[string]grpc.ServiceInfo
}

// Check answers NOT_FOUND for a service that the server does not have.
func (h *grpcHealth) Check(ctx context.Context, in *healthpb.HealthCheckRequest) (*healthpb.HealthCheckResponse, error) {
	if !h.knows(in.GetService()) {
		return nil, status.Error(codes.NotFound, "unknown service")
	}
	return &healthpb.HealthCheckResponse{Status: h.status(ctx)}, nil
}

// Watch tells every change. When the process drains it says so and ends, because
// a server waits for open streams before it stops.
func (h *grpcHealth) Watch(in *healthpb.HealthCheckRequest, stream grpc.ServerStreamingServer[healthpb.HealthCheckResponse]) error {
	ctx := stream.Context()
	tick := time.NewTicker(cacheFor)
	defer tick.Stop()
	last := healthpb.HealthCheckResponse_UNKNOWN
	for {
		now := healthpb.HealthCheckResponse_SERVICE_UNKNOWN
		if h.knows(in.GetService()) {
			now = h.status(ctx)
		}
		if now != last {
			if err := stream.Send(&healthpb.HealthCheckResponse{Status: now}); err != nil {
				return err
			}
			last = now
		}
		select {
		case <-h.state.Draining():
			if last == healthpb.HealthCheckResponse_SERVING {
				continue
			}
			return status.Error(codes.Unavailable, "the server is stopping")
		case <-ctx.Done():
			return status.FromContextError(ctx.Err()).Err()
		case <-tick.C:
		}
	}
}

func (h *grpcHealth) knows(service string) bool {
	if service == "" {
		return true
	}
	_, ok := h.services()[service]
	return ok
}

func (h *grpcHealth) status(ctx context.Context) healthpb.HealthCheckResponse_ServingStatus {
	if h.state.Ready(ctx).Ready {
		return healthpb.HealthCheckResponse_SERVING
	}
	return healthpb.HealthCheckResponse_NOT_SERVING
}
