package boot

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/fstest"
	"time"

	"github.com/go-kratos/kratos/v2/transport"
	khttp "github.com/go-kratos/kratos/v2/transport/http"

	"github.com/stockonce/stockonce/app/internal/platform/access/accesstest"
	"github.com/stockonce/stockonce/app/internal/platform/conf"
	"github.com/stockonce/stockonce/app/internal/platform/config/configtest"
	"github.com/stockonce/stockonce/app/internal/platform/edge"
)

const defaults = `
server:
  http: {addr: 127.0.0.1:0, timeout: 10s}
  grpc: {addr: 127.0.0.1:0, timeout: 10s}
  ops: {addr: 127.0.0.1:0}
  drainDelay: 0s
  stopTimeout: 10s
log: {level: info}
database: {driver: sqlite, dsn: shelf.db, maxOpen: 2, migrateAtStart: true}
consul: {}
telemetry: {}
own: {}
`

// bundle is a service with one slow method and one worker, and what they saw.
type bundle struct {
	spec    Spec[configtest.Bootstrap]
	environ []string
	entered chan struct{} // the method is being called
	release chan struct{} // and may return

	mu     sync.Mutex
	events []string
}

func newBundle(t *testing.T) *bundle {
	t.Helper()
	b := &bundle{entered: make(chan struct{}, 10), release: make(chan struct{})}
	b.set("STOCKONCE_DATABASE_DSN=" + filepath.Join(t.TempDir(), "shelf.db"))
	b.spec = Spec[configtest.Bootstrap]{
		Name: "shelf", Version: "1.2.3", Defaults: []byte(defaults), New: configtest.New,
		Migrations: fstest.MapFS{"sqlite/00001_books.sql": {Data: []byte("-- +goose Up\nCREATE TABLE books (id INTEGER);\n")}},
		Build: func(rt *Runtime[configtest.Bootstrap]) (App, func(), error) {
			cfg, kit := rt.Config.Current().GetServer(), edge.NewKit(rt.Logger, rt.Health, nil, accesstest.Operator("tester"))
			web, err := edge.NewHTTPServer(cfg.GetHttp(), kit)
			if err != nil {
				return App{}, nil, err
			}
			rpc, err := edge.NewGRPCServer(cfg, kit)
			if err != nil {
				return App{}, nil, err
			}
			app := App{HTTP: web, GRPC: rpc}
			app.Workers = []transport.Server{&tellingWorker{bundle: b, stop: make(chan struct{})}}
			app.HTTP.Route("/").POST("/v1/slow", func(ctx khttp.Context) error {
				out, err := ctx.Middleware(func(context.Context, any) (any, error) {
					b.entered <- struct{}{}
					<-b.release
					b.tell("request done")
					return &conf.OpsListener{Addr: "answer"}, nil
				})(ctx, nil)
				if err != nil {
					return err
				}
				return ctx.Result(200, out)
			})
			return app, func() {
				if err := rt.DB.Ping(context.Background()); err != nil {
					t.Errorf("the database closed too early: %v", err)
				}
				b.tell("build undone")
			}, nil
		},
	}
	return b
}

// tellingWorker tells when it is stopped, and takes its time.
type tellingWorker struct {
	*bundle
	stop chan struct{}
}

func (w *tellingWorker) Start(context.Context) error {
	<-w.stop
	return nil
}

func (w *tellingWorker) Stop(context.Context) error {
	w.tell("worker stopped")
	close(w.stop)
	return nil
}

func (b *bundle) set(environ ...string) { b.environ = append(b.environ, environ...) }

func (b *bundle) tell(event string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.events = append(b.events, event)
}

func (b *bundle) told() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return strings.Join(b.events, ", ")
}

// command runs a command to its end.
func (b *bundle) command(args ...string) (code int, stdout, stderr string) {
	var out, err logBuffer
	code = run(b.spec, process{args: args, environ: b.environ, stdout: &out, stderr: &err, exit: func(int) {}})
	return code, out.String(), err.String()
}

// serving is a service that runs.
type serving struct {
	log             *logBuffer
	http, grpc, ops string
	exited          chan int // by the end of serve
	killed          chan int // by the second signal
}

// serve starts the service and waits until it says that it has started.
func (b *bundle) serve(t *testing.T) *serving {
	t.Helper()
	s := &serving{log: &logBuffer{}, exited: make(chan int, 1), killed: make(chan int, 1)}
	go func() {
		s.exited <- run(b.spec, process{environ: b.environ, stdout: io.Discard, stderr: s.log, exit: func(code int) { s.killed <- code }})
	}()
	t.Cleanup(func() {
		http.DefaultClient.CloseIdleConnections()
		select {
		case code := <-s.exited:
			s.exited <- code
		default:
			s.signal(t)
			s.wait(t)
		}
	})
	var line map[string]any
	eventually(t, "started", func() bool {
		select {
		case code := <-s.exited:
			t.Fatalf("ended with %d:\n%s", code, s.log)
		default:
		}
		line = s.line("started")
		return line != nil
	})
	s.http, s.grpc, s.ops = fmt.Sprint(line["http"]), fmt.Sprint(line["grpc"]), fmt.Sprint(line["ops"])
	return s
}

// line returns the first line of the log with the message.
func (s *serving) line(msg string) map[string]any {
	for text := range strings.Lines(s.log.String()) {
		var line map[string]any
		if json.Unmarshal([]byte(text), &line) == nil && line["msg"] == msg {
			return line
		}
	}
	return nil
}

func (s *serving) signal(t *testing.T) {
	t.Helper()
	if err := syscall.Kill(syscall.Getpid(), syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
}

func (s *serving) wait(t *testing.T) int {
	t.Helper()
	select {
	case code := <-s.exited:
		s.exited <- code
		return code
	case <-time.After(30 * time.Second):
		t.Fatalf("still running:\n%s", s.log)
		return 0
	}
}

// get asks an address and returns status and body; 0 without an answer.
func get(url string) (int, string) {
	res, err := http.Get("http://" + url)
	if err != nil {
		return 0, err.Error()
	}
	defer res.Body.Close()
	body, _ := io.ReadAll(res.Body)
	return res.StatusCode, string(body)
}

func freeAddr(t *testing.T) string {
	t.Helper()
	lis, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer lis.Close()
	return lis.Addr().String()
}

// eventually waits until ok holds.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); !ok(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("not within 30 s: %s", what)
		}
	}
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
