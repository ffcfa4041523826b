package logging

import (
	"context"
	"fmt"
	"log/slog"

	"github.com/go-kratos/kratos/v2/log"
)

// Kratos lets Kratos and its contribs write to l.
func Kratos(l *slog.Logger) log.Logger { return &adapter{l} }

type adapter struct{ l *slog.Logger }

// Log writes Kratos' key-value pairs as one record.
func (a *adapter) Log(level log.Level, keyvals ...any) error {
	to := slog.LevelError
	switch level {
	case log.LevelDebug:
		to = slog.LevelDebug
	case log.LevelInfo:
		to = slog.LevelInfo
	case log.LevelWarn:
		to = slog.LevelWarn
	case log.LevelError, log.LevelFatal:
	}
	var msg string
	attrs := make([]slog.Attr, 0, len(keyvals)/2)
	for i := 0; i+1 < len(keyvals); i += 2 {
		key := fmt.Sprint(keyvals[i])
		if key == log.DefaultMessageKey {
			msg = fmt.Sprint(keyvals[i+1])
			continue
		}
		attrs = append(attrs, slog.Any(key, keyvals[i+1]))
	}
	a.l.LogAttrs(context.Background(), to, msg, attrs...)
	return nil
}
