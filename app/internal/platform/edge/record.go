package edge

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"github.com/go-kratos/kratos/v2/transport"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/trace"
)

// record is what the access log and the metrics say about one request. It is made
// before the request is looked at, so that refused ones count as well, and filled
// on the way.
type record struct {
	transport string
	operation string
	code      int
	reason    string
	peer      string
	open      bool   // on a route that is open to anybody
	shed      bool   // not taken on
	subject   string // who calls, once that is known
	span      trace.SpanContext

	// HTTP only: the server's own writer, for limits and deadlines of the body.
	writer http.ResponseWriter
}

type recordKey struct{}

func withRecord(ctx context.Context, r *record) context.Context {
	return context.WithValue(ctx, recordKey{}, r)
}

// recordFrom returns the request's record, or one that nobody reads.
func recordFrom(ctx context.Context) *record {
	if r, ok := ctx.Value(recordKey{}).(*record); ok {
		return r
	}
	return &record{}
}

// operation is the RPC's full name, or the route's template while that is all
// that is known. It is never the path: that has no end of different values.
func operation(ctx context.Context) string {
	if tr, ok := transport.FromServerContext(ctx); ok {
		return tr.Operation()
	}
	return "unknown"
}

// finish writes the request's line and counts it. Payloads, query values and
// header values are in neither.
func (k *Kit) finish(ctx context.Context, r *record, took time.Duration) {
	ctx = trace.ContextWithSpanContext(context.WithoutCancel(ctx), r.span)
	by := []attribute.KeyValue{attribute.String("transport", r.transport), attribute.String("operation", r.operation)}
	k.duration.Record(ctx, took.Seconds(), metric.WithAttributes(by...))
	k.requests.Add(ctx, 1, metric.WithAttributes(append(by, attribute.Int("code", r.code))...))

	if r.shed {
		return // counted; a line each would be load itself
	}
	level := slog.LevelInfo
	if r.code >= http.StatusInternalServerError {
		level = slog.LevelError
	}
	k.Logger.LogAttrs(ctx, level, "request",
		slog.String("transport", r.transport),
		slog.String("operation", r.operation),
		slog.Int("code", r.code),
		slog.String("reason", r.reason),
		slog.Float64("seconds", took.Seconds()),
		slog.String("peer", r.peer),
		slog.String("subject", r.subject))
}
