package boot

import (
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/hashicorp/consul/api"

	"github.com/stockonce/stockonce/app/internal/platform/config/configtest"
	"github.com/stockonce/stockonce/app/internal/platform/consul/consultest"
)

func TestOps(t *testing.T) {
	b := newBundle(t)
	b.set("STOCKONCE_SERVER_OPS_ADDR=" + freeAddr(t))
	s := b.serve(t)
	for path, want := range map[string]string{
		"/livez":               `{"live":true}`,
		"/healthz":             `{"live":true}`,
		"/readyz":              `{"draining":false,"failed":[],"ready":true}`,
		"/version":             `"version":"1.2.3"`,
		"/metrics":             "\ngo_goroutines ",
		"/debug/pprof/cmdline": "",
	} {
		code, body := get(s.ops + path)
		if code != 200 || !strings.Contains(body, want) {
			t.Errorf("%s: %d %s", path, code, body)
		}
		if code, _ := get(s.http + path); code != 404 {
			t.Errorf("%s is on the public port: %d", path, code)
		}
	}
	if code, _ := get(s.ops + "/v1/slow"); code != 404 {
		t.Errorf("the API is on the ops port: %d", code)
	}
	if code, stdout, stderr := b.command("healthcheck"); code != 0 || !strings.Contains(stdout, `"ready":true`) {
		t.Errorf("healthcheck: code %d, stdout %q, stderr %q", code, stdout, stderr)
	}
}

func TestDrain(t *testing.T) {
	b := newBundle(t)
	b.set("STOCKONCE_SERVER_DRAIN_DELAY=1s", "STOCKONCE_SERVER_OPS_ADDR="+freeAddr(t))
	s := b.serve(t)
	answer := make(chan int, 1)
	go func() {
		res, err := http.Post("http://"+s.http+"/v1/slow", "application/json", strings.NewReader(""))
		if err != nil {
			t.Error(err)
			answer <- 0
			return
		}
		res.Body.Close()
		answer <- res.StatusCode
	}()
	<-b.entered
	s.signal(t)

	eventually(t, "not ready", func() bool { code, _ := get(s.ops + "/readyz"); return code == 503 })
	if code, _ := get(s.http + "/nothing"); code != 404 {
		t.Errorf("no longer serving during the drain delay: %d", code)
	}
	if code, _, stderr := b.command("healthcheck"); code != 1 || !strings.Contains(stderr, `"draining":true`) {
		t.Errorf("healthcheck while draining: code %d, stderr %q", code, stderr)
	}
	eventually(t, "takes no more requests", func() bool {
		conn, err := net.Dial("tcp", s.http)
		if err == nil {
			conn.Close()
		}
		return err != nil
	})
	if got := b.told(); got != "" {
		t.Errorf("while a request is in flight: %s", got)
	}
	if code, _ := get(s.ops + "/livez"); code != 200 {
		t.Errorf("ops stopped before the rest: %d", code)
	}
	close(b.release)
	if code := <-answer; code != 200 {
		t.Errorf("the request in flight got %d", code)
	}
	if code := s.wait(t); code != 0 {
		t.Errorf("ended with %d", code)
	}
	if got := b.told(); got != "request done, worker stopped, build undone" {
		t.Errorf("the order of the end: %s", got)
	}
	if s.line("stopped") == nil {
		t.Errorf("the log does not tell the end: %s", s.log)
	}
}

func TestSecondSignalEndsAtOnce(t *testing.T) {
	b := newBundle(t)
	b.set("STOCKONCE_SERVER_DRAIN_DELAY=3s")
	s := b.serve(t)
	s.signal(t)
	eventually(t, "draining", func() bool { return s.line("draining") != nil })
	s.signal(t)
	select {
	case code := <-s.killed:
		if code != 1 {
			t.Errorf("ended with %d", code)
		}
	case <-time.After(10 * time.Second):
		t.Error("the second signal did nothing")
	}
	s.wait(t) // our exit returns, so the service ends as if nobody had insisted
}

func TestStart(t *testing.T) {
	t.Run("pending migrations are refused with the command that applies them", func(t *testing.T) {
		b := newBundle(t)
		b.set("STOCKONCE_DATABASE_MIGRATE_AT_START=false")
		code, _, stderr := b.command("serve")
		if code != 1 || !strings.Contains(stderr, "run `shelf migrate` first") {
			t.Errorf("code %d, stderr %q", code, stderr)
		}
		if code, _, stderr := b.command("migrate"); code != 0 {
			t.Fatal(stderr)
		}
		s := b.serve(t)
		if code, body := get(s.ops + "/readyz"); code != 200 {
			t.Errorf("after the migration: %d %s", code, body)
		}
	})
	t.Run("a migration that fails is a failure", func(t *testing.T) {
		b := newBundle(t)
		b.spec.Migrations = fstest.MapFS{"sqlite/00001_broken.sql": {Data: []byte("-- +goose Up\nCREATE TABEL books;\n")}}
		if code, _, stderr := b.command("serve"); code != 1 || !strings.Contains(stderr, "migrat") || b.told() != "" {
			t.Errorf("code %d, stderr %q, %s", code, stderr, b.told())
		}
	})
	t.Run("a taken port is told and everything is undone", func(t *testing.T) {
		lis, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer lis.Close()
		for _, setting := range []string{"STOCKONCE_SERVER_OPS_ADDR", "STOCKONCE_SERVER_HTTP_ADDR", "STOCKONCE_SERVER_GRPC_ADDR"} {
			b := newBundle(t)
			b.set(setting + "=" + lis.Addr().String())
			code, _, stderr := b.command("serve")
			if code != 1 || !strings.Contains(stderr, "address already in use") || b.told() != "build undone" {
				t.Errorf("%s: code %d, stderr %q, %s", setting, code, stderr, b.told())
			}
		}
	})
	t.Run("a service that cannot be built is told", func(t *testing.T) {
		b := newBundle(t)
		b.spec.Build = func(*Runtime[configtest.Bootstrap]) (App, func(), error) {
			return App{}, nil, errors.New("no keys")
		}
		if code, _, stderr := b.command(); code != 1 || !strings.Contains(stderr, "build: no keys") {
			t.Errorf("code %d, stderr %q", code, stderr)
		}
	})
}

func TestDatabaseDownAtStart(t *testing.T) {
	b := newBundle(t)
	folder := filepath.Join(t.TempDir(), "later")
	b.set("STOCKONCE_DATABASE_DSN=" + filepath.Join(folder, "shelf.db"))
	s := b.serve(t)
	if code, _ := get(s.ops + "/livez"); code != 200 {
		t.Errorf("/livez: %d", code)
	}
	if code, body := get(s.ops + "/readyz"); code != 503 || body != `{"draining":false,"failed":["database","schema"],"ready":false}`+"\n" {
		t.Errorf("/readyz: %d %s", code, body)
	}
	if line := s.line("not ready"); line == nil || line["error"] == nil {
		t.Errorf("the log does not tell why: %s", s.log)
	}
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	eventually(t, "ready when the database is there", func() bool { code, _ := get(s.ops + "/readyz"); return code == 200 })
}

func TestConsul(t *testing.T) {
	agent := consultest.Start(t)
	client, err := api.NewClient(&api.Config{Address: agent.Address})
	if err != nil {
		t.Fatal(err)
	}
	registered := func() []*api.ServiceEntry {
		found, _, err := client.Health().Service("shelf", "", true, nil)
		if err != nil {
			t.Fatal(err)
		}
		return found
	}
	agent.Put(t, "stockonce/shelf/app.yaml", "server: {drainDelay: 1s}")
	b := newBundle(t)
	b.set("STOCKONCE_CONSUL_ADDRESS="+agent.Address, "STOCKONCE_SERVER_OPS_ADDR="+freeAddr(t))
	s := b.serve(t)

	eventually(t, "registered and healthy", func() bool { return len(registered()) == 1 })
	service := registered()[0].Service
	if got := net.JoinHostPort(service.Address, json.Number(portOf(service)).String()); got != s.http {
		t.Errorf("registered %s, want the HTTP endpoint %s", got, s.http)
	}
	if service.TaggedAddresses["grpc"].Address != "grpc://"+s.grpc {
		t.Errorf("the gRPC endpoint is not registered: %v", service.TaggedAddresses)
	}

	requests := func() int { _, _ = get(s.http + "/nothing"); return strings.Count(s.log.String(), `"msg":"request"`) }
	agent.Put(t, "stockonce/shelf/log.yaml", "log: {level: loud}")
	eventually(t, "a bad level is refused by name", func() bool { return strings.Contains(s.log.String(), "consul key log.yaml") })
	agent.Put(t, "stockonce/shelf/log.yaml", "log: {level: error}")
	eventually(t, "level error silences requests", func() bool { before := requests(); return requests() == before })
	agent.Put(t, "stockonce/shelf/log.yaml", "")
	eventually(t, "without the key they are logged again", func() bool { before := requests(); return before < requests() })

	s.signal(t)
	eventually(t, "deregistered", func() bool { return len(registered()) == 0 })
	if code, _ := get(s.http + "/nothing"); code != 404 {
		t.Errorf("stopped before others could notice: %d", code)
	}
	if code := s.wait(t); code != 0 {
		t.Errorf("ended with %d", code)
	}
}

func portOf(s *api.AgentService) string {
	b, _ := json.Marshal(s.Port)
	return string(b)
}
