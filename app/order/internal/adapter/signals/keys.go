package signals

import (
	"context"
	"fmt"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"

	"github.com/stockonce/stockonce/app/internal/platform/keyring"
)

// WatchKeys adds a gauge of how many days each key that ends is still valid. keys
// tells the keys in use by the name of whom they belong to.
func WatchKeys(meter metric.Meter, keys func() map[string][]keyring.Key) error {
	left, err := meter.Float64ObservableGauge("stockonce.keys.left", metric.WithUnit("d"),
		metric.WithDescription("days until a key or certificate is no longer valid, by provider and key"))
	if err != nil {
		return fmt.Errorf("keys gauge: %w", err)
	}
	_, err = meter.RegisterCallback(func(_ context.Context, o metric.Observer) error {
		for provider, ring := range keys() {
			for _, key := range ring {
				if !key.NotAfter.IsZero() {
					o.ObserveFloat64(left, time.Until(key.NotAfter).Hours()/24, metric.WithAttributes(
						attribute.String("provider", provider), attribute.String("key", key.ID)))
				}
			}
		}
		return nil
	}, left)
	if err != nil {
		return fmt.Errorf("watch keys: %w", err)
	}
	return nil
}
