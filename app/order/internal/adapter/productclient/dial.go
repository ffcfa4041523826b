package productclient

import (
	"context"
	"fmt"
	"time"

	"github.com/go-kratos/kratos/v2/middleware/tracing"
	"github.com/go-kratos/kratos/v2/registry"
	kgrpc "github.com/go-kratos/kratos/v2/transport/grpc"
	"google.golang.org/grpc"
	"google.golang.org/grpc/backoff"
	"google.golang.org/grpc/keepalive"

	"github.com/stockonce/stockonce/app/internal/platform/consul"
)

// service is product's name in the registry.
const service = "product"

// Dial makes a connection to product: to the instances that discovery knows, and to
// endpoint (host:port) while it knows none or is nil. It does not wait for product
// to be there.
func Dial(ctx context.Context, endpoint string, discovery registry.Discovery) (*grpc.ClientConn, error) {
	options := []kgrpc.ClientOption{
		kgrpc.WithEndpoint(endpoint),
		// Every call brings its own deadline.
		kgrpc.WithTimeout(0),
		kgrpc.WithMiddleware(tracing.Client()),
		kgrpc.WithPrintDiscoveryDebugLog(false),
		// A peer that vanished without a word is noticed.
		kgrpc.WithOptions(
			grpc.WithKeepaliveParams(keepalive.ClientParameters{Time: 20 * time.Second, Timeout: 5 * time.Second}),
			// gRPC's own pause between attempts grows to two minutes: product would be
			// back for that long before anybody here noticed.
			grpc.WithConnectParams(grpc.ConnectParams{
				Backoff:           backoff.Config{BaseDelay: 100 * time.Millisecond, Multiplier: 1.6, Jitter: 0.2, MaxDelay: 2 * time.Second},
				MinConnectTimeout: 2 * time.Second,
			}),
		),
	}
	if discovery != nil {
		options = append(options, kgrpc.WithEndpoint("discovery:///"+service),
			kgrpc.WithDiscovery(consul.WithFallback(discovery, service, "grpc://"+endpoint)))
	}
	conn, err := kgrpc.DialInsecure(ctx, options...)
	if err != nil {
		return nil, fmt.Errorf("connect to product: %w", err)
	}
	return conn, nil
}
