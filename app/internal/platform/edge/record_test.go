package edge

import (
	"context"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"google.golang.org/grpc/metadata"
	"google.golang.org/protobuf/proto"

	"github.com/stockonce/stockonce/app/internal/platform/conf"
	"github.com/stockonce/stockonce/app/internal/platform/logging"
)

const (
	traceID     = "0af7651916cd43dd8448eb211c80319c"
	traceparent = "00-" + traceID + "-b7ad6b7169203331-01"
)

func TestAccessLog(t *testing.T) {
	tracing := sdktrace.NewTracerProvider()
	otel.SetTracerProvider(tracing)
	t.Cleanup(func() { _ = tracing.Shutdown(context.Background()) })
	b := newBundle(names)
	b.kit.Logger = logging.New(b.log, "things", "1", new(slog.LevelVar))
	url := b.serveHTTP(t, 2*time.Second)
	_, conn := b.serveGRPC(t, &conf.Server{})

	send(t, "POST", url+"/v1/databases", `{"driver":"sqlite","dsn":"s3cret","maxOpen":1}`, "Content-Type", jsonType,
		"Traceparent", traceparent, "Authorization", "s3cret")
	send(t, "GET", url+"/v1/databases?dsn=s3cret", "")                              // breaks a rule
	send(t, "POST", url+"/v1/databases", `{"s3crets":1}`, "Content-Type", jsonType) // is not decoded
	send(t, "GET", url+"/s3cret", "")                                               // has no route
	b.log.lines(t, "request", 4)
	ctx := metadata.AppendToOutgoingContext(t.Context(), "traceparent", traceparent)
	if err := conn.Invoke(ctx, saveOperation, valid, &conf.Database{}); err != nil {
		t.Fatal(err)
	}
	b.handle = func(context.Context, proto.Message) (proto.Message, error) { return nil, errBusy }
	if _, err := call(t, conn, valid); err == nil {
		t.Fatal("the stream did not fail")
	}

	lines := b.log.lines(t, "request", 7)
	for i, want := range []struct {
		transport, operation, reason, level string
		code                                float64
		traced                              bool
	}{
		{"http", saveOperation, "", "INFO", 200, true},
		{"http", saveOperation, "INVALID_ARGUMENT", "INFO", 400, false},
		{"http", "/v1/databases", "INVALID_ARGUMENT", "INFO", 400, false},
		{"http", "unknown", "NOT_FOUND", "INFO", 404, false},
		{"grpc", saveOperation, "", "INFO", 200, true},
		{"grpc", saveOperation, "BUSY", "ERROR", 503, false},
		{"grpc", listOperation, "BUSY", "ERROR", 503, false},
	} {
		got := lines[i]
		if got["transport"] != want.transport || got["operation"] != want.operation || got["reason"] != want.reason ||
			got["code"] != want.code || got["level"] != want.level {
			t.Errorf("line %d: got %v, want %+v", i, got, want)
		}
		if id, _ := got["trace_id"].(string); want.traced && id != traceID {
			t.Errorf("line %d: trace %q", i, id)
		}
		if peer, _ := got["peer"].(string); !strings.HasPrefix(peer, "127.0.0.1:") {
			t.Errorf("line %d: peer %q", i, peer)
		}
		if seconds, ok := got["seconds"].(float64); !ok || seconds <= 0 {
			t.Errorf("line %d: seconds %v", i, got["seconds"])
		}
	}
	if strings.Contains(b.log.String(), "s3cret") {
		t.Errorf("payloads, query values, headers or paths are in the log: %s", b.log)
	}
}

func TestMetrics(t *testing.T) {
	reader := sdkmetric.NewManualReader()
	before := otel.GetMeterProvider()
	otel.SetMeterProvider(sdkmetric.NewMeterProvider(sdkmetric.WithReader(reader)))
	t.Cleanup(func() { otel.SetMeterProvider(before) })
	b := newBundle(nil)
	url := b.serveHTTP(t, 2*time.Second)
	_, conn := b.serveGRPC(t, &conf.Server{})

	send(t, "POST", url+"/v1/databases", validJSON, "Content-Type", jsonType)
	send(t, "POST", url+"/v1/databases", validJSON) // refused before it is decoded
	if unary, stream := call(t, conn, valid); unary != nil || stream != nil {
		t.Fatal(unary, stream)
	}
	b.handle = func(context.Context, proto.Message) (proto.Message, error) { panic("counted all the same") }
	send(t, "POST", url+"/v1/databases", validJSON, "Content-Type", jsonType)
	b.log.lines(t, "request", 5)

	var data metricdata.ResourceMetrics
	if err := reader.Collect(t.Context(), &data); err != nil {
		t.Fatal(err)
	}
	counted := map[string]int64{}
	timed := map[string]uint64{}
	for _, scope := range data.ScopeMetrics {
		for _, m := range scope.Metrics {
			switch d := m.Data.(type) {
			case metricdata.Sum[int64]:
				for _, p := range d.DataPoints {
					counted[m.Name+" "+p.Attributes.Encoded(attribute.DefaultEncoder())] = p.Value
				}
			case metricdata.Histogram[float64]:
				for _, p := range d.DataPoints {
					timed[m.Name+" "+p.Attributes.Encoded(attribute.DefaultEncoder())] = p.Count
					if p.Bounds[0] != .001 || p.Bounds[len(p.Bounds)-1] != 10 || !slices.IsSorted(p.Bounds) {
						t.Errorf("buckets %v", p.Bounds)
					}
				}
			}
		}
	}
	for key, want := range map[string]int64{
		"server.requests code=200,operation=" + saveOperation + ",transport=http": 1,
		"server.requests code=415,operation=/v1/databases,transport=http":         1,
		"server.requests code=500,operation=" + saveOperation + ",transport=http": 1,
		"server.requests code=200,operation=" + saveOperation + ",transport=grpc": 1,
		"server.requests code=200,operation=" + listOperation + ",transport=grpc": 1,
	} {
		if counted[key] != want {
			t.Errorf("%s: %d, want %d of %v", key, counted[key], want, counted)
		}
	}
	for key, want := range map[string]uint64{
		"server.request.duration operation=" + saveOperation + ",transport=http": 2,
		"server.request.duration operation=" + saveOperation + ",transport=grpc": 1,
	} {
		if timed[key] != want {
			t.Errorf("%s: %d, want %d of %v", key, timed[key], want, timed)
		}
	}
}
