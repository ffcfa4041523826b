package consul

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-kratos/kratos/v2/registry"
	"github.com/hashicorp/consul/api"

	"github.com/stockonce/stockonce/app/internal/platform/conf"
	"github.com/stockonce/stockonce/app/internal/platform/consul/consultest"
)

var quiet = slog.New(slog.DiscardHandler)

func connect(t *testing.T, address string) *Agent {
	t.Helper()
	a, err := Connect(&conf.Consul{Address: address})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// instance has its HTTP endpoint first, as Kratos builds it.
func instance(id string) *registry.ServiceInstance {
	return &registry.ServiceInstance{
		ID: id, Name: "shelf", Version: "1.2.3",
		Endpoints: []string{"http://10.1.2.3:8000", "grpc://10.1.2.3:9000"},
	}
}

// eventually waits until ok holds.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); !ok(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("not within 30 s: %s", what)
		}
	}
}

func TestConnect(t *testing.T) {
	t.Run("a token file that is missing is named", func(t *testing.T) {
		_, err := Connect(&conf.Consul{Address: "127.0.0.1:8500", TokenFile: filepath.Join(t.TempDir(), "none")})
		if err == nil || !strings.Contains(err.Error(), "consul.tokenFile") {
			t.Errorf("got %v", err)
		}
	})
	t.Run("an address with a scheme is refused", func(t *testing.T) {
		if _, err := Connect(&conf.Consul{Address: "http://127.0.0.1:8500"}); err == nil {
			t.Error("accepted")
		}
	})
	t.Run("the token is read", func(t *testing.T) {
		file := filepath.Join(t.TempDir(), "token")
		if err := os.WriteFile(file, []byte("s3cret\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := Connect(&conf.Consul{Address: "127.0.0.1:8500", TokenFile: file}); err != nil {
			t.Error(err)
		}
	})
}

func TestRealAgent(t *testing.T) {
	agent := consultest.New(t)
	a := connect(t, agent.Address)
	passing := func() []*api.ServiceEntry {
		found, _, err := a.quick.Health().Service("shelf", "", true, nil)
		if err != nil {
			return nil
		}
		return found
	}

	// Everything begins while Consul is down.
	r := a.Registrar(quiet)
	if err := r.Register(t.Context(), instance("shelf-1")); err != nil {
		t.Fatal(err)
	}
	d := WithFallback(a.Discovery(quiet), "shelf", "grpc://127.0.0.1:9001")
	w, err := d.Watch(t.Context(), "shelf")
	if err != nil {
		t.Fatal(err)
	}
	next := func() string {
		t.Helper()
		found, err := w.Next()
		if err != nil {
			t.Fatal(err)
		}
		var ids []string
		for _, i := range found {
			ids = append(ids, i.ID)
		}
		slices.Sort(ids)
		return strings.Join(ids, ",")
	}
	if got := next(); got != "shelf-static" {
		t.Fatalf("with Consul down, got %s", got)
	}

	agent.Start(t)
	eventually(t, "registered and healthy once Consul is up", func() bool { return len(passing()) == 1 })
	e := passing()[0]
	if e.Service.Address != "10.1.2.3" || e.Service.Port != 8000 {
		t.Errorf("registered %s:%d, want the HTTP endpoint", e.Service.Address, e.Service.Port)
	}
	for _, c := range e.Checks {
		if c.Definition.TCP != "" || c.Definition.HTTP != "" {
			t.Errorf("Consul connects to the service: %+v", c)
		}
	}
	if got := next(); got != "shelf-1" {
		t.Errorf("once Consul is up, got %s", got)
	}

	second := a.Registrar(quiet)
	if err := second.Register(t.Context(), instance("shelf-2")); err != nil {
		t.Fatal(err)
	}
	eventually(t, "a second instance is told", func() bool { return next() == "shelf-1,shelf-2" })
	if err := second.Deregister(t.Context(), instance("shelf-2")); err != nil {
		t.Error(err)
	}
	if got := next(); got != "shelf-1" {
		t.Errorf("after the second one left, got %s", got)
	}

	agent.Stop() // and with it everything it knew
	agent.Start(t)
	eventually(t, "registered again after Consul forgot", func() bool { return len(passing()) == 1 })

	if err := r.Deregister(t.Context(), instance("shelf-1")); err != nil {
		t.Error(err)
	}
	if got := passing(); len(got) != 0 {
		t.Errorf("still registered: %v", got)
	}
	if err := w.Stop(); err != nil {
		t.Error(err)
	}
	if _, err := w.Next(); !errors.Is(err, context.Canceled) {
		t.Errorf("after the watch ended, got %v", err)
	}
}

func TestKV(t *testing.T) {
	agent := consultest.Start(t)
	agent.Put(t, "stockonce/shelf/b.yaml", "b: 1")
	agent.Put(t, "stockonce/shelf/a.yaml", "a: 1")
	agent.Put(t, "stockonce/shelf2/a.yaml", "other: 1")
	src, err := connect(t, agent.Address).KV("stockonce/shelf/")
	if err != nil {
		t.Fatal(err)
	}
	load := func() string {
		t.Helper()
		docs, err := src.Load()
		if err != nil {
			t.Fatal(err)
		}
		var all []string
		for _, d := range docs {
			all = append(all, d.Key+"="+string(d.Value))
		}
		return strings.Join(all, " ")
	}
	w, err := src.Watch()
	if err != nil {
		t.Fatal(err)
	}
	change := func(key, value, want string) {
		t.Helper()
		if key != "" {
			agent.Put(t, key, value)
		}
		if _, err := w.Next(); err != nil {
			t.Fatal(err)
		}
		if got := load(); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
	change("", "", "a.yaml=a: 1 b.yaml=b: 1")
	change("stockonce/shelf/a.yaml", "a: 2", "a.yaml=a: 2 b.yaml=b: 1")
	change("stockonce/shelf/b.yaml", "", "a.yaml=a: 2") // Kratos' own watch would miss it
	change("stockonce/shelf/a.yaml", "", "")

	done := make(chan error)
	go func() {
		_, err := w.Next()
		done <- err
	}()
	if err := w.Stop(); err != nil {
		t.Error(err)
	}
	if err := <-done; err == nil {
		t.Error("Next outlived Stop")
	}
}

// fakeRegistrar fails as often as told and hangs when told.
type fakeRegistrar struct {
	mu       sync.Mutex
	failures int
	calls    int
	hang     chan struct{}
}

func (f *fakeRegistrar) Register(context.Context, *registry.ServiceInstance) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.calls++; f.calls <= f.failures {
		return errors.New("refused")
	}
	return nil
}

func (f *fakeRegistrar) Deregister(context.Context, *registry.ServiceInstance) error {
	if f.hang != nil {
		<-f.hang
	}
	return errors.New("refused")
}

func TestRegistrar(t *testing.T) {
	t.Run("tries until it is registered, ever more slowly", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			inner := &fakeRegistrar{failures: 10}
			r := newRegistrar(inner, quiet)
			if err := r.Register(t.Context(), instance("a")); err != nil {
				t.Fatal(err)
			}
			begin := time.Now()
			<-r.done
			if took := time.Since(begin); inner.calls != 11 || took < 30*time.Second || took > 5*time.Minute {
				t.Errorf("%d calls in %s", inner.calls, took)
			}
		})
	})
	t.Run("leaving never fails, and takes seconds at most", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			inner := &fakeRegistrar{hang: make(chan struct{})}
			r := newRegistrar(inner, quiet)
			if err := r.Deregister(t.Context(), instance("a")); err != nil {
				t.Errorf("without registration: %v", err)
			}
			if err := r.Register(t.Context(), instance("a")); err != nil {
				t.Fatal(err)
			}
			begin := time.Now()
			if err := r.Deregister(t.Context(), instance("a")); err != nil {
				t.Error(err)
			}
			if took := time.Since(begin); took > 10*time.Second {
				t.Errorf("took %s", took)
			}
			close(inner.hang)
		})
	})
	t.Run("leaving ends the tries", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			r := newRegistrar(&fakeRegistrar{failures: 1 << 30}, quiet)
			if err := r.Register(t.Context(), instance("a")); err != nil {
				t.Fatal(err)
			}
			synctest.Wait()
			if err := r.Deregister(t.Context(), instance("a")); err != nil {
				t.Error(err)
			}
		})
	})
}

func TestGetService(t *testing.T) {
	d := WithFallback(connect(t, "127.0.0.1:1").Discovery(quiet), "shelf", "grpc://127.0.0.1:9001")
	found, err := d.GetService(t.Context(), "shelf")
	if err != nil || len(found) != 1 || found[0].Endpoints[0] != "grpc://127.0.0.1:9001" {
		t.Errorf("got %v, %v", found, err)
	}
	if _, err := d.GetService(t.Context(), "other"); err == nil {
		t.Error("found a service that has no fallback")
	}
}
