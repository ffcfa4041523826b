// Package edge is where requests come in: one HTTP and one gRPC server for both
// services, hardened alike.
//
// What a handler returns as an error reaches nobody as it is: the service's
// ErrorMap names it, or the caller gets an opaque INTERNAL and the log the cause.
package edge

import (
	"log/slog"
	"sync"
	"sync/atomic"

	kerrors "github.com/go-kratos/kratos/v2/errors"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/metric"

	"github.com/stockonce/stockonce/app/internal/platform/health"
)

// ErrorMap is a service's one table from errors to answers. It sees whatever a
// handler returned, wrapped or not, and builds the Kratos error that callers get;
// nil means that nobody named the error: it is answered as INTERNAL with a
// constant text. That includes Kratos errors which the handler built or passed on.
//
// Code is an HTTP status out of 400 401 403 404 409 429 499 500 501 503 504:
// others do not survive gRPC. A cause is never sent.
type ErrorMap func(error) *kerrors.Error

// Kit is what both servers of a process share. Make it with NewKit.
type Kit struct {
	Logger *slog.Logger
	Health *health.State
	Map    ErrorMap
	Access Access

	limiting sync.Mutex // one change of limits at a time
	limits   atomic.Pointer[limits]
	long     []string
	shedding shedding

	requests metric.Int64Counter
	sheds    metric.Int64Counter
	duration metric.Float64Histogram
}

// NewKit makes a kit whose metrics go to the global meter provider. A nil map
// names no error.
func NewKit(logger *slog.Logger, state *health.State, m ErrorMap, a Access) *Kit {
	if m == nil {
		m = func(error) *kerrors.Error { return nil }
	}
	meter := otel.Meter("stockonce/edge")
	k := &Kit{Logger: logger, Health: state, Map: m, Access: a}
	// The only errors are of names, which are constant here and tested.
	k.requests, _ = meter.Int64Counter("server.requests",
		metric.WithDescription("requests answered, by operation and status code"))
	k.sheds, _ = meter.Int64Counter("server.shed",
		metric.WithDescription("requests not taken on, by class and reason"))
	k.duration, _ = meter.Float64Histogram("server.request.duration", metric.WithUnit("s"),
		metric.WithDescription("time from a request's headers to its answer"),
		metric.WithExplicitBucketBoundaries(.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10))
	return k
}
