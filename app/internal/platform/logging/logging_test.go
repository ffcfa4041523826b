package logging_test

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"testing"

	"github.com/go-kratos/kratos/v2/log"
	"go.opentelemetry.io/otel/trace"

	"github.com/stockonce/stockonce/app/internal/platform/logging"
)

// setup returns a logger at level info and a way to read its last line.
func setup(t *testing.T) (*slog.Logger, *slog.LevelVar, func() map[string]any) {
	t.Helper()
	var out bytes.Buffer
	level := new(slog.LevelVar)
	l := logging.New(&out, "shelf", "1.2.3", level)
	return l, level, func() map[string]any {
		t.Helper()
		if out.Len() == 0 {
			return nil
		}
		var line map[string]any
		if err := json.Unmarshal(out.Bytes(), &line); err != nil {
			t.Fatalf("%q is not one JSON line: %v", out.String(), err)
		}
		out.Reset()
		return line
	}
}

func TestLogger(t *testing.T) {
	t.Run("names service and version", func(t *testing.T) {
		l, _, line := setup(t)
		l.Info("hello")
		if got := line(); got["service"] != "shelf" || got["version"] != "1.2.3" || got["msg"] != "hello" {
			t.Errorf("got %v", got)
		}
	})
	t.Run("adds the trace of the context, also below With", func(t *testing.T) {
		l, _, line := setup(t)
		sc := trace.NewSpanContext(trace.SpanContextConfig{TraceID: trace.TraceID{1}, SpanID: trace.SpanID{2}})
		l.With("a", 1).InfoContext(trace.ContextWithSpanContext(context.Background(), sc), "hello")
		got := line()
		if got["trace_id"] != sc.TraceID().String() || got["span_id"] != sc.SpanID().String() {
			t.Errorf("got %v", got)
		}
	})
	t.Run("says nothing of traces outside one", func(t *testing.T) {
		l, _, line := setup(t)
		l.Info("hello")
		if got := line(); got["trace_id"] != nil {
			t.Errorf("got %v", got)
		}
	})
	t.Run("changes its level while in use", func(t *testing.T) {
		l, level, line := setup(t)
		derived := l.With("a", 1)
		derived.Debug("quiet")
		if got := line(); got != nil {
			t.Errorf("debug was written at info: %v", got)
		}
		level.Set(slog.LevelDebug)
		derived.Debug("loud")
		if got := line(); got["msg"] != "loud" {
			t.Errorf("debug was not written at debug: %v", got)
		}
	})
}

func TestLevel(t *testing.T) {
	for name, want := range map[string]slog.Level{
		"debug": slog.LevelDebug, "info": slog.LevelInfo, "warn": slog.LevelWarn, "error": slog.LevelError,
	} {
		if got, err := logging.Level(name); err != nil || got != want {
			t.Errorf("%s: got %v, %v", name, got, err)
		}
	}
	for _, name := range []string{"", "INFO", "info+1"} {
		if _, err := logging.Level(name); err == nil {
			t.Errorf("%q was taken for a level", name)
		}
	}
}

func TestKratos(t *testing.T) {
	l, level, line := setup(t)
	level.Set(slog.LevelDebug)
	for kratos, want := range map[log.Level]string{
		log.LevelDebug: "DEBUG", log.LevelInfo: "INFO", log.LevelWarn: "WARN", log.LevelError: "ERROR", log.LevelFatal: "ERROR",
	} {
		if err := logging.Kratos(l).Log(kratos, "msg", "hello", "port", 80); err != nil {
			t.Fatal(err)
		}
		if got := line(); got["level"] != want || got["msg"] != "hello" || got["port"] != 80.0 {
			t.Errorf("%v: got %v", kratos, got)
		}
	}
}
