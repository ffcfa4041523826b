package health

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestReady(t *testing.T) {
	broken := errors.New("connection refused")
	pass := Check{Name: "disk", Run: func(context.Context) error { return nil }}
	fail := Check{Name: "database", Run: func(context.Context) error { return broken }}

	t.Run("ready when every check passes", func(t *testing.T) {
		if r := NewState(pass, pass).Ready(t.Context()); !r.Ready || len(r.Failed) != 0 {
			t.Errorf("got %+v", r)
		}
	})
	t.Run("one failed check makes it not ready and is named", func(t *testing.T) {
		r := NewState(pass, fail).Ready(t.Context())
		if r.Ready || len(r.Failed) != 1 || !errors.Is(r.Failed["database"], broken) {
			t.Errorf("got %+v", r)
		}
	})
	t.Run("draining makes it not ready for good", func(t *testing.T) {
		s := NewState(pass)
		s.Drain()
		s.Drain()
		if r := s.Ready(t.Context()); r.Ready || !r.Draining || len(r.Failed) != 0 {
			t.Errorf("got %+v", r)
		}
	})
	t.Run("a panicking check has failed", func(t *testing.T) {
		s := NewState(Check{Name: "odd", Run: func(context.Context) error { panic("nil map") }})
		if r := s.Ready(t.Context()); r.Ready {
			t.Errorf("got %+v", r)
		}
	})
	t.Run("checks run side by side, each for a second at most", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			slow := func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }
			begin := time.Now()
			r := NewState(Check{Name: "a", Run: slow}, Check{Name: "b", Run: slow}, pass).Ready(t.Context())
			if took := time.Since(begin); took > time.Second || len(r.Failed) != 2 {
				t.Errorf("took %s, got %+v", took, r)
			}
		})
	})
	t.Run("a check that hangs is not started again beside itself", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			var runs atomic.Int32
			hang := make(chan struct{})
			s := NewState(Check{Name: "stuck", Run: func(context.Context) error { runs.Add(1); <-hang; return nil }})
			for range 5 {
				if s.Ready(t.Context()).Ready {
					t.Error("ready while its check hangs")
				}
			}
			if runs.Load() != 1 {
				t.Errorf("%d runs", runs.Load())
			}
			close(hang)
			synctest.Wait()
			if !s.Ready(t.Context()).Ready {
				t.Error("not ready after the check answered")
			}
		})
	})
	t.Run("answers are given again for a second, to everybody", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			runs := 0
			s := NewState(Check{Name: "database", Run: func(context.Context) error { runs++; time.Sleep(time.Millisecond); return nil }})
			var wg sync.WaitGroup
			for range 100 {
				wg.Go(func() { s.Ready(t.Context()) })
			}
			wg.Wait()
			s.Ready(t.Context())
			if runs != 1 {
				t.Errorf("%d runs for one second's questions", runs)
			}
			time.Sleep(cacheFor)
			s.Ready(t.Context())
			if runs != 2 {
				t.Errorf("%d runs after a second", runs)
			}
		})
	})
	t.Run("who observes is told of turns only", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			var err error
			s := NewState(Check{Name: "database", Run: func(context.Context) error { return err }})
			var told []string
			s.Observe(func(check string, err error) { told = append(told, fmt.Sprint(check, " ", err)) })
			for _, err = range []error{nil, broken, broken, nil, nil} {
				s.Ready(t.Context())
				synctest.Wait()
				time.Sleep(cacheFor)
			}
			if got := strings.Join(told, "; "); got != "database connection refused; database <nil>" {
				t.Errorf("told %s", got)
			}
		})
	})
	t.Run("who gives up waiting does not fail the check for others", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			s := NewState(Check{Name: "database", Run: func(ctx context.Context) error {
				select {
				case <-time.After(500 * time.Millisecond):
					return nil
				case <-ctx.Done():
					return ctx.Err()
				}
			}})
			ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
			defer cancel()
			if s.Ready(ctx).Ready {
				t.Error("ready before the check answered")
			}
			if r := s.Ready(t.Context()); !r.Ready {
				t.Errorf("got %+v", r)
			}
		})
	})
}
