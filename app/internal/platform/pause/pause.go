// Package pause waits without outliving its caller.
package pause

import (
	"context"
	"time"
)

// For waits for d, or until ctx ends, and reports whether ctx still lasts.
func For(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return ctx.Err() == nil
	case <-ctx.Done():
		return false
	}
}
