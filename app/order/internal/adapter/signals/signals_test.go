package signals_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"maps"
	"strings"
	"testing"
	"time"

	"go.opentelemetry.io/otel/attribute"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"

	"github.com/stockonce/stockonce/app/internal/platform/keyring"
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

// points lists what a metric says, by its labels' values.
func points(t *testing.T, reader *sdkmetric.ManualReader, name string) map[string]float64 {
	t.Helper()
	said := map[string]float64{}
	labels := func(set attribute.Set) string {
		var values []string
		for _, kv := range set.ToSlice() {
			values = append(values, string(kv.Key)+"="+kv.Value.AsString())
		}
		return strings.Join(values, " ")
	}
	switch data := collect(t, reader)[name].(type) {
	case metricdata.Gauge[int64]:
		for _, p := range data.DataPoints {
			said[labels(p.Attributes)] = float64(p.Value)
		}
	case metricdata.Sum[int64]:
		for _, p := range data.DataPoints {
			said[labels(p.Attributes)] = float64(p.Value)
		}
	case metricdata.Gauge[float64]:
		for _, p := range data.DataPoints {
			said[labels(p.Attributes)] = p.Value
		}
	}
	return said
}

func TestUnfinishedTasksAreCountedByLaneWhenMetricsAreRead(t *testing.T) {
	reader := sdkmetric.NewManualReader()
	meter := sdkmetric.NewMeterProvider(sdkmetric.WithReader(reader)).Meter("test")
	err := signals.WatchTasks(meter, tasks{unfinished: []usecase.Unfinished{
		{Lane: usecase.Lane{Kind: domain.TaskDeduct}, State: domain.TaskDead, Tasks: 3, Oldest: time.Minute},
		{Lane: usecase.Lane{Kind: domain.TaskRefund, Name: "stripe"}, State: domain.TaskPending, Tasks: 1, Oldest: time.Second},
		{Lane: usecase.Lane{Kind: domain.TaskRefund, Name: "alipay"}, State: domain.TaskPending, Tasks: 2, Oldest: time.Hour},
	}})
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]map[string]float64{
		"stockonce.tasks.unfinished": {
			"kind=deduct lane= state=dead": 3, "kind=refund lane=stripe state=pending": 1, "kind=refund lane=alipay state=pending": 2,
		},
		"stockonce.tasks.oldest": {
			"kind=deduct lane= state=dead": 60, "kind=refund lane=stripe state=pending": 1, "kind=refund lane=alipay state=pending": 3600,
		},
	} {
		if got := points(t, reader, name); !maps.Equal(got, want) {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestTasksThatDoNotGoWellAreCountedByLane(t *testing.T) {
	reader := sdkmetric.NewManualReader()
	meter := sdkmetric.NewMeterProvider(sdkmetric.WithReader(reader)).Meter("test")
	s, err := signals.New(slog.New(slog.DiscardHandler), meter)
	if err != nil {
		t.Fatal(err)
	}
	shop := domain.Claim{Kind: domain.TaskNotify, Lane: "shop", Ref: "O1/1/shop"}
	books := domain.Claim{Kind: domain.TaskNotify, Lane: "books", Ref: "O1/1/books"}
	s.TaskPostponed(t.Context(), shop, time.Second, errors.New("away"))
	s.TaskPostponed(t.Context(), shop, time.Second, errors.New("away"))
	s.TaskPostponed(t.Context(), books, time.Second, errors.New("away"))
	s.TaskDied(t.Context(), domain.TaskEnd{Claim: books, Reason: "gone"})
	want := map[string]float64{
		"kind=notify lane=shop state=postponed": 2, "kind=notify lane=books state=postponed": 1, "kind=notify lane=books state=dead": 1,
	}
	if got := points(t, reader, "stockonce.tasks.ended"); !maps.Equal(got, want) {
		t.Errorf("counted %v", got)
	}
}

func TestTheDaysThatAreLeftOfAKeyCanBeWatched(t *testing.T) {
	reader := sdkmetric.NewManualReader()
	meter := sdkmetric.NewMeterProvider(sdkmetric.WithReader(reader)).Meter("test")
	keys := map[string][]keyring.Key{}
	if err := signals.WatchKeys(meter, func() map[string][]keyring.Key { return keys }); err != nil {
		t.Fatal(err)
	}
	if got := points(t, reader, "stockonce.keys.left"); len(got) != 0 {
		t.Errorf("days of no key: %v", got)
	}
	now := time.Now()
	keys["wechatpay"] = []keyring.Key{{ID: "old", NotAfter: now.Add(-12 * time.Hour)}, {ID: "new", NotAfter: now.Add(36 * time.Hour)}}
	keys["stripe"] = []keyring.Key{{ID: "new"}} // has no end
	got := points(t, reader, "stockonce.keys.left")
	want := map[string]float64{"key=old provider=wechatpay": -0.5, "key=new provider=wechatpay": 1.5}
	if len(got) != len(want) {
		t.Errorf("days left %v", got)
	}
	for key, days := range want {
		if left, ok := got[key]; !ok || left > days || left < days-0.01 {
			t.Errorf("%s: %v days left, want %v", key, left, days)
		}
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
		s.TaskDecided(t.Context(), domain.TaskDecision{Action: domain.TaskParked, Ref: "O1", By: "ann", Reason: "why"})
		if !strings.Contains(log.String(), "level=WARN") || !strings.Contains(log.String(), "action=parked by=ann reason=why") {
			t.Errorf("what ann decided is not told: %s", log.String())
		}
		s.TaskDied(t.Context(), domain.TaskEnd{Claim: domain.Claim{Ref: "O1"}, Reason: "rejected"})
		if !strings.Contains(log.String(), "level=ERROR") || !strings.Contains(log.String(), "rejected") {
			t.Errorf("log %s", log.String())
		}
	})
}
