package edge

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	kerrors "github.com/go-kratos/kratos/v2/errors"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/stockonce/stockonce/app/internal/platform/conf"
	"github.com/stockonce/stockonce/app/internal/platform/health"
)

// small lets one request in on each side, and nobody wait.
func small() *conf.Limits {
	return &conf.Limits{Open: 1, Requests: 1, PerCaller: 1, Wait: durationpb.New(0), AnswerWithin: durationpb.New(10 * time.Second)}
}

// occupied is a bundle whose handler holds requests that say so until release.
type occupied struct {
	*bundle

	held chan struct{}
	end  chan struct{}
	wg   sync.WaitGroup
}

func newOccupied(t *testing.T, cfg *conf.Limits) *occupied {
	t.Helper()
	o := &occupied{bundle: newBundle(nil), held: make(chan struct{}), end: make(chan struct{})}
	o.kit.Limit(cfg)
	o.handle = func(_ context.Context, req proto.Message) (proto.Message, error) {
		holds := false
		switch m := req.(type) {
		case *conf.Database:
			holds = m.GetDsn() == "hold"
		case *conf.Consul:
			holds = m.GetAddress() == "hold"
		}
		if holds {
			o.held <- struct{}{}
			<-o.end
		}
		return req, nil
	}
	return o
}

// hold sends a request that stays, and returns when it is at work.
func (o *occupied) hold(t *testing.T, url, body string) {
	t.Helper()
	o.wg.Go(func() { send(t, "POST", url, body, "Content-Type", "application/json") })
	<-o.held
}

func (o *occupied) release() {
	close(o.end)
	o.wg.Wait()
}

const holdJSON = `{"driver":"sqlite","dsn":"hold","maxOpen":1}`

func TestOpenRoutesAndOthersHaveLimitsOfTheirOwn(t *testing.T) {
	o := newOccupied(t, small())
	url := o.serveHTTP(t, 5*time.Second, WithRawRoute(rawRoute))
	o.hold(t, url+"/v1/databases", holdJSON)
	if g := send(t, "POST", url+"/v1/raw/http", "a"); g.status != http.StatusAccepted {
		t.Errorf("an open route is answered with %d while others are full", g.status)
	}
	o.hold(t, url+"/v1/raw/http", "hold")
	for _, path := range []string{"/v1/raw/http", "/v1/databases"} {
		g := send(t, "POST", url+path, validJSON, "Content-Type", "application/json")
		if g.status != http.StatusServiceUnavailable || g.err.Reason != "OVERLOADED" || g.header.Get("Retry-After") != "1" {
			t.Errorf("%s, full, is answered with %d %s, Retry-After %q", path, g.status, g.err.Reason, g.header.Get("Retry-After"))
		}
	}
	o.release()
	if g := send(t, "POST", url+"/v1/raw/http", "a"); g.status != http.StatusAccepted {
		t.Errorf("with room again the answer is %d", g.status)
	}
}

func TestWhatIsNotTakenOnIsRefusedHoweverSlowlyItsBodyComes(t *testing.T) {
	o := newOccupied(t, small())
	url := o.serveHTTP(t, 5*time.Second, WithRawRoute(rawRoute))
	o.hold(t, url+"/v1/raw/http", "hold")
	defer o.release()
	conn, err := net.Dial("tcp", strings.TrimPrefix(url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	// No byte of the body is ever sent.
	if _, err := fmt.Fprintf(conn, "POST /v1/raw/http HTTP/1.1\r\nHost: a\r\nContent-Length: 60000\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	_ = conn.SetReadDeadline(time.Now().Add(3 * time.Second))
	line, err := bufio.NewReader(conn).ReadString('\n')
	if err != nil || !strings.Contains(line, " 503 ") {
		t.Errorf("got %q, %v", line, err)
	}
}

func TestOneCallerCannotTakeAllPlaces(t *testing.T) {
	cfg := small()
	cfg.Requests = 10
	o := newOccupied(t, cfg)
	url := o.serveHTTP(t, 5*time.Second)
	o.hold(t, url+"/v1/databases", holdJSON)
	g := send(t, "POST", url+"/v1/databases", validJSON, "Content-Type", "application/json")
	if g.status != http.StatusServiceUnavailable || !strings.Contains(g.err.Message, "this caller") {
		t.Errorf("a caller's second request is answered with %d: %s", g.status, g.err.Message)
	}
	o.release()
}

func TestOverGRPCTheSameAndRetriesAreAskedToWait(t *testing.T) {
	o := newOccupied(t, small())
	_, conn := o.serveGRPC(t, &conf.Server{})
	o.wg.Go(func() {
		_ = conn.Invoke(t.Context(), saveOperation, &conf.Database{Driver: "sqlite", Dsn: "hold", MaxOpen: 1}, &conf.Database{})
	})
	<-o.held
	var trailer metadata.MD
	err := conn.Invoke(t.Context(), saveOperation, valid, &conf.Database{}, grpc.Trailer(&trailer))
	if e := kerrors.FromError(err); status.Code(err) != codes.Unavailable || e.Reason != "OVERLOADED" {
		t.Errorf("got %v", err)
	}
	if got := trailer.Get("grpc-retry-pushback-ms"); len(got) != 1 || got[0] != "1000" {
		t.Errorf("retries are told %v", got)
	}
	o.release()
}

func TestARequestThatTakesTooLongIsAnsweredAllTheSame(t *testing.T) {
	b := newBundle(nil)
	cfg := small()
	cfg.AnswerWithin = durationpb.New(50 * time.Millisecond)
	b.kit.Limit(cfg)
	b.handle = func(ctx context.Context, _ proto.Message) (proto.Message, error) {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	g := send(t, "POST", b.serveHTTP(t, 5*time.Second)+"/v1/databases", validJSON, "Content-Type", "application/json")
	if g.status != http.StatusServiceUnavailable || g.err.Reason != "UNAVAILABLE" || g.header.Get("Retry-After") == "" {
		t.Errorf("got %d %s", g.status, g.err.Reason)
	}
	t.Run("but a definite answer stays as it is", func(t *testing.T) {
		b := newBundle(func(error) *kerrors.Error { return kerrors.NotFound("NO_THING", "no such thing") })
		b.kit.Limit(cfg)
		b.handle = func(ctx context.Context, _ proto.Message) (proto.Message, error) {
			<-ctx.Done()
			return nil, errors.New("no such thing")
		}
		g := send(t, "POST", b.serveHTTP(t, 5*time.Second)+"/v1/databases", validJSON, "Content-Type", "application/json")
		if g.status != http.StatusNotFound {
			t.Errorf("got %d %s", g.status, g.err.Reason)
		}
	})
	t.Run("and what takes long by nature has its listener's time", func(t *testing.T) {
		b := newBundle(nil)
		b.kit.Limit(cfg)
		b.kit.Long(saveOperation)
		b.handle = func(ctx context.Context, req proto.Message) (proto.Message, error) {
			if deadline, ok := ctx.Deadline(); !ok || time.Until(deadline) < time.Second {
				t.Errorf("deadline in %s, %t", time.Until(deadline), ok)
			}
			return req, nil
		}
		_, conn := b.serveGRPC(t, &conf.Server{})
		if err := conn.Invoke(t.Context(), saveOperation, valid, &conf.Database{}); err != nil {
			t.Error(err)
		}
	})
}

func TestWhileTheDatabaseIsGoneNothingIsBegun(t *testing.T) {
	b := newBundle(nil)
	gone := errors.New("gone")
	b.kit.Health = health.NewState(health.Check{Name: "database", Needed: true, Run: func(context.Context) error { return gone }})
	cfg := small()
	cfg.AnswerWithin = durationpb.New(20 * time.Millisecond)
	b.kit.Limit(cfg)
	b.handle = func(context.Context, proto.Message) (proto.Message, error) { return valid, nil }
	url := b.serveHTTP(t, 5*time.Second)
	ask := func() int {
		return send(t, "POST", url+"/v1/databases", validJSON, "Content-Type", "application/json").status
	}
	if got := ask(); got != http.StatusOK {
		t.Errorf("before anything is known of the database the answer is %d", got)
	}
	b.kit.Health.Ready(t.Context())
	for ask() != http.StatusServiceUnavailable {
		time.Sleep(time.Millisecond) // until it has been gone for 20 ms
	}
	lines := strings.Count(b.log.String(), "not taken on")
	for range 50 {
		ask()
	}
	if more := strings.Count(b.log.String(), "not taken on") - lines; lines != 1 || more > 1 {
		t.Errorf("%d lines for one request, %d for 50 more", lines, more)
	}
	if n := strings.Count(b.log.String(), `"level":"ERROR"`); n > 0 {
		t.Errorf("%d errors in the log", n)
	}
}

func TestThereAreOnlySoManyConnections(t *testing.T) {
	b := newBundle(nil)
	b.connections = 2
	addr := strings.TrimPrefix(b.serveHTTP(t, 5*time.Second), "http://")
	dial := func() net.Conn {
		c, err := net.Dial("tcp", addr)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = c.Close() })
		return c
	}
	served := func(c net.Conn) bool {
		_ = c.SetDeadline(time.Now().Add(5 * time.Second))
		_, _ = io.WriteString(c, "GET / HTTP/1.1\r\nHost: a\r\n\r\n")
		_, err := bufio.NewReader(c).ReadString('\n')
		return err == nil
	}
	first, second := dial(), dial()
	if !served(first) || !served(second) {
		t.Fatal("two connections are not served")
	}
	if served(dial()) {
		t.Error("a third one is served")
	}
	_ = first.Close()
	for !served(dial()) {
		time.Sleep(time.Millisecond) // until the server has noticed
	}
}

func TestThereAreOnlySoManyGRPCConnections(t *testing.T) {
	b := newBundle(nil)
	b.connections = 1
	_, first := b.serveGRPC(t, &conf.Server{})
	call := func(conn *grpc.ClientConn) error {
		return conn.Invoke(t.Context(), saveOperation, valid, &conf.Database{})
	}
	if err := call(first); err != nil {
		t.Fatal(err)
	}
	another := func() *grpc.ClientConn {
		conn, err := grpc.NewClient(first.Target(), grpc.WithTransportCredentials(insecure.NewCredentials()))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = conn.Close() })
		return conn
	}
	if err := call(another()); status.Code(err) != codes.Unavailable {
		t.Errorf("a second connection: %v", err)
	}
	_ = first.Close()
	for call(another()) != nil {
		time.Sleep(time.Millisecond) // until the server has noticed
	}
}
