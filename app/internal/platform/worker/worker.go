// Package worker runs loops in the background of a service, as a Kratos server.
package worker

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"runtime/debug"
	"sync"
	"time"

	"github.com/stockonce/stockonce/app/internal/platform/pause"
)

// maxBackoff is the longest pause of a loop that keeps failing, unless its
// interval is longer.
const maxBackoff = 30 * time.Second

// Loop is work that is looked for again and again.
type Loop struct {
	// Name is for the log.
	Name string
	// Interval is the pause after a pass that found nothing. It is asked after
	// every pass, so that it can follow the configuration; a quarter more or less
	// is added, so that processes do not march in step.
	Interval func() time.Duration
	// Run makes one pass and returns how many things it did; while that is more
	// than none, the next pass follows at once. When ctx ends it finishes what must
	// not be left half done and returns.
	//
	// An error or a panic is logged and never ends the loop; the pause then grows
	// with each failure in a row.
	Run func(ctx context.Context) (n int, err error)
}

// Server runs loops from Start to Stop. It implements Kratos' transport.Server.
type Server struct {
	logger *slog.Logger
	loops  []Loop

	cancel  context.CancelFunc
	stopped context.Context //nolint:containedctx // not a request: it ends with the first Stop

	mu      sync.Mutex
	started bool
	done    chan struct{} // closed when all loops have ended
}

// NewServer makes a server of the loops.
func NewServer(logger *slog.Logger, loops ...Loop) *Server {
	s := &Server{logger: logger, loops: loops, done: make(chan struct{})}
	s.stopped, s.cancel = context.WithCancel(context.Background())
	return s
}

// Start runs the loops and returns when Stop was called or ctx ended, and all
// loops have. It can be called once; after Stop it returns at once.
func (s *Server) Start(ctx context.Context) error {
	s.mu.Lock()
	if s.started {
		s.mu.Unlock()
		return errors.New("worker started twice")
	}
	if s.stopped.Err() != nil {
		s.mu.Unlock()
		return nil
	}
	s.started = true
	s.mu.Unlock()
	defer close(s.done)

	// Kratos does not cancel ctx on shutdown: Stop does.
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(s.stopped, cancel)()

	var wg sync.WaitGroup
	for _, l := range s.loops {
		wg.Go(func() { s.loop(ctx, l) })
	}
	wg.Wait()
	return nil
}

// Stop ends the context of all passes and waits for the ones under way, but no
// longer than ctx lasts. It may be called without Start, before it and repeatedly.
func (s *Server) Stop(ctx context.Context) error {
	s.mu.Lock()
	s.cancel()
	started := s.started
	s.mu.Unlock()
	if !started {
		return nil
	}
	select {
	case <-s.done:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("wait for background work to end: %w", context.Cause(ctx))
	}
}

func (s *Server) loop(ctx context.Context, l Loop) {
	failures := 0
	for ctx.Err() == nil {
		n, err := pass(ctx, l)
		var wait time.Duration
		switch {
		case ctx.Err() != nil:
			return // what a pass says about its own end is no news
		case err != nil:
			failures++
			wait = backoff(l.Interval(), failures)
			s.logger.ErrorContext(ctx, "background work failed", "loop", l.Name, "error", err,
				"failures", failures, "again_in", wait.String())
		case n > 0:
			failures = 0
			continue
		default:
			failures = 0
			wait = l.Interval()
		}
		pause.For(ctx, jitter(wait))
	}
}

// pass makes one pass and turns its panic into an error with the stack.
func pass(ctx context.Context, l Loop) (n int, err error) {
	defer func() {
		if p := recover(); p != nil {
			n, err = 0, fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	return l.Run(ctx)
}

// backoff doubles the interval with every failure after the first.
func backoff(interval time.Duration, failures int) time.Duration {
	limit := max(interval, maxBackoff)
	for range failures - 1 {
		if interval *= 2; interval >= limit {
			return limit
		}
	}
	return interval
}

// jitter moves d by up to a quarter either way.
func jitter(d time.Duration) time.Duration {
	if d <= 0 {
		return 0
	}
	return d - d/4 + rand.N(d/2+1) //nolint:gosec // jitter needs no secrecy
}
