package pause_test

import (
	"context"
	"testing"
	"time"

	"github.com/stockonce/stockonce/app/internal/platform/pause"
)

func TestFor(t *testing.T) {
	start := time.Now()
	if !pause.For(t.Context(), 10*time.Millisecond) || time.Since(start) < 10*time.Millisecond {
		t.Error("the pause was cut short")
	}
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(10*time.Millisecond, cancel)
	start = time.Now()
	if pause.For(ctx, time.Hour) || time.Since(start) > time.Minute {
		t.Error("the pause outlived its caller")
	}
	if pause.For(ctx, 0) {
		t.Error("a caller that is gone is told to go on")
	}
}
