package edge

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"time"

	kerrors "github.com/go-kratos/kratos/v2/errors"
	"github.com/go-kratos/kratos/v2/middleware"
	kgrpc "github.com/go-kratos/kratos/v2/transport/grpc"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/keepalive"
	"google.golang.org/grpc/peer"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	"github.com/stockonce/stockonce/app/internal/platform/conf"
	"github.com/stockonce/stockonce/app/internal/platform/health"
	"github.com/stockonce/stockonce/app/internal/platform/tlsfile"
)

// messageLimit is the longest message taken over gRPC.
const messageLimit = 4 << 20

// trustTime is how long a connection goes on with the certificates that were checked
// when it began; calls under way are finished. It must be renewed: who is not trusted
// any more is out after that.
const trustTime = 30 * time.Minute

// closed are services that Kratos always registers and that tell strangers about
// connections and methods.
var closed = []string{"/grpc.channelz.", "/kratos.api.", "/envoy."}

// plain are services that speak gRPC's own statuses and are not worth a line each.
var plain = []string{"/grpc.health.", "/grpc.reflection."}

// NewGRPCServer makes the API's gRPC server. Its health service answers with the
// kit's readiness; reflection is there only when configured. Unary calls are bound
// by the listener's time-out, streams by their caller's. An error names the file that
// TLS cannot be made of.
func NewGRPCServer(cfg *conf.Server, k *Kit) (*kgrpc.Server, error) {
	listener := cfg.GetGrpc()
	alive := keepalive.ServerParameters{Time: 30 * time.Second, Timeout: 10 * time.Second}
	if listener.GetTls() != nil {
		alive.MaxConnectionAge = trustTime
	}
	options := []kgrpc.ServerOption{
		kgrpc.Address(listener.GetAddr()),
		kgrpc.Timeout(listener.GetTimeout().AsDuration()),
		kgrpc.CustomHealth(),
		kgrpc.Middleware(k.unary),
		kgrpc.StreamInterceptor(k.stream),
	}
	bounds := []grpc.ServerOption{
		grpc.MaxRecvMsgSize(messageLimit),
		grpc.MaxHeaderListSize(headerLimit),
		grpc.MaxConcurrentStreams(1000),
		grpc.ConnectionTimeout(headerTime),
		grpc.KeepaliveEnforcementPolicy(keepalive.EnforcementPolicy{MinTime: 10 * time.Second, PermitWithoutStream: true}),
		grpc.KeepaliveParams(alive),
	}
	if !cfg.GetGrpcReflection() {
		options = append(options, kgrpc.DisableReflection())
	}
	inner, scheme := insecure.NewCredentials(), "grpc"
	if listener.GetTls() != nil {
		tlsConfig, err := tlsfile.Server(listener.GetTls(), "server.grpc.tls", k.Logger, "h2")
		if err != nil {
			return nil, err
		}
		options = append(options, kgrpc.TLSConfig(tlsConfig))
		inner, scheme = credentials.NewTLS(tlsConfig), "grpcs"
	}
	if most := listener.GetConnections(); most > 0 {
		bounds = append(bounds, grpc.Creds(bounded(inner, most)))
	}
	if listener.GetAdvertise() != "" {
		options = append(options, kgrpc.Endpoint(&url.URL{Scheme: scheme, Host: listener.GetAdvertise()}))
	}
	srv := kgrpc.NewServer(append(options, kgrpc.Options(bounds...))...)
	health.Register(srv.Server, k.Health)
	return srv, nil
}

// unary surrounds the handlers of unary calls.
func (k *Kit) unary(next middleware.Handler) middleware.Handler {
	full := middleware.Chain(k.observe, k.bound, k.around(), k.guard, k.fair, validateRequest)(next)
	return func(ctx context.Context, req any) (any, error) {
		switch op := operation(ctx); {
		case startsWith(op, closed):
			return nil, status.Error(codes.Unimplemented, "unknown service")
		case startsWith(op, plain):
			return next(ctx, req)
		}
		return full(ctx, req)
	}
}

// stream surrounds the handlers of streams with the same, except the time-out;
// every message that arrives is validated.
func (k *Kit) stream(srv any, ss grpc.ServerStream, info *grpc.StreamServerInfo, handler grpc.StreamHandler) error {
	if startsWith(info.FullMethod, closed) {
		return status.Error(codes.Unimplemented, "unknown service")
	}
	if startsWith(info.FullMethod, plain) {
		return handler(srv, ss)
	}
	_, err := middleware.Chain(k.observe, k.boundStream, k.around(), k.guard, k.fair)(func(ctx context.Context, _ any) (any, error) {
		return nil, handler(srv, &validatingStream{ss, ctx})
	})(ss.Context(), nil)
	return err
}

// validatingStream carries the chain's context and validates what arrives.
type validatingStream struct {
	grpc.ServerStream
	ctx context.Context //nolint:containedctx // a stream has one
}

func (s *validatingStream) Context() context.Context { return s.ctx }

func (s *validatingStream) RecvMsg(m any) error {
	if err := s.ServerStream.RecvMsg(m); err != nil {
		return err
	}
	if msg, ok := m.(proto.Message); ok {
		return Validate(msg)
	}
	return nil
}

// observe surrounds everything: it records the call and answers panics of the
// chain itself.
func (k *Kit) observe(next middleware.Handler) middleware.Handler {
	return func(ctx context.Context, req any) (reply any, err error) {
		start := time.Now()
		rec := &record{transport: "grpc", operation: operation(ctx)}
		if p, ok := peer.FromContext(ctx); ok {
			rec.peer = p.Addr.String()
		}
		ctx = withRecord(ctx, rec)
		defer func() {
			if p := recover(); p != nil {
				k.logPanic(ctx, p)
				reply, err = nil, internal()
			}
			rec.code = http.StatusOK
			if e := kerrors.FromError(err); e != nil {
				rec.code, rec.reason = int(e.Code), e.Reason
			}
			k.finish(ctx, rec, time.Since(start))
		}()
		return next(ctx, req)
	}
}

func startsWith(op string, prefixes []string) bool {
	for _, p := range prefixes {
		if strings.HasPrefix(op, p) {
			return true
		}
	}
	return false
}
