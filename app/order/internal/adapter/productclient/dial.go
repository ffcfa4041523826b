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
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/keepalive"

	"github.com/stockonce/stockonce/app/internal/platform/consul"
	"github.com/stockonce/stockonce/app/internal/platform/tlsfile"
)

// service is product's name in the registry.
const service = "product"

// Target is where product is and how it is spoken to.
type Target struct {
	// Endpoint is its host:port while Discovery knows no instance, or is nil.
	Endpoint  string
	Discovery registry.Discovery
	// TLS encrypts, and shows our certificate if it has one; nil means plain text.
	TLS *tlsfile.Client
	// Token is shown with every call, over plain text too; nil shows none.
	Token credentials.PerRPCCredentials
}

// Dial makes a connection to product. It does not wait for product to be there.
//
// Of the instances that Discovery knows, those are called that speak TLS if we do, and
// the others if we do not. The name in the certificate of one is product's name in
// the registry, unless TLS says another.
func Dial(ctx context.Context, t Target) (*grpc.ClientConn, error) {
	dial, scheme := kgrpc.DialInsecure, "grpc"
	options := []kgrpc.ClientOption{
		kgrpc.WithEndpoint(t.Endpoint),
		// Every call brings its own deadline.
		kgrpc.WithTimeout(0),
		kgrpc.WithMiddleware(tracing.Client()),
		kgrpc.WithPrintDiscoveryDebugLog(false),
	}
	raw := []grpc.DialOption{
		// A peer that vanished without a word is noticed.
		grpc.WithKeepaliveParams(keepalive.ClientParameters{Time: 20 * time.Second, Timeout: 5 * time.Second}),
		// gRPC's own pause between attempts grows to two minutes: product would be
		// back for that long before anybody here noticed.
		grpc.WithConnectParams(grpc.ConnectParams{
			Backoff:           backoff.Config{BaseDelay: 100 * time.Millisecond, Multiplier: 1.6, Jitter: 0.2, MaxDelay: 2 * time.Second},
			MinConnectTimeout: 2 * time.Second,
		}),
	}
	if t.TLS != nil {
		dial, scheme = kgrpc.Dial, "grpcs"
		raw = append(raw, grpc.WithTransportCredentials(t.TLS.Credentials()))
	}
	if t.Token != nil {
		raw = append(raw, grpc.WithPerRPCCredentials(t.Token))
	}
	options = append(options, kgrpc.WithOptions(raw...))
	if t.Discovery != nil {
		options = append(options, kgrpc.WithEndpoint("discovery:///"+service),
			kgrpc.WithDiscovery(consul.WithFallback(t.Discovery, service, scheme+"://"+t.Endpoint)))
	}
	conn, err := dial(ctx, options...)
	if err != nil {
		return nil, fmt.Errorf("connect to product: %w", err)
	}
	return conn, nil
}
