package config

import (
	"cmp"
	"context"
	"fmt"
	"math/rand/v2"
	"path"
	"slices"
	"strings"
	"sync"
	"time"

	kconfig "github.com/go-kratos/kratos/v2/config"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"

	"github.com/stockonce/stockonce/app/internal/platform/pause"
)

const (
	firstWait = time.Second
	maxWait   = 30 * time.Second
	// settle is the least time between two reloads: keys are often put in groups.
	settle = 100 * time.Millisecond
)

var (
	reloads, _ = otel.Meter("stockonce/config").Int64Counter("config.reloads",
		metric.WithDescription("configurations read from Consul KV, by outcome: applied or refused"))
	applied = metric.WithAttributes(attribute.String("outcome", "applied"))
	refused = metric.WithAttributes(attribute.String("outcome", "refused"))
)

// Follow lays the documents of src under the environment, now and whenever they
// change, until stop is called. A source that cannot be read is no error: the
// configuration stays as it is, and the source is asked again for ever.
//
// What src holds now is in force when Follow returns, so it is to be called before
// anything is made of the configuration.
//
// Every key must end in .yaml, .yml or .json; documents are merged in the order of
// their keys. Documents that break a rule are refused together and logged with the
// key or setting, without its value.
func (l *Live[C]) Follow(src kconfig.Source) (stop func()) {
	if err := l.reload(src, true); err != nil {
		l.settings.Logger.Warn("configuration in Consul cannot be read; going on without it", "error", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	wg.Go(func() { l.follow(ctx, src) })
	return func() {
		cancel()
		wg.Wait()
	}
}

func (l *Live[C]) follow(ctx context.Context, src kconfig.Source) {
	wait := firstWait
	for ctx.Err() == nil {
		err := l.watch(ctx, src, func() { wait = firstWait })
		if ctx.Err() != nil {
			return
		}
		l.settings.Logger.Warn("configuration in Consul cannot be watched", "error", err, "again_in", wait.String())
		pause.For(ctx, wait/2+rand.N(wait)) //nolint:gosec // jitter needs no secrecy
		wait = min(2*wait, maxWait)
	}
}

// watch reloads on every change until the source fails.
func (l *Live[C]) watch(ctx context.Context, src kconfig.Source, worked func()) error {
	w, err := src.Watch()
	if err != nil {
		return err
	}
	defer context.AfterFunc(ctx, func() { _ = w.Stop() })()
	defer func() { _ = w.Stop() }()
	for {
		if _, err := w.Next(); err != nil {
			return err
		}
		// Everything is read again: a watcher need not tell of unchanged documents.
		if err := l.reload(src, false); err != nil {
			return err
		}
		worked()
		pause.For(ctx, settle)
	}
}

// reload reads and applies all documents. An error means that they could not be
// read; refused ones are logged here.
func (l *Live[C]) reload(src kconfig.Source, first bool) error {
	docs, err := src.Load()
	if err != nil {
		return err
	}
	kv, err := l.parseAll(docs)
	if err == nil {
		err = l.apply(kv, first)
	}
	if err != nil {
		reloads.Add(context.Background(), 1, refused)
		if err.Error() != l.refusal {
			l.settings.Logger.Error("configuration in Consul refused; the old one stays", "error", err)
		}
		l.refusal = err.Error()
		return nil
	}
	l.refusal = ""
	reloads.Add(context.Background(), 1, applied)
	return nil
}

func (l *Live[C]) parseAll(docs []*kconfig.KeyValue) ([]layer, error) {
	docs = slices.SortedFunc(slices.Values(docs), func(a, b *kconfig.KeyValue) int { return cmp.Compare(a.Key, b.Key) })
	md := l.settings.New().ProtoReflect().Descriptor()
	var layers []layer
	for _, d := range docs {
		if strings.HasSuffix(d.Key, "/") && len(d.Value) == 0 {
			continue // a folder, as Consul's user interface makes them
		}
		switch path.Ext(d.Key) {
		case ".yaml", ".yml", ".json":
		default:
			return nil, fmt.Errorf("consul key %s: must end in .yaml, .yml or .json", d.Key)
		}
		parsed, err := parse("consul key "+d.Key, d.Value, md)
		if err != nil {
			return nil, err
		}
		layers = append(layers, parsed)
	}
	return layers, nil
}
