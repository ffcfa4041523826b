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
	"google.golang.org/grpc/keepalive"
	"google.golang.org/grpc/peer"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	"github.com/stockonce/stockonce/app/internal/platform/conf"
	"github.com/stockonce/stockonce/app/internal/platform/health"
)

// messageLimit is the longest message taken over gRPC.
const messageLimit = 4 << 20

// closed are services that Kratos always registers and that tell strangers about
// connections and methods.
var closed = []string{"/grpc.channelz.", "/kratos.api.", "/envoy."}

// plain are services that speak gRPC's own statuses and are not worth a line each.
var plain = []string{"/grpc.health.", "/grpc.reflection."}

// NewGRPCServer makes the API's gRPC server. Its health service answers with the
// kit's readiness; reflection is there only when configured. Unary calls are bound
// by the listener's time-out, streams by their caller's.
func NewGRPCServer(cfg *conf.Server, k *Kit) *kgrpc.Server {
	listener := cfg.GetGrpc()
	options := []kgrpc.ServerOption{
		kgrpc.Address(listener.GetAddr()),
		kgrpc.Timeout(listener.GetTimeout().AsDuration()),
		kgrpc.CustomHealth(),
		kgrpc.Middleware(k.unary),
		kgrpc.StreamInterceptor(k.stream),
		kgrpc.Options(
			grpc.MaxRecvMsgSize(messageLimit),
			grpc.MaxHeaderListSize(headerLimit),
			grpc.MaxConcurrentStreams(1000),
			grpc.ConnectionTimeout(headerTime),
			grpc.KeepaliveEnforcementPolicy(keepalive.EnforcementPolicy{MinTime: 10 * time.Second, PermitWithoutStream: true}),
			grpc.KeepaliveParams(keepalive.ServerParameters{Time: 30 * time.Second, Timeout: 10 * time.Second}),
		),
	}
	if !cfg.GetGrpcReflection() {
		options = append(options, kgrpc.DisableReflection())
	}
	if listener.GetAdvertise() != "" {
		options = append(options, kgrpc.Endpoint(&url.URL{Scheme: "grpc", Host: listener.GetAdvertise()}))
	}
	srv := kgrpc.NewServer(options...)
	health.Register(srv.Server, k.Health)
	return srv
}

// unary surrounds the handlers of unary calls.
func (k *Kit) unary(next middleware.Handler) middleware.Handler {
	full := middleware.Chain(k.observe, k.around(), validateRequest)(next)
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
	_, err := middleware.Chain(k.observe, k.around())(func(ctx context.Context, _ any) (any, error) {
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
