package worker

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-kratos/kratos/v2/transport"
	"go.uber.org/goleak"

	"github.com/stockonce/stockonce/app/internal/platform/worker/workertest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var quiet = slog.New(slog.DiscardHandler)

func every(d time.Duration) func() time.Duration { return func() time.Duration { return d } }

func TestStartStop(t *testing.T) {
	workertest.Stress(t, func() transport.Server {
		return NewServer(quiet, Loop{Name: "a", Interval: every(time.Millisecond), Run: func(context.Context) (int, error) { return 1, nil }},
			Loop{Name: "b", Interval: every(time.Hour), Run: func(context.Context) (int, error) { return 0, nil }})
	})
}

func TestStop(t *testing.T) {
	t.Run("ends a pass's context and waits for the pass", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			var finished atomic.Bool
			s := NewServer(quiet, Loop{Interval: every(time.Hour), Run: func(ctx context.Context) (int, error) {
				<-ctx.Done()
				time.Sleep(time.Second) // finishes what it has begun
				finished.Store(true)
				return 0, ctx.Err()
			}})
			go s.Start(t.Context()) //nolint:errcheck // tested below
			synctest.Wait()
			if err := s.Stop(t.Context()); err != nil || !finished.Load() {
				t.Errorf("stop returned %v, the pass had finished: %t", err, finished.Load())
			}
		})
	})
	t.Run("does not wait longer than it may", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			release := make(chan struct{})
			s := NewServer(quiet, Loop{Interval: every(time.Hour), Run: func(context.Context) (int, error) {
				<-release
				return 0, nil
			}})
			go s.Start(t.Context()) //nolint:errcheck // its loop is stuck on purpose
			synctest.Wait()
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			if err := s.Stop(ctx); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("stop returned %v", err)
			}
			close(release)
			if err := s.Stop(t.Context()); err != nil {
				t.Errorf("stop after the pass ended: %v", err)
			}
		})
	})
	t.Run("wakes a sleeping loop", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			s := NewServer(quiet, Loop{Interval: every(time.Hour), Run: func(context.Context) (int, error) { return 0, nil }})
			go s.Start(t.Context()) //nolint:errcheck // returns nil
			synctest.Wait()
			before := time.Now()
			if err := s.Stop(t.Context()); err != nil || time.Since(before) > 0 {
				t.Errorf("stop took %s: %v", time.Since(before), err)
			}
		})
	})
}

func TestLoop(t *testing.T) {
	// passes runs a loop over the results of its passes and tells when each began.
	passes := func(t *testing.T, out io.Writer, run func(pass int) (int, error), count int) (at []time.Duration) {
		synctest.Test(t, func(t *testing.T) {
			begin := time.Now()
			ctx, cancel := context.WithCancel(t.Context())
			s := NewServer(slog.New(slog.NewTextHandler(out, nil)), Loop{Name: "sweep", Interval: every(time.Second),
				Run: func(context.Context) (int, error) {
					at = append(at, time.Since(begin))
					if len(at) == count {
						cancel()
						return 0, nil
					}
					return run(len(at))
				}})
			if err := s.Start(ctx); err != nil {
				t.Error(err)
			}
		})
		return at
	}
	within := func(t *testing.T, got, want time.Duration) {
		t.Helper()
		if got < want*3/4 || got > want*5/4 {
			t.Errorf("paused %s, want %s give or take a quarter", got, want)
		}
	}

	t.Run("goes on at once while there is work, else after the interval", func(t *testing.T) {
		at := passes(t, io.Discard, func(pass int) (int, error) { return 3 - pass, nil }, 4)
		if at[1] != 0 || at[2] != 0 {
			t.Errorf("paused while there was work: %v", at)
		}
		within(t, at[3]-at[2], time.Second)
	})
	t.Run("survives errors and panics, logs them and slows down", func(t *testing.T) {
		var out bytes.Buffer
		at := passes(t, &out, func(pass int) (int, error) {
			if pass == 1 {
				return 5, errors.New("database is gone")
			}
			panic("nil map")
		}, 4)
		within(t, at[1]-at[0], time.Second)
		within(t, at[2]-at[1], 2*time.Second)
		within(t, at[3]-at[2], 4*time.Second)
		for _, want := range []string{"loop=sweep", "database is gone", "nil map", "worker_test.go"} {
			if !strings.Contains(out.String(), want) {
				t.Errorf("log lacks %q: %s", want, out.String())
			}
		}
	})
	t.Run("never slows down below once in half a minute", func(t *testing.T) {
		if got := backoff(time.Second, 1000); got != maxBackoff {
			t.Errorf("got %s", got)
		}
		if got := backoff(time.Hour, 1000); got != time.Hour {
			t.Errorf("got %s", got)
		}
	})
}

func TestLoopsDoNotWaitForEachOther(t *testing.T) {
	meet := make(chan struct{})
	var once sync.Once
	run := func(ctx context.Context) (int, error) {
		select {
		case meet <- struct{}{}:
		case <-meet:
		case <-ctx.Done():
		}
		return 0, nil
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	met := make(chan struct{})
	loop := Loop{Interval: every(time.Hour), Run: func(ctx context.Context) (int, error) {
		n, err := run(ctx)
		if ctx.Err() == nil {
			once.Do(func() { close(met) })
		}
		return n, err
	}}
	s := NewServer(quiet, loop, loop)
	go s.Start(ctx) //nolint:errcheck // returns nil
	select {
	case <-met:
	case <-ctx.Done():
		t.Error("the second loop never ran beside the first")
	}
	if err := s.Stop(context.Background()); err != nil {
		t.Error(err)
	}
}
