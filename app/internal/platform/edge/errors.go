package edge

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"

	kerrors "github.com/go-kratos/kratos/v2/errors"
)

// answer is a Kratos error that may be sent. Its text is public, and it has no cause.
//
// It embeds the Kratos error so that gRPC finds GRPCStatus at the top: a wrapped
// one loses its message to the text around it.
type answer struct{ *kratosError }

// kratosError has its name because the field must not be called Error.
type kratosError = kerrors.Error

func (a *answer) Unwrap() error { return a.kratosError }

// refuse builds an answer of the edge's own.
func refuse(code int, reason, format string, args ...any) *answer {
	return &answer{kerrors.New(code, reason, fmt.Sprintf(format, args...))}
}

// statusCanceled is what gRPC's CANCELED is over HTTP, for nobody to read.
const statusCanceled = 499

// invalid is a request that breaks a rule.
func invalid(format string, args ...any) *answer {
	return refuse(http.StatusBadRequest, "INVALID_ARGUMENT", format, args...)
}

func internal() *answer {
	return refuse(http.StatusInternalServerError, "INTERNAL", "internal error")
}

// panicked is a panic that is in the log already.
type panicked struct{}

func (panicked) Error() string { return "panic" }

// answer decides what the caller is told of err. What it hides is logged, once:
// an answer passes through unchanged the next time.
func (k *Kit) answer(ctx context.Context, err error) *answer {
	var a *answer
	if errors.As(err, &a) {
		return a
	}
	if _, ok := errors.AsType[panicked](err); ok {
		return internal()
	}
	a = k.name(err)
	if a.Code >= http.StatusInternalServerError {
		k.Logger.ErrorContext(ctx, "request failed", "operation", operation(ctx), "reason", a.Reason, "error", err)
	}
	return a
}

func (k *Kit) name(err error) *answer {
	if e := k.Map(err); e != nil {
		return &answer{e.WithCause(nil)}
	}
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return refuse(http.StatusGatewayTimeout, "DEADLINE_EXCEEDED", "the deadline passed first")
	case errors.Is(err, context.Canceled):
		return refuse(statusCanceled, "CANCELED", "the caller went away")
	default:
		return internal()
	}
}

// logPanic logs a recovered panic with its stack, and nothing of the request.
func (k *Kit) logPanic(ctx context.Context, p any) {
	k.Logger.LogAttrs(ctx, slog.LevelError, "panic", slog.String("operation", operation(ctx)),
		slog.String("panic", fmt.Sprint(p)), slog.String("stack", string(debug.Stack())))
}
