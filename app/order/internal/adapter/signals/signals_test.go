package signals_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"

	"github.com/stockonce/stockonce/app/order/internal/adapter/signals"
	"github.com/stockonce/stockonce/app/order/internal/domain"
	"github.com/stockonce/stockonce/app/order/internal/usecase"
)

// tasks tells what is unfinished.
type tasks struct {
	usecase.Tasks

	unfinished []usecase.Unfinished
}

func (t tasks) Unfinished(context.Context) ([]usecase.Unfinished, error) { return t.unfinished, nil }

// collect reads all metrics by name.
func collect(t *testing.T, reader *sdkmetric.ManualReader) map[string]metricdata.Aggregation {
	t.Helper()
	var all metricdata.ResourceMetrics
	if err := reader.Collect(t.Context(), &all); err != nil {
		t.Fatal(err)
	}
	found := map[string]metricdata.Aggregation{}
	for _, scope := range all.ScopeMetrics {
		for _, m := range scope.Metrics {
			found[m.Name] = m.Data
		}
	}
	return found
}

func TestUnfinishedTasksAreCountedWhenMetricsAreRead(t *testing.T) {
	reader := sdkmetric.NewManualReader()
	meter := sdkmetric.NewMeterProvider(sdkmetric.WithReader(reader)).Meter("test")
	err := signals.WatchTasks(meter, tasks{unfinished: []usecase.Unfinished{
		{Kind: domain.TaskDeduct, State: domain.TaskDead, Tasks: 3, Oldest: time.Minute},
	}})
	if err != nil {
		t.Fatal(err)
	}
	found := collect(t, reader)
	count, ok := found["stockonce.tasks.unfinished"].(metricdata.Gauge[int64])
	if !ok || len(count.DataPoints) != 1 || count.DataPoints[0].Value != 3 {
		t.Errorf("count %+v", found["stockonce.tasks.unfinished"])
	}
	age, ok := found["stockonce.tasks.oldest"].(metricdata.Gauge[float64])
	if !ok || len(age.DataPoints) != 1 || age.DataPoints[0].Value != 60 {
		t.Errorf("age %+v", found["stockonce.tasks.oldest"])
	}
}

func TestWhatNeedsAPersonIsAnError(t *testing.T) {
	for verdict, needs := range map[domain.Verdict]bool{
		domain.VerdictWinner: false, domain.VerdictDuplicate: false, domain.VerdictLate: false,
		domain.VerdictReplay: false, domain.VerdictNotPaid: false,
		domain.VerdictMismatch: true, domain.VerdictOrphan: true, domain.VerdictConflict: true,
		domain.VerdictUnreadable: true, domain.VerdictForeign: true,
	} {
		var log bytes.Buffer
		reader := sdkmetric.NewManualReader()
		meter := sdkmetric.NewMeterProvider(sdkmetric.WithReader(reader)).Meter("test")
		s, err := signals.New(slog.New(slog.NewTextHandler(&log, nil)), meter)
		if err != nil {
			t.Fatal(err)
		}
		n := domain.Notice{Provider: "standard", OrderNumber: "O1", Delivery: domain.Delivery{Body: []byte("BODY")}}
		s.NoticeJudged(t.Context(), n, verdict)
		if got := strings.Contains(log.String(), "level=ERROR"); got != needs {
			t.Errorf("%s: %s", verdict, log.String())
		}
		if strings.Contains(log.String(), "BODY") {
			t.Errorf("%s: the body is in the log", verdict)
		}
		count, ok := collect(t, reader)["stockonce.callbacks"].(metricdata.Sum[int64])
		if !ok || len(count.DataPoints) != 1 || count.DataPoints[0].Value != 1 {
			t.Errorf("%s is not counted", verdict)
		}
	}
	t.Run("a dead task too", func(t *testing.T) {
		var log bytes.Buffer
		s, err := signals.New(slog.New(slog.NewTextHandler(&log, nil)), sdkmetric.NewMeterProvider().Meter("test"))
		if err != nil {
			t.Fatal(err)
		}
		s.TaskPostponed(t.Context(), domain.Claim{Kind: domain.TaskDeduct, Ref: "O1"}, time.Second, errors.New("away"))
		if strings.Contains(log.String(), "level=ERROR") {
			t.Errorf("a postponed task calls a person: %s", log.String())
		}
		s.TaskDied(t.Context(), domain.TaskEnd{Claim: domain.Claim{Ref: "O1"}, Reason: "rejected"})
		if !strings.Contains(log.String(), "level=ERROR") || !strings.Contains(log.String(), "rejected") {
			t.Errorf("log %s", log.String())
		}
	})
}
