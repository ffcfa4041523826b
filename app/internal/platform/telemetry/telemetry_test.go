package telemetry_test

import (
	"context"
	"database/sql"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/trace"
	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	"google.golang.org/grpc"
	_ "modernc.org/sqlite"

	"github.com/stockonce/stockonce/app/internal/platform/conf"
	"github.com/stockonce/stockonce/app/internal/platform/telemetry"
)

func setup(t *testing.T, cfg *conf.Telemetry) *telemetry.Telemetry {
	t.Helper()
	tel, err := telemetry.Setup(t.Context(), cfg, "shelf", "1.2.3", "shelf-1")
	if err != nil {
		t.Fatal(err)
	}
	return tel
}

func TestMetrics(t *testing.T) {
	tel := setup(t, &conf.Telemetry{})
	db, err := sql.Open("sqlite", ":memory:")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if err := tel.WatchPool("read", db); err != nil {
		t.Fatal(err)
	}
	meter := otel.Meter("test")
	requests, _ := meter.Int64Counter("server.requests")
	duration, _ := meter.Float64Histogram("server.request.duration", metric.WithUnit("s"))
	requests.Add(t.Context(), 1)
	duration.Record(t.Context(), 0.1)

	w := httptest.NewRecorder()
	tel.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	for _, want := range []string{
		"\nserver_requests_total 1\n", "\nserver_request_duration_seconds_bucket{le=", "\ngo_goroutines ",
		"\nprocess_open_fds ", `pool="read"`, `service_name="shelf"`, `service_version="1.2.3"`,
	} {
		if !strings.Contains(w.Body.String(), want) {
			t.Errorf("metrics lack %q", want)
		}
	}
	if strings.Contains(w.Body.String(), "_bucket_bucket") {
		t.Error("a histogram's name ends in _bucket")
	}
	if err := tel.Shutdown(context.Background()); err != nil {
		t.Error(err)
	}
}

// fakeCollector takes spans as an OTLP collector does.
type fakeCollector struct {
	collector.UnimplementedTraceServiceServer
	spans chan string
}

func (f *fakeCollector) Export(_ context.Context, in *collector.ExportTraceServiceRequest) (*collector.ExportTraceServiceResponse, error) {
	for _, r := range in.GetResourceSpans() {
		for _, s := range r.GetScopeSpans() {
			for _, span := range s.GetSpans() {
				f.spans <- span.GetName()
			}
		}
	}
	return &collector.ExportTraceServiceResponse{}, nil
}

func TestTraces(t *testing.T) {
	sampled := trace.ContextWithRemoteSpanContext(t.Context(), trace.NewSpanContext(trace.SpanContextConfig{
		TraceID: trace.TraceID{1}, SpanID: trace.SpanID{2}, TraceFlags: trace.FlagsSampled, Remote: true,
	}))

	t.Run("have ids without a collector", func(t *testing.T) {
		tel := setup(t, &conf.Telemetry{})
		_, span := otel.Tracer("test").Start(t.Context(), "a")
		if !span.SpanContext().IsValid() {
			t.Error("no ids")
		}
		if err := tel.Shutdown(t.Context()); err != nil {
			t.Error(err)
		}
	})
	t.Run("reach the collector at shutdown, when the caller or the ratio keeps them", func(t *testing.T) {
		lis, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		fake := &fakeCollector{spans: make(chan string, 10)}
		server := grpc.NewServer()
		collector.RegisterTraceServiceServer(server, fake)
		go server.Serve(lis) //nolint:errcheck // ends with Stop
		defer server.Stop()

		tel := setup(t, &conf.Telemetry{OtlpEndpoint: lis.Addr().String(), OtlpInsecure: true, SampleRatio: 0})
		_, kept := otel.Tracer("test").Start(sampled, "kept by its caller")
		kept.End()
		_, dropped := otel.Tracer("test").Start(t.Context(), "dropped by the ratio")
		dropped.End()
		if err := tel.Shutdown(t.Context()); err != nil {
			t.Fatal(err)
		}
		close(fake.spans)
		var got []string
		for name := range fake.spans {
			got = append(got, name)
		}
		if strings.Join(got, ",") != "kept by its caller" {
			t.Errorf("collected %v", got)
		}
	})
	t.Run("a collector that is down stops nobody", func(t *testing.T) {
		tel := setup(t, &conf.Telemetry{OtlpEndpoint: "127.0.0.1:1", OtlpInsecure: true, SampleRatio: 1})
		_, span := otel.Tracer("test").Start(t.Context(), "lost")
		span.End()
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		_ = tel.Shutdown(ctx) // returns although nothing can be sent
	})
}
