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

const (
	firstWait = time.Second
	maxWait   = 15 * time.Second
)

// Registrar registers a process in the background, for as long as it takes.
type Registrar struct {
	inner  registry.Registrar
	logger *slog.Logger

	mu     sync.Mutex
	cancel context.CancelFunc
	done   chan struct{}
}

// Registrar makes the registrar of a process at this agent.
func (a *Agent) Registrar(logger *slog.Logger) *Registrar {
	return newRegistrar(newRegistry(a.quick), logger)
}

func newRegistrar(inner registry.Registrar, logger *slog.Logger) *Registrar {
	return &Registrar{inner: inner, logger: logger}
}

// Register returns at once and never fails: the process serves with or without
// Consul. It is tried again until it succeeds; after that heartbeats renew it and
// register again what an agent has forgotten.
func (r *Registrar) Register(_ context.Context, svc *registry.ServiceInstance) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.done != nil {
		return nil
	}
	ctx, cancel := context.WithCancel(context.Background())
	r.cancel, r.done = cancel, make(chan struct{})
	go r.register(ctx, svc, r.done)
	return nil
}

func (r *Registrar) register(ctx context.Context, svc *registry.ServiceInstance, done chan struct{}) {
	defer close(done)
	for wait := firstWait; ; wait = min(2*wait, maxWait) {
		err := r.inner.Register(ctx, svc)
		if err == nil {
			r.logger.Info("registered with Consul", "id", svc.ID, "endpoints", svc.Endpoints)
			return
		}
		if ctx.Err() != nil {
			return
		}
		r.logger.Warn("not registered with Consul yet", "error", err, "again_in", wait.String())
		if !pause.For(ctx, wait/2+rand.N(wait)) { //nolint:gosec // jitter needs no secrecy
			return
		}
	}
}

// Deregister takes the process out of the registry, within the time that ctx gives
// and at most a few seconds. It never fails: what it cannot take out Consul drops
// for want of heartbeats.
func (r *Registrar) Deregister(ctx context.Context, svc *registry.ServiceInstance) error {
	r.mu.Lock()
	done := r.done
	r.done = nil
	if done != nil {
		r.cancel()
	}
	r.mu.Unlock()
	if done == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, 2*quickTimeout)
	defer cancel()
	// The inner one waits for its heartbeat without looking at ctx.
	result := make(chan error, 1)
	go func() {
		<-done
		result <- r.inner.Deregister(ctx, svc)
	}()
	var err error
	select {
	case err = <-result:
	case <-ctx.Done():
		err = context.Cause(ctx)
	}
	if err != nil {
		r.logger.Warn("not deregistered; Consul forgets this process by itself", "error", err)
		return nil
	}
	r.logger.Info("deregistered from Consul", "id", svc.ID)
	return nil
}
