// Package notify tells others what happened to orders: every event of an order goes,
// as a signed Standard Webhook, to every configured target.
//
// https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
package notify

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"time"

	"github.com/stockonce/stockonce/app/internal/platform/keyring"
	"github.com/stockonce/stockonce/app/order/internal/conf"
	"github.com/stockonce/stockonce/app/order/internal/domain"
	"github.com/stockonce/stockonce/app/order/internal/usecase"
)

var _ usecase.Notifier = (*Notifier)(nil)

// Notifier implements usecase.Notifier over HTTP. Its targets and their keys follow
// configuration and files. It is safe for concurrent use.
type Notifier struct {
	set *keyring.Set[*conf.Notify, targets]
	now func() time.Time
}

// all is the name of the set's only member. Which targets there can be is known to
// the configuration alone, and it takes effect as a whole.
const all = "targets"

// New makes a notifier of the configured targets. An error names the target and the
// key or file that cannot be loaded.
func New(cfg *conf.Notify, logger *slog.Logger) (*Notifier, error) {
	set, err := keyring.NewSet("notify", cfg, map[string]keyring.Build[*conf.Notify, targets]{all: build}, logger)
	if err != nil {
		return nil, err
	}
	return &Notifier{set: set, now: time.Now}, nil
}

// Configure takes changed targets. What cannot be loaded is refused as a whole,
// logged, and the old targets kept until it can.
func (n *Notifier) Configure(cfg *conf.Notify) { n.set.Configure(cfg) }

// Reload reads the targets' keys and certificates again: it is a worker's pass.
func (n *Notifier) Reload(ctx context.Context) (int, error) { return n.set.Reload(ctx) }

// Targets lists who is told, sorted.
func (n *Notifier) Targets() []string { return slices.Sorted(maps.Keys(n.current())) }

// Notify implements usecase.Notifier. An event keeps its id however often it is told;
// the time of the try is signed anew. An answer of status 2xx means taken. The text
// of an error holds neither path nor query of the target's address, which may be
// secret, nor its answer.
func (n *Notifier) Notify(ctx context.Context, name string, e domain.OrderEvent) error {
	t, ok := n.current()[name]
	if !ok {
		return fmt.Errorf("%w: %s", usecase.ErrNoTarget, name)
	}
	m, err := newMessage(e)
	if err != nil {
		return err
	}
	if err := t.send(ctx, m, n.now); err != nil {
		return fmt.Errorf("target %s: %w", name, err)
	}
	return nil
}

func (n *Notifier) current() targets {
	// Absent when nobody is to be told, which is the zero value.
	current, _ := n.set.Get(all)
	return current
}
