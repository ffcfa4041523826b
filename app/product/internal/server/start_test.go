package server_test

import (
	"bytes"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"testing"
	"time"

	"go.opentelemetry.io/otel/metric/noop"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/stockonce/stockonce/app/internal/platform/access/accesstest"
	"github.com/stockonce/stockonce/app/internal/platform/conf"
	"github.com/stockonce/stockonce/app/internal/platform/dbtest"
	"github.com/stockonce/stockonce/app/internal/platform/edge"
	"github.com/stockonce/stockonce/app/internal/platform/edge/edgetest"
	"github.com/stockonce/stockonce/app/internal/platform/health"
	"github.com/stockonce/stockonce/app/internal/platform/identity"
	"github.com/stockonce/stockonce/app/product/internal/adapter/grpcapi"
	"github.com/stockonce/stockonce/app/product/internal/adapter/signals"
	"github.com/stockonce/stockonce/app/product/internal/adapter/store"
	"github.com/stockonce/stockonce/app/product/internal/adapter/store/migrations"
	"github.com/stockonce/stockonce/app/product/internal/server"
	"github.com/stockonce/stockonce/app/product/internal/usecase"
)

// service is a product service on free ports with an empty database.
type service struct {
	t    *testing.T
	url  string
	grpc *grpc.ClientConn
}

func start(t *testing.T) *service {
	t.Helper()
	s := store.New(dbtest.SQLite(t, migrations.Files))
	logger := slog.New(slog.NewTextHandler(t.Output(), nil))
	told, err := signals.New(logger, noop.Meter{})
	if err != nil {
		t.Fatal(err)
	}
	deduct := usecase.NewDeduct(s, told)
	products := grpcapi.NewProductService(grpcapi.ProductUsecases{
		CreateProduct: usecase.NewCreateProduct(s, identity.New),
		FindProduct:   usecase.NewFindProduct(s),
		ListProducts:  usecase.NewListProducts(s),
		FindSKU:       usecase.NewFindSKU(s),
		LookUpPrices:  usecase.NewLookUpPrices(s),
		Restock:       usecase.NewRestock(s),
		Adjust:        usecase.NewAdjust(s),
		ListMovements: usecase.NewListMovements(s),
	})
	stock := grpcapi.NewStockService(grpcapi.StockUsecases{
		Deduct:         deduct,
		BatchDeduct:    usecase.NewBatchDeduct(deduct),
		Release:        usecase.NewRelease(s),
		ListDeductions: usecase.NewListDeductions(s),
		ListStock:      usecase.NewListStock(s),
	}, logger)

	listener := &conf.Listener{Addr: "127.0.0.1:0", Timeout: durationpb.New(10 * time.Second)}
	cfg := &conf.Server{Http: listener, Grpc: listener}
	kit := edge.NewKit(logger, health.NewState(), grpcapi.MapError, accesstest.Operator("tester"))
	httpServer, err := server.NewHTTP(cfg, kit, products)
	if err != nil {
		t.Fatal(err)
	}
	grpcServer, err := server.NewGRPC(cfg, kit, products, stock)
	if err != nil {
		t.Fatal(err)
	}

	conn, err := grpc.NewClient(edgetest.Serve(t, grpcServer), grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := conn.Close(); err != nil {
			t.Error(err)
		}
	})
	return &service{t: t, url: "http://" + edgetest.Serve(t, httpServer), grpc: conn}
}

// object is a JSON object of an answer.
type object = map[string]any

// call sends body, or nothing if it is empty, and returns the status and the JSON
// of the answer.
func (s *service) call(method, path, body string) (int, object) {
	s.t.Helper()
	req, err := http.NewRequestWithContext(s.t.Context(), method, s.url+path, bytes.NewReader([]byte(body)))
	if err != nil {
		s.t.Fatal(err)
	}
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		s.t.Fatal(err)
	}
	text, err := io.ReadAll(resp.Body)
	if closeErr := resp.Body.Close(); err != nil || closeErr != nil {
		s.t.Fatal(err, closeErr)
	}
	var answer object
	if err := json.Unmarshal(text, &answer); err != nil {
		s.t.Fatalf("%s %s is answered with %d and no JSON: %s", method, path, resp.StatusCode, text)
	}
	return resp.StatusCode, answer
}

// ok is call with an answer of 200.
func (s *service) ok(method, path, body string) object {
	s.t.Helper()
	status, answer := s.call(method, path, body)
	if status != http.StatusOK {
		s.t.Fatalf("%s %s is answered with %d: %v", method, path, status, answer)
	}
	return answer
}
