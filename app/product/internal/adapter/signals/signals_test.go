package signals_test

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"

	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"

	"github.com/stockonce/stockonce/app/product/internal/adapter/signals"
	"github.com/stockonce/stockonce/app/product/internal/domain"
)

func TestStockThatFellLowIsCountedAndNamedInTheLog(t *testing.T) {
	var log bytes.Buffer
	reader := sdkmetric.NewManualReader()
	s, err := signals.New(slog.New(slog.NewTextHandler(&log, nil)), sdkmetric.NewMeterProvider(sdkmetric.WithReader(reader)).Meter("test"))
	if err != nil {
		t.Fatal(err)
	}
	s.StockFellLow(t.Context(), domain.LowStock{SKU: "tea", Stock: 1, LowWater: 2})
	s.StockFellLow(t.Context(), domain.LowStock{SKU: "mug", Stock: 0, LowWater: 9})

	for _, want := range []string{"level=WARN", "sku=tea stock=1 low_water=2", "sku=mug stock=0 low_water=9"} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("the log does not say %q:\n%s", want, &log)
		}
	}
	var all metricdata.ResourceMetrics
	if err := reader.Collect(t.Context(), &all); err != nil {
		t.Fatal(err)
	}
	if len(all.ScopeMetrics) != 1 || len(all.ScopeMetrics[0].Metrics) != 1 {
		t.Fatalf("metrics %+v", all.ScopeMetrics)
	}
	metric := all.ScopeMetrics[0].Metrics[0]
	sum, ok := metric.Data.(metricdata.Sum[int64])
	if metric.Name != "stockonce.stock.fell_low" || !ok || len(sum.DataPoints) != 1 || sum.DataPoints[0].Value != 2 {
		t.Errorf("%s: %+v, want one count of 2", metric.Name, metric.Data)
	}
}
