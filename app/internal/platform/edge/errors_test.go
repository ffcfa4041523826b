package edge

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	kerrors "github.com/go-kratos/kratos/v2/errors"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	"github.com/stockonce/stockonce/app/internal/platform/conf"
)

var (
	errTaken = errors.New("taken")
	errBusy  = errors.New("busy")
)

const secret = "Error 1146: table shop.s3cret does not exist"

// names is a service's table.
func names(err error) *kerrors.Error {
	switch {
	case errors.Is(err, errTaken):
		return kerrors.Conflict("TAKEN", "somebody else has it").WithCause(err)
	case errors.Is(err, errBusy):
		return kerrors.ServiceUnavailable("BUSY", "try again").WithCause(err)
	default:
		return nil
	}
}

func TestErrors(t *testing.T) {
	for _, tc := range []struct {
		name    string
		err     error
		code    int
		reason  string
		message string
		caused  bool // the log tells the cause
	}{
		{"an error that the map names is answered in its words", errTaken, 409, "TAKEN", "somebody else has it", false},
		{"also when wrapped, and the wrapping stays here", fmt.Errorf("%s: %w", secret, errTaken), 409, "TAKEN", "somebody else has it", false},
		{"one that is our fault is logged with its cause", fmt.Errorf("%s: %w", secret, errBusy), 503, "BUSY", "try again", true},
		{"a plain error is opaque", errors.New(secret), 500, "INTERNAL", "internal error", true},
		{"a Kratos error that nobody named is opaque", kerrors.NotFound("S3CRET", secret), 500, "INTERNAL", "internal error", true},
		{"a wrapped Kratos error is opaque", fmt.Errorf("%s: %w", secret, kerrors.NotFound("ROW", "row")), 500, "INTERNAL", "internal error", true},
		{"a Kratos error's cause is opaque", kerrors.NotFound("ROW", "row").WithCause(errors.New(secret)), 500, "INTERNAL", "internal error", true},
		{"another server's status is opaque", status.Error(5, secret), 500, "INTERNAL", "internal error", true},
		{"a deadline is told as one", fmt.Errorf("%s: %w", secret, context.DeadlineExceeded), 504, "DEADLINE_EXCEEDED", "the deadline passed first", true},
		{"a caller that went away is told so", fmt.Errorf("%s: %w", secret, context.Canceled), 499, "CANCELED", "the caller went away", false},
		{"the edge's own refusal survives wrapping", fmt.Errorf("%s: %w", secret, Validate(&conf.Log{Level: "loud"})), 400, "INVALID_ARGUMENT", "level: must be in list [debug, info, warn, error]", false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			b := newBundle(names)
			b.handle = func(context.Context, proto.Message) (proto.Message, error) { return nil, tc.err }
			url := b.serveHTTP(t, 2*time.Second)
			_, conn := b.serveGRPC(t, &conf.Server{})

			g := send(t, "POST", url+"/v1/databases", validJSON, "Content-Type", jsonType)
			if g.status != tc.code || g.err.Code != tc.code || g.err.Reason != tc.reason || g.err.Message != tc.message {
				t.Errorf("over HTTP: %d %s", g.status, g.body)
			}
			if retry := g.header.Get("Retry-After"); (retry == "1") != (tc.code == 503) {
				t.Errorf("Retry-After %q with %d", retry, tc.code)
			}
			unary, stream := call(t, conn, valid)
			for kind, err := range map[string]error{"a call": unary, "a stream": stream} {
				e := kerrors.FromError(err)
				if int(e.Code) != tc.code || e.Reason != tc.reason || e.Message != tc.message {
					t.Errorf("over gRPC, %s: %v", kind, err)
				}
				if strings.Contains(strings.ToLower(err.Error()), "s3cret") {
					t.Errorf("over gRPC, %s, the secret leaks: %v", kind, err)
				}
			}
			if strings.Contains(strings.ToLower(g.body), "s3cret") {
				t.Errorf("over HTTP the secret leaks: %s", g.body)
			}
			b.log.lines(t, "request", 3)
			logged := 0
			if tc.caused {
				logged = 3 // once for each request
			}
			for _, line := range b.log.lines(t, "request failed", logged) {
				if line["error"] != tc.err.Error() {
					t.Errorf("logged %v", line)
				}
			}
		})
	}
}

func TestPanic(t *testing.T) {
	b := newBundle(nil)
	b.handle = func(context.Context, proto.Message) (proto.Message, error) { panic("at the disco") }
	url := b.serveHTTP(t, 2*time.Second)
	_, conn := b.serveGRPC(t, &conf.Server{})

	g := send(t, "POST", url+"/v1/databases", `{"driver":"sqlite","dsn":"s3cret","maxOpen":1}`, "Content-Type", jsonType)
	if g.status != 500 || g.err.Reason != "INTERNAL" || g.err.Message != "internal error" {
		t.Errorf("over HTTP: %d %s", g.status, g.body)
	}
	unary, stream := call(t, conn, &conf.Database{Driver: "sqlite", Dsn: "s3cret", MaxOpen: 1})
	for _, err := range []error{unary, stream} {
		if e := kerrors.FromError(err); e.Code != 500 || e.Reason != "INTERNAL" || e.Message != "internal error" {
			t.Errorf("over gRPC: %v", err)
		}
	}
	for _, line := range b.log.lines(t, "panic", 3) {
		stack, _ := line["stack"].(string)
		if line["panic"] != "at the disco" || !strings.Contains(stack, "errors_test.go") {
			t.Errorf("logged %v", line)
		}
	}
	for _, line := range b.log.lines(t, "request", 3) {
		if line["code"] != 500.0 || line["level"] != "ERROR" {
			t.Errorf("logged %v", line)
		}
	}
	b.log.lines(t, "request failed", 0)
	if strings.Contains(b.log.String(), "s3cret") {
		t.Errorf("the request is in the log: %s", b.log)
	}
}

func TestPanicOutsideTheHandler(t *testing.T) {
	t.Run("before an answer, the answer is 500", func(t *testing.T) {
		b := newBundle(nil)
		route := rawRoute
		route.Encode = nil
		url := b.serveHTTP(t, 2*time.Second, WithRawRoute(route))
		if g := send(t, "POST", url+"/v1/raw/http", "x"); g.status != 500 || g.err.Reason != "INTERNAL" {
			t.Errorf("got %d %s", g.status, g.body)
		}
		b.log.lines(t, "panic", 1)
		b.log.lines(t, "request", 1)
	})
	t.Run("in an error map over gRPC, the answer is INTERNAL", func(t *testing.T) {
		b := newBundle(func(error) *kerrors.Error { panic("broken table") })
		b.handle = func(context.Context, proto.Message) (proto.Message, error) { return nil, errTaken }
		_, conn := b.serveGRPC(t, &conf.Server{})
		unary, stream := call(t, conn, valid)
		for _, err := range []error{unary, stream} {
			if e := kerrors.FromError(err); e.Reason != "INTERNAL" {
				t.Errorf("got %v", err)
			}
		}
		b.log.lines(t, "panic", 2)
		b.log.lines(t, "request", 2)
	})
}

func TestValidate(t *testing.T) {
	t.Run("names every broken rule's field by its path in JSON", func(t *testing.T) {
		err := Validate(&conf.Server{Http: &conf.Listener{}, Grpc: &conf.Listener{Addr: "a"}, Ops: &conf.OpsListener{}})
		e := kerrors.FromError(err)
		if e.Code != 400 || e.Reason != "INVALID_ARGUMENT" || e.Message != "http.addr: must be at least 1 characters; ops.addr: must be at least 1 characters" {
			t.Errorf("got %v", err)
		}
		if err := Validate(&conf.Database{Driver: "sqlite", Dsn: "a"}); !strings.Contains(kerrors.FromError(err).Message, "maxOpen: ") {
			t.Errorf("got %v", err)
		}
	})
	t.Run("lets a valid message pass", func(t *testing.T) {
		if err := Validate(valid); err != nil {
			t.Error(err)
		}
	})
}
