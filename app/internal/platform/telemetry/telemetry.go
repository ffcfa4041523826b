// Package telemetry sets up OpenTelemetry: metrics for Prometheus to fetch, and
// traces where the configuration names a collector.
package telemetry

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/http"

	"github.com/XSAM/otelsql"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracegrpc"
	otelprom "go.opentelemetry.io/otel/exporters/prometheus"
	"go.opentelemetry.io/otel/propagation"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	semconv "go.opentelemetry.io/otel/semconv/v1.37.0"

	"github.com/stockonce/stockonce/app/internal/platform/conf"
)

// Telemetry is a process's metrics and traces.
type Telemetry struct {
	registry *prometheus.Registry
	metrics  *sdkmetric.MeterProvider
	traces   *sdktrace.TracerProvider
}

// Setup makes metrics and traces and installs them as OpenTelemetry's global
// providers. Traces get ids without a collector too, so that the log has them. A
// collector that is down costs nothing but its spans.
func Setup(ctx context.Context, cfg *conf.Telemetry, service, version, instance string) (*Telemetry, error) {
	about := resource.NewSchemaless(
		semconv.ServiceName(service), semconv.ServiceVersion(version), semconv.ServiceInstanceID(instance))

	registry := prometheus.NewRegistry()
	registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	exporter, err := otelprom.New(otelprom.WithRegisterer(registry), otelprom.WithoutScopeInfo())
	if err != nil {
		return nil, fmt.Errorf("prometheus exporter: %w", err)
	}
	t := &Telemetry{
		registry: registry,
		metrics:  sdkmetric.NewMeterProvider(sdkmetric.WithResource(about), sdkmetric.WithReader(exporter)),
	}

	// Who called decides whether a trace is kept; for traces that begin here, the ratio.
	sampler := sdktrace.ParentBased(sdktrace.TraceIDRatioBased(cfg.GetSampleRatio()))
	options := []sdktrace.TracerProviderOption{sdktrace.WithResource(about), sdktrace.WithSampler(sampler)}
	if endpoint := cfg.GetOtlpEndpoint(); endpoint != "" {
		to := []otlptracegrpc.Option{otlptracegrpc.WithEndpoint(endpoint)}
		if cfg.GetOtlpInsecure() {
			to = append(to, otlptracegrpc.WithInsecure())
		}
		spans, err := otlptracegrpc.New(ctx, to...)
		if err != nil {
			return nil, fmt.Errorf("trace exporter: %w", err)
		}
		options = append(options, sdktrace.WithBatcher(spans))
	}
	t.traces = sdktrace.NewTracerProvider(options...)

	otel.SetMeterProvider(t.metrics)
	otel.SetTracerProvider(t.traces)
	otel.SetTextMapPropagator(propagation.TraceContext{})
	return t, nil
}

// Handler serves the metrics in Prometheus' format.
func (t *Telemetry) Handler() http.Handler {
	return promhttp.HandlerFor(t.registry, promhttp.HandlerOpts{})
}

// WatchPool adds the numbers of a connection pool to the metrics.
func (t *Telemetry) WatchPool(name string, db *sql.DB) error {
	_, err := otelsql.RegisterDBStatsMetrics(db, otelsql.WithMeterProvider(t.metrics),
		otelsql.WithAttributes(attribute.String("pool", name)))
	if err != nil {
		return fmt.Errorf("metrics of pool %s: %w", name, err)
	}
	return nil
}

// Shutdown sends the spans that wait and ends both, no later than ctx.
func (t *Telemetry) Shutdown(ctx context.Context) error {
	return errors.Join(t.traces.Shutdown(ctx), t.metrics.Shutdown(ctx))
}
