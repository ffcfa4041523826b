package consul

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/go-kratos/kratos/v2/registry"

	"github.com/stockonce/stockonce/app/internal/platform/pause"
)

// patience is how long a first answer is waited for before the static endpoint is
// given instead.
const patience = 500 * time.Millisecond

// Discovery finds services in Consul. Its Watch never fails: it begins again for
// ever, and who watches keeps the instances last known.
type Discovery struct {
	// open makes a fresh registry for every try: Kratos' remembers a failed first
	// watch of a name and never asks again.
	open   func() registry.Discovery
	logger *slog.Logger
}

// Discovery makes a discovery of this agent's services.
func (a *Agent) Discovery(logger *slog.Logger) *Discovery {
	return &Discovery{open: func() registry.Discovery { return newRegistry(a.patient) }, logger: logger}
}

// GetService returns the healthy instances of a service now.
func (d *Discovery) GetService(ctx context.Context, name string) ([]*registry.ServiceInstance, error) {
	return d.open().GetService(ctx, name)
}

// Watch tells the instances of a service whenever they change. The first answer
// comes when Consul knows one.
func (d *Discovery) Watch(ctx context.Context, name string) (registry.Watcher, error) {
	w := newWatcher(ctx)
	w.pumps.Go(func() { d.pump(w, name) })
	return w, nil
}

func (d *Discovery) pump(w *watcher, name string) {
	for wait := firstWait; w.ctx.Err() == nil; wait = min(2*wait, maxWait) {
		inner, err := d.open().Watch(w.ctx, name)
		for err == nil {
			var found []*registry.ServiceInstance
			if found, err = inner.Next(); err == nil && len(found) > 0 {
				wait = firstWait
				w.tell(found)
			}
		}
		if inner != nil {
			_ = inner.Stop()
		}
		if w.ctx.Err() != nil {
			return
		}
		d.logger.Warn("Consul cannot be asked for instances; going on with what is known",
			"name", name, "error", err, "again_in", wait.String())
		pause.For(w.ctx, wait/2+rand.N(wait)) //nolint:gosec // jitter needs no secrecy
	}
}

// WithFallback gives a static endpoint, as in "grpc://127.0.0.1:9001", for a
// service until inner knows an instance of it.
func WithFallback(inner registry.Discovery, name, endpoint string) registry.Discovery {
	return &fallback{inner, name, []*registry.ServiceInstance{{ID: name + "-static", Name: name, Endpoints: []string{endpoint}}}}
}

type fallback struct {
	inner  registry.Discovery
	name   string
	static []*registry.ServiceInstance
}

func (f *fallback) GetService(ctx context.Context, name string) ([]*registry.ServiceInstance, error) {
	found, err := f.inner.GetService(ctx, name)
	if name == f.name && (err != nil || len(found) == 0) {
		return f.static, nil //nolint:nilerr // the static endpoint is what there is without Consul
	}
	return found, err
}

func (f *fallback) Watch(ctx context.Context, name string) (registry.Watcher, error) {
	inner, err := f.inner.Watch(ctx, name)
	if err != nil || name != f.name {
		return inner, err
	}
	w := newWatcher(ctx)
	timer := time.AfterFunc(patience, func() { w.tellFirst(f.static) })
	context.AfterFunc(w.ctx, func() {
		timer.Stop()
		_ = inner.Stop()
	})
	w.pumps.Go(func() {
		for {
			found, err := inner.Next()
			if err != nil {
				return // only with the end of the watch
			}
			w.tell(found)
		}
	})
	return w, nil
}

// watcher hands on the newest instances; older ones that nobody fetched are gone.
type watcher struct {
	ctx    context.Context //nolint:containedctx // a watch lasts as long as its context
	cancel context.CancelFunc
	pumps  sync.WaitGroup
	news   chan struct{}

	mu     sync.Mutex
	latest []*registry.ServiceInstance
	told   bool
}

func newWatcher(ctx context.Context) *watcher {
	w := &watcher{news: make(chan struct{}, 1)}
	w.ctx, w.cancel = context.WithCancel(ctx)
	return w
}

func (w *watcher) tell(found []*registry.ServiceInstance) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.latest, w.told = found, true
	select {
	case w.news <- struct{}{}:
	default:
	}
}

// tellFirst tells unless something was told before.
func (w *watcher) tellFirst(found []*registry.ServiceInstance) {
	w.mu.Lock()
	told := w.told
	w.mu.Unlock()
	if !told {
		w.tell(found)
	}
}

// Next waits for a change. It fails only when the watch ends.
func (w *watcher) Next() ([]*registry.ServiceInstance, error) {
	select {
	case <-w.news:
		w.mu.Lock()
		defer w.mu.Unlock()
		return w.latest, nil
	case <-w.ctx.Done():
		return nil, w.ctx.Err()
	}
}

// Stop ends the watch.
func (w *watcher) Stop() error {
	w.cancel()
	w.pumps.Wait()
	return nil
}
