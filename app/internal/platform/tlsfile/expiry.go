package tlsfile

import (
	"context"
	"crypto/tls"
	"log/slog"
	"sync"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
)

const (
	// warnBefore is how long before its end a certificate is warned of, once a day.
	warnBefore = 14 * 24 * time.Hour
	warnEvery  = 24 * time.Hour
)

// watchExpiry adds a certificate to the gauge of how long certificates are good, and
// warns before its end. Both happen when metrics are read, which also has the files
// looked at when no connection is made.
func watchExpiry(setting, file string, logger *slog.Logger, current func() tls.Certificate) {
	meter := otel.Meter("stockonce/tlsfile")
	// The only errors are of names, which are constant here and tested.
	left, _ := meter.Float64ObservableGauge("tls.certificate.left", metric.WithUnit("s"),
		metric.WithDescription("time until a certificate in use ends, by the setting that names it"))
	attributes := metric.WithAttributes(attribute.String("setting", setting))
	var warned warning
	_, _ = meter.RegisterCallback(func(_ context.Context, o metric.Observer) error {
		end, now := current().Leaf.NotAfter, time.Now()
		o.ObserveFloat64(left, end.Sub(now).Seconds(), attributes)
		if warned.due(end, now) {
			logger.Warn("certificate ends soon", "setting", setting, "file", file,
				"not_after", end.UTC().Format(time.RFC3339), "left", end.Sub(now).Round(time.Minute).String())
		}
		return nil
	}, left)
}

// warning remembers when was warned last.
type warning struct {
	mu   sync.Mutex
	last time.Time
}

// due tells whether to warn now of a certificate that ends then.
func (w *warning) due(end, now time.Time) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if end.Sub(now) >= warnBefore || !w.last.IsZero() && now.Sub(w.last) < warnEvery {
		return false
	}
	w.last = now
	return true
}
