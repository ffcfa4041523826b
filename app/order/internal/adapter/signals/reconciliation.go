package signals

import (
	"context"
	"fmt"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"

	"github.com/stockonce/stockonce/app/order/internal/domain"
	"github.com/stockonce/stockonce/app/order/internal/usecase"
)

// DamageFound implements usecase.PassSignals.
func (s *Signals) DamageFound(ctx context.Context, f domain.Finding) {
	s.logger.ErrorContext(ctx, "the books are damaged, a person must look", "kind", f.Kind, "ref", f.Ref,
		"order", f.Order, "detail", f.Detail, "remedy", f.Remedy)
}

// PassEnded implements usecase.PassSignals.
func (s *Signals) PassEnded(ctx context.Context, r usecase.Report) {
	s.logger.InfoContext(ctx, "books compared", "pass", r.Kind, "took", r.Took.String(), "orders", r.Orders, "skus", r.SKUs,
		"asked", r.Asked, "unasked", r.Unasked, "moving", r.Moving, "found", r.Found, "repaired", r.Repaired)
}

// WatchFindings adds gauges that are read when the metrics are: how many findings of
// each kind are open, which must be none, and when the last pass of each kind ended.
func WatchFindings(meter metric.Meter, findings usecase.Findings, passes usecase.Passes) error {
	open, err := meter.Int64ObservableGauge("stockonce.reconciliation.findings",
		metric.WithDescription("damages of the books that are not resolved, by kind; must be 0"))
	if err != nil {
		return fmt.Errorf("findings gauge: %w", err)
	}
	ended, err := meter.Int64ObservableGauge("stockonce.reconciliation.last.success", metric.WithUnit("s"),
		metric.WithDescription("when the last reconciliation of a kind came to its end, as Unix time"))
	if err != nil {
		return fmt.Errorf("passes gauge: %w", err)
	}
	_, err = meter.RegisterCallback(func(ctx context.Context, o metric.Observer) error {
		ctx, cancel := context.WithTimeout(ctx, countWithin)
		defer cancel()
		counts, err := findings.Open(ctx)
		if err != nil {
			// A database that is away has its own alarm; the other metrics must still be read.
			return nil
		}
		for _, kind := range domain.FindingKinds() {
			o.ObserveInt64(open, counts[kind], metric.WithAttributes(attribute.String("kind", string(kind))))
		}
		for _, kind := range []usecase.PassKind{usecase.Incremental, usecase.Full} {
			last, err := passes.LastPass(ctx, kind)
			if err == nil && !last.FinishedAt.IsZero() {
				o.ObserveInt64(ended, last.FinishedAt.Unix(),
					metric.WithAttributes(attribute.String("pass", string(kind))))
			}
		}
		return nil
	}, open, ended)
	if err != nil {
		return fmt.Errorf("watch findings: %w", err)
	}
	return nil
}
