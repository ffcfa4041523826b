package edge

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	kgrpc "github.com/go-kratos/kratos/v2/transport/grpc"
	khttp "github.com/go-kratos/kratos/v2/transport/http"
	"go.uber.org/goleak"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	"github.com/stockonce/stockonce/app/internal/platform/access/accesstest"
	"github.com/stockonce/stockonce/app/internal/platform/conf"
	"github.com/stockonce/stockonce/app/internal/platform/health"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// bundle is a kit, its log, and a service without a .proto of its own: it borrows
// the configuration's messages, which have rules, and does what handle says.
type bundle struct {
	kit    *Kit
	log    *logBuffer
	handle func(ctx context.Context, req proto.Message) (proto.Message, error)
	// connections is the listener's; 0 means any number.
	connections int32
}

const (
	saveOperation = "/test.v1.Things/Save"
	listOperation = "/test.v1.Things/List"
)

func newBundle(m ErrorMap) *bundle {
	b := &bundle{log: &logBuffer{}}
	b.kit = NewKit(slog.New(slog.NewJSONHandler(b.log, nil)), health.NewState(), m, accesstest.Operator("tester"))
	b.handle = func(_ context.Context, req proto.Message) (proto.Message, error) { return req, nil }
	return b
}

// serveHTTP starts the HTTP server with routes as protoc-gen-go-http writes them.
func (b *bundle) serveHTTP(t *testing.T, timeout time.Duration, opts ...HTTPOption) (url string) {
	t.Helper()
	srv, err := NewHTTPServer(&conf.Listener{Addr: "127.0.0.1:0", Timeout: durationpb.New(timeout), Connections: b.connections}, b.kit, opts...)
	if err != nil {
		t.Fatal(err)
	}
	r := srv.Route("/")
	bound := func(in func() proto.Message) khttp.HandlerFunc {
		return func(ctx khttp.Context) error {
			in := in()
			if ctx.Request().Method == http.MethodPost {
				if err := ctx.Bind(in); err != nil {
					return err
				}
			}
			if err := ctx.BindQuery(in); err != nil {
				return err
			}
			if err := ctx.BindVars(in); err != nil {
				return err
			}
			khttp.SetOperation(ctx, saveOperation)
			out, err := ctx.Middleware(func(ctx context.Context, req any) (any, error) {
				return b.handle(ctx, req.(proto.Message))
			})(ctx, in)
			if err != nil {
				return err
			}
			return ctx.Result(200, out)
		}
	}
	database := func() proto.Message { return &conf.Database{} }
	r.POST("/v1/databases", bound(database))
	r.POST("/v1/databases/{driver}", bound(database))
	r.GET("/v1/databases", bound(database))
	r.GET("/v1/databases/{driver}", bound(database))
	r.GET("/v1/masks", bound(func() proto.Message { return &fieldmaskpb.FieldMask{} }))
	r.GET("/v1/servers", bound(func() proto.Message { return &conf.Server{} }))
	r.GET("/v1/broken/{nofield}", bound(database))
	r.POST("/v1/raw/{scheme}", bound(func() proto.Message { return &conf.Consul{} }))
	endpoint, err := srv.Endpoint()
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error)
	go func() { done <- srv.Start(context.Background()) }()
	t.Cleanup(func() {
		http.DefaultClient.CloseIdleConnections()
		if err := srv.Stop(context.Background()); err != nil {
			t.Error(err)
		}
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return endpoint.String()
}

// serveGRPC starts the gRPC server with a unary and a streaming method.
func (b *bundle) serveGRPC(t *testing.T, cfg *conf.Server) (*kgrpc.Server, *grpc.ClientConn) {
	t.Helper()
	cfg.Grpc = &conf.Listener{Addr: "127.0.0.1:0", Timeout: durationpb.New(2 * time.Second), Connections: b.connections}
	srv, err := NewGRPCServer(cfg, b.kit)
	if err != nil {
		t.Fatal(err)
	}
	srv.RegisterService(&grpc.ServiceDesc{
		ServiceName: "test.v1.Things",
		HandlerType: (*any)(nil),
		Methods: []grpc.MethodDesc{{MethodName: "Save", Handler: func(_ any, ctx context.Context, dec func(any) error, around grpc.UnaryServerInterceptor) (any, error) {
			in := &conf.Database{}
			if err := dec(in); err != nil {
				return nil, err
			}
			return around(ctx, in, &grpc.UnaryServerInfo{FullMethod: saveOperation}, func(ctx context.Context, req any) (any, error) {
				return b.handle(ctx, req.(proto.Message))
			})
		}}},
		Streams: []grpc.StreamDesc{{StreamName: "List", ServerStreams: true, Handler: func(_ any, ss grpc.ServerStream) error {
			in := &conf.Database{}
			if err := ss.RecvMsg(in); err != nil {
				return err
			}
			out, err := b.handle(ss.Context(), in)
			if err != nil {
				return err
			}
			return ss.SendMsg(out)
		}}},
	}, b)
	endpoint, err := srv.Endpoint()
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error)
	go func() { done <- srv.Start(context.Background()) }()
	conn, err := grpc.NewClient(endpoint.Host, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = conn.Close()
		if err := srv.Stop(context.Background()); err != nil {
			t.Error(err)
		}
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return srv, conn
}

// call makes the unary and then the streaming call.
func call(t *testing.T, conn *grpc.ClientConn, in proto.Message) (unary, stream error) {
	t.Helper()
	unary = conn.Invoke(t.Context(), saveOperation, in, &conf.Database{})
	s, err := conn.NewStream(t.Context(), &grpc.StreamDesc{ServerStreams: true}, listOperation)
	if err == nil {
		err = s.SendMsg(in)
	}
	if err == nil {
		err = s.CloseSend()
	}
	if err == nil {
		err = s.RecvMsg(&conf.Database{})
	}
	return unary, err
}

var valid = &conf.Database{Driver: "sqlite", Dsn: "a.db", MaxOpen: 1}

const validJSON = `{"driver":"sqlite","dsn":"a.db","maxOpen":1}`

// got is an HTTP answer.
type got struct {
	status int
	header http.Header
	body   string
	err    struct {
		Code            int
		Reason, Message string
	}
}

func send(t *testing.T, method, url, body string, header ...string) got {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		req.Header.Add(header[i], header[i+1])
	}
	return do(t, req)
}

func do(t *testing.T, req *http.Request) got {
	t.Helper()
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	data, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	g := got{status: res.StatusCode, header: res.Header, body: string(data)}
	if g.status >= 400 && strings.HasPrefix(res.Header.Get("Content-Type"), "application/json") {
		if err := json.Unmarshal(data, &g.err); err != nil {
			t.Fatalf("%q: %v", data, err)
		}
	}
	return g
}

// logBuffer is a log that can be read while it is written.
type logBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *logBuffer) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(b)
}

func (l *logBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}

// lines waits until the log has a line with the message for every request so far
// and returns those lines: a client may read an answer before it is logged.
func (l *logBuffer) lines(t *testing.T, msg string, count int) []map[string]any {
	t.Helper()
	for deadline := time.Now().Add(5 * time.Second); ; time.Sleep(time.Millisecond) {
		var found []map[string]any
		for line := range strings.Lines(l.String()) {
			var m map[string]any
			if err := json.Unmarshal([]byte(line), &m); err != nil {
				t.Fatalf("%q: %v", line, err)
			}
			if m["msg"] == msg {
				found = append(found, m)
			}
		}
		if len(found) >= count || time.Now().After(deadline) {
			if len(found) != count {
				t.Fatalf("%d lines %q, want %d:\n%s", len(found), msg, count, l)
			}
			return found
		}
	}
}
