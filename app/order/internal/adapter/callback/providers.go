package callback

import (
	"context"
	"fmt"
	"log/slog"
	"reflect"
	"sync"
	"sync/atomic"

	"github.com/stockonce/stockonce/app/order/internal/conf"
)

// Build makes a provider of its configuration, or returns nil when it is not
// configured. It reads the secrets anew on each call.
type Build func(*conf.Callback) (Provider, error)

// Providers holds the configured providers by the name in the callback's path. It
// is safe for concurrent use.
type Providers struct {
	logger *slog.Logger
	build  map[string]Build

	mu      sync.Mutex // one reload at a time
	config  *conf.Callback
	current atomic.Pointer[map[string]Provider]
}

// NewProviders makes the configured providers. An error names the provider and the
// key that cannot be loaded.
func NewProviders(cfg *conf.Callback, build map[string]Build, logger *slog.Logger) (*Providers, error) {
	p := &Providers{logger: logger, build: build, config: cfg}
	made, err := p.make(cfg)
	if err != nil {
		return nil, err
	}
	p.current.Store(&made)
	return p, nil
}

// Get returns the provider with the name, if it is configured.
func (p *Providers) Get(name string) (Provider, bool) {
	provider, ok := (*p.current.Load())[name]
	return provider, ok
}

// Configure takes a changed configuration. One whose keys cannot be loaded is
// refused, logged, and the old one kept.
func (p *Providers) Configure(cfg *conf.Callback) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.swap(context.Background(), cfg) {
		p.config = cfg
	}
}

// Reload reads the key files again: it implements a worker's pass, which finds out
// that a file changed without anybody saying so.
func (p *Providers) Reload(ctx context.Context) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.swap(ctx, p.config)
	return 0, nil
}

func (p *Providers) swap(ctx context.Context, cfg *conf.Callback) bool {
	made, err := p.make(cfg)
	if err != nil {
		p.logger.ErrorContext(ctx, "callback keys refused, the old ones stay", "error", err)
		return false
	}
	if !reflect.DeepEqual(made, *p.current.Load()) {
		p.current.Store(&made)
		p.logger.InfoContext(ctx, "callback keys loaded", "providers", len(made))
	}
	return true
}

func (p *Providers) make(cfg *conf.Callback) (map[string]Provider, error) {
	made := map[string]Provider{}
	for name, build := range p.build {
		provider, err := build(cfg)
		if err != nil {
			return nil, fmt.Errorf("callback.%s: %w", name, err)
		}
		if provider != nil {
			made[name] = provider
		}
	}
	return made, nil
}
