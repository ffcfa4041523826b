// Package workertest holds what every background server's test must ask.
package workertest

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/go-kratos/kratos/v2/transport"
)

// Stress starts and stops servers in every order and concurrently, and fails when
// one does not end. Run it with goleak and -race.
func Stress(t *testing.T, fresh func() transport.Server) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	end := func(what string, f func(context.Context) error) {
		t.Helper()
		if err := f(ctx); err != nil {
			t.Errorf("%s: %v", what, err)
		}
	}
	t.Run("stopped without start", func(t *testing.T) {
		s := fresh()
		end("stop", s.Stop)
		end("stop again", s.Stop)
		end("start after stop", s.Start)
	})
	t.Run("stopped while it starts, several times over", func(t *testing.T) {
		for range 100 {
			s := fresh()
			var wg sync.WaitGroup
			wg.Go(func() { end("start", s.Start) })
			for range 3 {
				wg.Go(func() { end("stop", s.Stop) })
			}
			wg.Wait()
			end("stop again", s.Stop)
		}
	})
}
