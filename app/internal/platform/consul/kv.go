package consul

import (
	"context"
	"fmt"

	kconsul "github.com/go-kratos/kratos/contrib/config/consul/v2"
	"github.com/go-kratos/kratos/v2/config"
	"github.com/hashicorp/consul/api"
)

// KV is the source of the documents below a prefix, which ends with "/": Consul's
// prefixes are of characters, not of folders.
//
// It loads with Kratos' source but watches by itself: Kratos' watch does not notice
// deleted keys, pauses up to three minutes after an outage, and writes its errors
// past our log.
func (a *Agent) KV(prefix string) (config.Source, error) {
	inner, err := kconsul.New(a.quick, kconsul.WithPath(prefix))
	if err != nil {
		return nil, fmt.Errorf("consul KV %q: %w", prefix, err)
	}
	return &source{Source: inner, client: a.patient, prefix: prefix}, nil
}

type source struct {
	config.Source
	client *api.Client
	prefix string
}

// Watch makes a watcher whose first Next returns at once.
func (s *source) Watch() (config.Watcher, error) {
	w := &kvWatcher{source: s}
	w.ctx, w.cancel = context.WithCancel(context.Background())
	return w, nil
}

type kvWatcher struct {
	source *source
	ctx    context.Context //nolint:containedctx // ends with Stop
	cancel context.CancelFunc
	index  uint64
}

// Next waits until something below the prefix has changed. It returns no
// documents: who is told loads them all.
func (w *kvWatcher) Next() ([]*config.KeyValue, error) {
	for {
		options := (&api.QueryOptions{WaitIndex: w.index, WaitTime: watchFor}).WithContext(w.ctx)
		_, meta, err := w.source.client.KV().Keys(w.source.prefix, "", options)
		if err != nil {
			return nil, fmt.Errorf("watch consul KV: %w", err)
		}
		before := w.index
		w.index = max(meta.LastIndex, 1) // 0 would not wait
		if w.index < before {
			w.index = 0 // Consul was restored: begin again, as its documents ask
		}
		if w.index != before {
			return nil, nil
		}
	}
}

// Stop ends a waiting Next.
func (w *kvWatcher) Stop() error {
	w.cancel()
	return nil
}
