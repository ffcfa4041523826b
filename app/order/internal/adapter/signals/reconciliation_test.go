package signals_test

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
	"time"

	sdkmetric "go.opentelemetry.io/otel/sdk/metric"

	"github.com/stockonce/stockonce/app/internal/platform/dbtest"
	"github.com/stockonce/stockonce/app/order/internal/adapter/signals"
	"github.com/stockonce/stockonce/app/order/internal/adapter/store"
	"github.com/stockonce/stockonce/app/order/internal/adapter/store/migrations"
	"github.com/stockonce/stockonce/app/order/internal/domain"
	"github.com/stockonce/stockonce/app/order/internal/usecase"
)

func TestOpenFindingsAndTheLastPassesAreGauges(t *testing.T) {
	s := store.New(dbtest.SQLite(t, migrations.Files))
	findings, passes := store.NewFindings(s), store.NewPasses(s)
	reader := sdkmetric.NewManualReader()
	meter := sdkmetric.NewMeterProvider(sdkmetric.WithReader(reader)).Meter("test")
	if err := signals.WatchFindings(meter, findings, passes); err != nil {
		t.Fatal(err)
	}
	open := points(t, reader, "stockonce.reconciliation.findings")
	for _, kind := range domain.FindingKinds() {
		if n, ok := open["kind="+string(kind)]; !ok || n != 0 {
			t.Errorf("%s: %v, %t: without findings it is 0", kind, n, ok)
		}
	}
	if _, err := findings.Found(t.Context(), []domain.Finding{{Kind: domain.EditedStock, Ref: "A"}}); err != nil {
		t.Fatal(err)
	}
	if err := passes.Passed(t.Context(), usecase.Full, time.Now()); err != nil {
		t.Fatal(err)
	}
	if open = points(t, reader, "stockonce.reconciliation.findings"); open["kind=edited_stock"] != 1 || open["kind=stuck_task"] != 0 {
		t.Errorf("open %v", open)
	}
	ended := points(t, reader, "stockonce.reconciliation.last.success")
	if at := ended["pass=full"]; len(ended) != 1 || time.Since(time.Unix(int64(at), 0)).Abs() > time.Minute {
		t.Errorf("ended %v", ended)
	}
}

func TestADamageIsAnErrorAndAPassIsNot(t *testing.T) {
	var log bytes.Buffer
	s, err := signals.New(slog.New(slog.NewTextHandler(&log, nil)), sdkmetric.NewMeterProvider().Meter("test"))
	if err != nil {
		t.Fatal(err)
	}
	s.PassEnded(t.Context(), usecase.Report{Kind: usecase.Full, Orders: 3})
	if strings.Contains(log.String(), "level=ERROR") || !strings.Contains(log.String(), "orders=3") {
		t.Errorf("log %s", log.String())
	}
	s.DamageFound(t.Context(), domain.Finding{Kind: domain.EditedStock, Ref: "A"})
	if !strings.Contains(log.String(), "level=ERROR") || !strings.Contains(log.String(), "kind=edited_stock ref=A") {
		t.Errorf("log %s", log.String())
	}
}
