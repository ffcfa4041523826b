package edge

import (
	"context"
	"errors"
	"net"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/go-kratos/kratos/v2/middleware"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"

	"github.com/stockonce/stockonce/app/internal/platform/access"
	"github.com/stockonce/stockonce/app/internal/platform/conf"
	"github.com/stockonce/stockonce/app/internal/platform/limit"
)

// errLate is the cause of contexts that ended because a request took too long.
var errLate = errors.New("not answered in time")

// Why a request was not taken on, as the metric tells it.
const (
	shedFull     = "full"     // too many work and wait already
	shedWaited   = "waited"   // no place came free in time
	shedCaller   = "caller"   // this caller has too many at work
	shedDatabase = "database" // what the process needs has been gone for a while
)

// limits is what a kit takes on. Open routes are apart from all others, so that
// neither starves the other.
type limits struct {
	cfg          *conf.Limits
	open, others *limit.Gate
	callers      *limit.Callers
}

// Limit bounds what both servers take on, from now on; it may be called again at any
// time. Without it nothing is bounded.
func (k *Kit) Limit(cfg *conf.Limits) {
	// The rest of the time is for the wait before it, and for luck.
	within := cfg.GetAnswerWithin().AsDuration()
	bounds := func(most int32) limit.Settings {
		return limit.Settings{Most: int(most), Wait: cfg.GetWait().AsDuration(), Target: within / 3}
	}
	open, others := bounds(cfg.GetOpen()), bounds(cfg.GetRequests())
	k.limiting.Lock()
	defer k.limiting.Unlock()
	before := k.limits.Load()
	if before == nil {
		before = &limits{open: limit.NewGate(open), others: limit.NewGate(others), callers: &limit.Callers{}}
	}
	before.open.Configure(open)
	before.others.Configure(others)
	k.limits.Store(&limits{cfg, before.open, before.others, before.callers})
}

// Long names operations, as in "/package.Service/Method", that take long by nature and
// are called by other services, which have limits and patience of their own: they are
// bound by their listener's time-out instead, and not per caller. It must be called
// before the servers start.
func (k *Kit) Long(operations ...string) { k.long = append(k.long, operations...) }

func (l *limits) gate(open bool) *limit.Gate {
	if open {
		return l.open
	}
	return l.others
}

// closed tells why no request is taken on now, or "". It costs next to nothing, so that
// HTTP asks before it reads a body.
func (k *Kit) closed(l *limits, open bool) string {
	if since := k.Health.FailingSince(); !since.IsZero() && time.Since(since) >= l.cfg.GetAnswerWithin().AsDuration() {
		return shedDatabase
	}
	if l.gate(open).Full() {
		return shedFull
	}
	return ""
}

// bound surrounds everything that costs something: it takes a request on, or tells the
// caller to come again, and sees that an answer is given in time.
func (k *Kit) bound(next middleware.Handler) middleware.Handler {
	return k.boundFor(next, func(operation string) bool { return !slices.Contains(k.long, operation) })
}

// boundStream is bound for streams, which last as long as their callers want.
func (k *Kit) boundStream(next middleware.Handler) middleware.Handler {
	return k.boundFor(next, func(string) bool { return false })
}

func (k *Kit) boundFor(next middleware.Handler, short func(operation string) bool) middleware.Handler {
	return func(ctx context.Context, req any) (any, error) {
		l := k.limits.Load()
		if l == nil {
			return next(ctx, req)
		}
		begin, rec := time.Now(), recordFrom(ctx)
		if why := k.closed(l, rec.open); why != "" {
			return nil, k.shed(ctx, rec, why)
		}
		pass, err := l.gate(rec.open).Enter(ctx)
		switch {
		case errors.Is(err, limit.ErrFull):
			return nil, k.shed(ctx, rec, shedFull)
		case errors.Is(err, limit.ErrWaited):
			return nil, k.shed(ctx, rec, shedWaited)
		case err != nil:
			return nil, k.answer(ctx, err)
		}
		measured := short(operation(ctx))
		defer func() { pass.Leave(measured) }()
		if !measured {
			return next(ctx, req)
		}
		within := l.cfg.GetAnswerWithin().AsDuration()
		ctx, cancel := context.WithDeadlineCause(ctx, begin.Add(within), errLate)
		defer cancel()
		reply, err := next(ctx, req)
		if err != nil && errors.Is(context.Cause(ctx), errLate) {
			err = k.late(ctx, err, within)
		}
		return reply, err
	}
}

// late replaces an error that is nothing but the end of our patience. One that says
// something definite stays.
func (k *Kit) late(ctx context.Context, err error, within time.Duration) error {
	if a := k.answer(ctx, err); a.Code < http.StatusInternalServerError && a.Code != statusCanceled {
		return err
	}
	again(ctx)
	return refuse(http.StatusServiceUnavailable, "UNAVAILABLE",
		"not done within %s; whether it took effect is unknown, send the same request again", within)
}

// fair keeps one caller from taking all places. It comes after who calls is known.
func (k *Kit) fair(next middleware.Handler) middleware.Handler {
	return func(ctx context.Context, req any) (any, error) {
		l, rec := k.limits.Load(), recordFrom(ctx)
		if l == nil || rec.open || slices.Contains(k.long, operation(ctx)) {
			return next(ctx, req)
		}
		leave := l.callers.Enter(callerOf(ctx, rec), int(l.cfg.GetPerCaller()))
		if leave == nil {
			return nil, k.shed(ctx, rec, shedCaller)
		}
		defer leave()
		return next(ctx, req)
	}
}

// callerOf is who calls, as far as that is known.
func callerOf(ctx context.Context, rec *record) string {
	if c, ok := access.From(ctx); ok {
		return c.Issuer + "\x00" + c.Subject
	}
	host, _, err := net.SplitHostPort(rec.peer)
	if err != nil {
		return rec.peer
	}
	return host
}

// shed counts a request that is not taken on and builds its answer.
func (k *Kit) shed(ctx context.Context, rec *record, why string) *answer {
	class := "requests"
	if rec.open {
		class = "open"
	}
	rec.shed = true
	k.sheds.Add(ctx, 1, metric.WithAttributes(attribute.String("class", class), attribute.String("reason", why)))
	if n, say := k.shedding.count(time.Now()); say {
		k.Logger.WarnContext(ctx, "requests are not taken on", "requests", n, "class", class, "reason", why)
	}
	again(ctx)
	switch why {
	case shedDatabase:
		return refuse(http.StatusServiceUnavailable, "UNAVAILABLE", "the database does not answer; nothing was done, send the same request again")
	case shedCaller:
		return refuse(http.StatusServiceUnavailable, "OVERLOADED", "too many requests of this caller at once; nothing was done, send this one again later")
	default:
		return refuse(http.StatusServiceUnavailable, "OVERLOADED", "too many requests at once; nothing was done, send this one again later")
	}
}

// retryAfter is what callers who are told to come again are asked to wait.
const retryAfter = time.Second

// again asks gRPC's own retries to wait; HTTP has Retry-After with every 503. See
// "Pushback" in https://github.com/grpc/proposal/blob/master/A6-client-retries.md.
func again(ctx context.Context) {
	// It fails for HTTP, which has no trailer of this kind.
	_ = grpc.SetTrailer(ctx, metadata.Pairs("grpc-retry-pushback-ms", "1000"))
}

// shedding makes one line a second of any number of requests.
type shedding struct {
	mu    sync.Mutex
	n     int
	quiet time.Time // until then
}

// count adds one, and tells whether to say how many there were since it was last said.
func (s *shedding) count(now time.Time) (n int, say bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.n++
	if now.Before(s.quiet) {
		return 0, false
	}
	n, s.n, s.quiet = s.n, 0, now.Add(retryAfter)
	return n, true
}
