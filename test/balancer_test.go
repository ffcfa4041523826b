package test

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stockonce/stockonce/test/harness"
)

// balancer spreads requests over the replicas that are ready, as a gateway does that
// learns of them from a registry: a little later than they know themselves.
type balancer struct {
	// Addr is where clients connect, as host:port.
	Addr string

	replicas []*harness.Service
	ready    []atomic.Bool
	next     atomic.Uint64
	proxies  []*httputil.ReverseProxy

	mu     sync.Mutex
	broken []string // requests that met a replica which was not there
}

// lag is how often the balancer asks; a replica drains for longer.
const (
	lag   = 100 * time.Millisecond
	drain = "0.6s"
)

func newBalancer(t *testing.T, replicas ...*harness.Service) *balancer {
	t.Helper()
	b := &balancer{replicas: replicas, ready: make([]atomic.Bool, len(replicas))}
	for _, r := range replicas {
		p := httputil.NewSingleHostReverseProxy(&url.URL{Scheme: "http", Host: r.HTTP})
		p.Transport = &http.Transport{MaxIdleConnsPerHost: 64}
		p.ErrorLog = slog.NewLogLogger(slog.NewTextHandler(t.Output(), nil), slog.LevelWarn)
		p.ErrorHandler = func(w http.ResponseWriter, req *http.Request, err error) {
			if req.Context().Err() == nil {
				b.mu.Lock()
				defer b.mu.Unlock()
				b.broken = append(b.broken, req.Method+" "+req.URL.Path+": "+err.Error())
			}
			w.WriteHeader(http.StatusBadGateway)
		}
		b.proxies = append(b.proxies, p)
	}
	server := httptest.NewServer(b)
	b.Addr = strings.TrimPrefix(server.URL, "http://")
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	for i, r := range replicas {
		wg.Go(func() {
			tick := time.NewTicker(lag)
			defer tick.Stop()
			for ctx.Err() == nil {
				b.ready[i].Store(harness.Answers(r.ReadyURL(), http.StatusOK)(ctx) == nil)
				<-tick.C
			}
		})
	}
	t.Cleanup(func() {
		cancel()
		wg.Wait()
		server.Close()
	})
	return b
}

func (b *balancer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	first := b.next.Add(1)
	for i := range uint64(len(b.replicas)) {
		n := (first + i) % uint64(len(b.replicas))
		if b.ready[n].Load() {
			b.proxies[n].ServeHTTP(w, r)
			return
		}
	}
	w.Header().Set("Retry-After", "1")
	w.WriteHeader(http.StatusServiceUnavailable)
}

// sees is nil once the balancer knows the replica to be ready.
func (b *balancer) sees(n int) bool { return b.ready[n].Load() }
