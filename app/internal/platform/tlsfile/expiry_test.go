package tlsfile_test

import (
	"context"
	"log/slog"
	"strings"
	"testing"
	"time"

	"go.opentelemetry.io/otel"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"

	"github.com/stockonce/stockonce/app/internal/platform/conf"
	"github.com/stockonce/stockonce/app/internal/platform/tlsfile"
	"github.com/stockonce/stockonce/app/internal/platform/tlsfile/tlstest"
)

// Not parallel: the meter provider is the whole process's.
func TestTheEndOfACertificateIsMeasuredAndWarnedOf(t *testing.T) {
	reader := sdkmetric.NewManualReader()
	before := otel.GetMeterProvider()
	otel.SetMeterProvider(sdkmetric.NewMeterProvider(sdkmetric.WithReader(reader)))
	t.Cleanup(func() { otel.SetMeterProvider(before) })

	var log buffer
	logger := slog.New(slog.NewTextHandler(&log, nil))
	authority := tlstest.NewAuthority(t)
	for setting, lifetime := range map[string]time.Duration{"server.http.tls": 13 * 24 * time.Hour, "server.grpc.tls": 15 * 24 * time.Hour} {
		files := authority.Issue(t, lifetime, "x").NewFiles(t)
		if _, err := tlsfile.Server(&conf.ServerTls{CertFile: files.Cert, KeyFile: files.Key}, setting, logger); err != nil {
			t.Fatal(err)
		}
	}
	for range 2 {
		left := collect(t, reader)
		for setting, days := range map[string]float64{"server.http.tls": 13, "server.grpc.tls": 15} {
			if got := left[setting] / (24 * 60 * 60); got < days-0.1 || got > days {
				t.Errorf("%s: %v days left, want %v", setting, got, days)
			}
		}
	}
	if text := log.String(); strings.Count(text, "ends soon") != 1 || !strings.Contains(text, "setting=server.http.tls") {
		t.Errorf("logged %s", text)
	}
}

// collect returns the gauge's values by setting.
func collect(t *testing.T, reader sdkmetric.Reader) map[string]float64 {
	t.Helper()
	var all metricdata.ResourceMetrics
	if err := reader.Collect(context.Background(), &all); err != nil {
		t.Fatal(err)
	}
	left := map[string]float64{}
	for _, scope := range all.ScopeMetrics {
		for _, m := range scope.Metrics {
			gauge, ok := m.Data.(metricdata.Gauge[float64])
			if !ok || m.Name != "tls.certificate.left" {
				continue
			}
			for _, p := range gauge.DataPoints {
				setting, _ := p.Attributes.Value("setting")
				left[setting.AsString()] = p.Value
			}
		}
	}
	return left
}
