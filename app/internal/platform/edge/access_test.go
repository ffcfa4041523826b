package edge

import (
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	kerrors "github.com/go-kratos/kratos/v2/errors"
	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"
	"google.golang.org/protobuf/proto"

	"github.com/stockonce/stockonce/app/internal/platform/access"
	"github.com/stockonce/stockonce/app/internal/platform/access/accesstest"
	"github.com/stockonce/stockonce/app/internal/platform/conf"
)

// door is a guard with a key word.
type door struct{ asked []string }

func (d *door) Admit(ctx context.Context, operation string, shown access.Credentials) (context.Context, error) {
	d.asked = append(d.asked, operation)
	switch word := strings.Join(shown.Authorization, ","); word {
	case "open":
		return accesstest.Operator("ann").Admit(ctx, operation, shown)
	case "":
		return ctx, &access.RefusalError{Reason: access.Anonymous}
	case "later":
		return ctx, &access.RefusalError{Reason: access.Undecided}
	case "bob":
		return ctx, &access.RefusalError{Reason: access.Denied, Subject: "bob"}
	case "broken":
		return ctx, errors.New("s3cret")
	default:
		return ctx, &access.RefusalError{Reason: access.Unbelieved}
	}
}

func TestNobodyGetsPastTheGuardOverHTTP(t *testing.T) {
	b := newBundle(nil)
	b.kit.Access = &door{}
	called := 0
	b.handle = func(ctx context.Context, req proto.Message) (proto.Message, error) {
		called++
		if c, ok := access.From(ctx); !ok || c.Subject != "ann" {
			t.Errorf("the handler sees %+v", c)
		}
		return req, nil
	}
	url := b.serveHTTP(t, 2*time.Second)
	for _, tc := range []struct {
		name, method, path, body, word string
		status                         int
		reason, challenge              string
	}{
		{"without anything", "POST", "/v1/databases", validJSON, "", 401, "UNAUTHENTICATED", "Bearer"},
		{"with nonsense", "GET", "/v1/databases?driver=sqlite", "", "s3cret", 401, "UNAUTHENTICATED", `Bearer error="invalid_token", error_description=""`},
		{"known and denied", "POST", "/v1/databases", validJSON, "bob", 403, "PERMISSION_DENIED", `Bearer error="insufficient_scope"`},
		{"while nobody can tell", "POST", "/v1/databases", validJSON, "later", 503, "UNAVAILABLE", ""},
		{"when the guard fails", "POST", "/v1/databases", validJSON, "broken", 500, "INTERNAL", ""},
		{"a body that breaks rules is not looked at", "POST", "/v1/databases", "{", "", 401, "UNAUTHENTICATED", "Bearer"},
		{"nor is a query", "GET", "/v1/databases?nothing=1", "", "", 401, "UNAUTHENTICATED", "Bearer"},
		{"nor a raw body", "POST", "/v1/raw/x", "x", "", 401, "UNAUTHENTICATED", "Bearer"},
		{"a path without a route is unknown to everybody", "GET", "/v2", "", "", 404, "NOT_FOUND", ""},
		{"and so is a method", "PUT", "/v1/databases", "", "", 405, "METHOD_NOT_ALLOWED", ""},
		{"the others may", "POST", "/v1/databases", validJSON, "open", 200, "", ""},
		{"as far as the rules", "POST", "/v1/databases", "{", "open", 400, "INVALID_ARGUMENT", ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			header := []string{"Content-Type", jsonType}
			if tc.word != "" {
				header = append(header, "Authorization", tc.word)
			}
			got := send(t, tc.method, url+tc.path, tc.body, header...)
			if got.status != tc.status || got.err.Reason != tc.reason || got.header.Get("WWW-Authenticate") != tc.challenge {
				t.Errorf("%d %q %v", got.status, got.body, got.header)
			}
		})
	}
	if called != 1 {
		t.Errorf("the handler was called %d times", called)
	}
	subjects := map[any]int{}
	for _, line := range b.log.lines(t, "request", 12) {
		subjects[line["subject"]]++
	}
	if subjects["ann"] != 2 || subjects["bob"] != 1 || subjects[""] != 9 || strings.Contains(b.log.String(), `"open"`) {
		t.Errorf("logged %v\n%s", subjects, b.log)
	}
}

func TestARefusedCallerIsAnsweredBeforeItsBodyHasCome(t *testing.T) {
	b := newBundle(nil)
	b.kit.Access = &door{}
	url := b.serveHTTP(t, 10*time.Second)
	conn, err := net.Dial("tcp", strings.TrimPrefix(url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := io.WriteString(conn, "POST /v1/databases HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{"); err != nil {
		t.Fatal(err)
	}
	start := time.Now()
	if err := conn.SetReadDeadline(start.Add(9 * time.Second)); err != nil {
		t.Fatal(err)
	}
	answer := make([]byte, len("HTTP/1.1 401"))
	if _, err := io.ReadFull(conn, answer); err != nil || string(answer) != "HTTP/1.1 401" {
		t.Errorf("%q, %v", answer, err)
	}
	if took := time.Since(start); took > 5*time.Second {
		t.Errorf("answered after %s", took)
	}
}

func TestNobodyGetsPastTheGuardOverGRPC(t *testing.T) {
	b := newBundle(nil)
	d := &door{}
	b.kit.Access = d
	called := 0
	b.handle = func(ctx context.Context, req proto.Message) (proto.Message, error) {
		called++
		if c, ok := access.From(ctx); !ok || c.Subject != "ann" {
			t.Errorf("the handler sees %+v", c)
		}
		return req, nil
	}
	_, conn := b.serveGRPC(t, &conf.Server{})
	for word, want := range map[string]int{"": 401, "s3cret": 401, "bob": 403, "later": 503, "broken": 500, "open": 200} {
		ctx := t.Context()
		if word != "" {
			ctx = metadata.AppendToOutgoingContext(ctx, "authorization", word)
		}
		in := proto.Message(&conf.Database{}) // breaks rules, which only who may call learns
		if word == "open" {
			in = valid
		}
		unary := conn.Invoke(ctx, saveOperation, in, &conf.Database{})
		s, err := conn.NewStream(ctx, &grpc.StreamDesc{ServerStreams: true}, listOperation)
		if err == nil {
			err = errors.Join(s.SendMsg(in), s.CloseSend())
		}
		if err == nil {
			err = s.RecvMsg(&conf.Database{})
		}
		for how, err := range map[string]error{"unary": unary, "stream": err} {
			if got := kerrors.Code(err); got != want {
				t.Errorf("%q, %s: %d, want %d: %v", word, how, got, want, err)
			}
		}
	}
	if called != 2 {
		t.Errorf("the handler was called %d times", called)
	}
	if d.asked[0] != saveOperation || d.asked[1] != listOperation {
		t.Errorf("asked about %v", d.asked)
	}
}
