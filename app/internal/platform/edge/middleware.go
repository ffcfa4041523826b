package edge

import (
	"context"

	"github.com/go-kratos/kratos/v2/middleware"
	"github.com/go-kratos/kratos/v2/middleware/tracing"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"
	"google.golang.org/protobuf/proto"
)

// around is what surrounds every handler of both transports, outermost first. The
// recovery is innermost, so that a panic is traced, counted and answered like any
// other error; another one outside everything catches those of the chain itself.
func (k *Kit) around() middleware.Middleware {
	return middleware.Chain(
		tracing.Server(tracing.WithPropagator(propagation.TraceContext{})),
		annotate,
		k.answerErrors,
		k.recoverPanics,
	)
}

// annotate tells the access log the request's trace.
func annotate(next middleware.Handler) middleware.Handler {
	return func(ctx context.Context, req any) (any, error) {
		recordFrom(ctx).span = trace.SpanContextFromContext(ctx)
		return next(ctx, req)
	}
}

// answerErrors replaces errors by what callers may know.
func (k *Kit) answerErrors(next middleware.Handler) middleware.Handler {
	return func(ctx context.Context, req any) (any, error) {
		reply, err := next(ctx, req)
		if err != nil {
			return nil, k.answer(ctx, err)
		}
		return reply, nil
	}
}

// recoverPanics turns a panic into an error. The request is not logged: it may
// hold what must not be.
func (k *Kit) recoverPanics(next middleware.Handler) middleware.Handler {
	return func(ctx context.Context, req any) (reply any, err error) {
		defer func() {
			if p := recover(); p != nil {
				k.logPanic(ctx, p)
				reply, err = nil, panicked{}
			}
		}()
		return next(ctx, req)
	}
}

// validateRequest refuses messages that break the rules of their .proto.
func validateRequest(next middleware.Handler) middleware.Handler {
	return func(ctx context.Context, req any) (any, error) {
		if msg, ok := req.(proto.Message); ok {
			if err := Validate(msg); err != nil {
				return nil, err
			}
		}
		return next(ctx, req)
	}
}
