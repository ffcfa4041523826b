package server_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/durationpb"

	orderv1 "github.com/stockonce/stockonce/api/order/v1"
	"github.com/stockonce/stockonce/app/internal/platform/access/accesstest"
	platformconf "github.com/stockonce/stockonce/app/internal/platform/conf"
	"github.com/stockonce/stockonce/app/internal/platform/dbtest"
	"github.com/stockonce/stockonce/app/internal/platform/edge"
	"github.com/stockonce/stockonce/app/internal/platform/edge/edgetest"
	"github.com/stockonce/stockonce/app/internal/platform/health"
	"github.com/stockonce/stockonce/app/internal/platform/identity"
	"github.com/stockonce/stockonce/app/internal/platform/keyring"
	"github.com/stockonce/stockonce/app/order/internal/adapter/callback"
	"github.com/stockonce/stockonce/app/order/internal/adapter/grpcapi"
	"github.com/stockonce/stockonce/app/order/internal/adapter/refund"
	"github.com/stockonce/stockonce/app/order/internal/adapter/store"
	"github.com/stockonce/stockonce/app/order/internal/adapter/store/migrations"
	"github.com/stockonce/stockonce/app/order/internal/conf"
	"github.com/stockonce/stockonce/app/order/internal/domain"
	"github.com/stockonce/stockonce/app/order/internal/server"
	"github.com/stockonce/stockonce/app/order/internal/usecase"
)

// catalog sells one SKU.
type catalog struct{}

func (catalog) Prices(context.Context, []string) (map[string]domain.Money, error) {
	return map[string]domain.Money{"TEA": {Minor: 2500, Currency: "CNY"}}, nil
}

// echo is a payment provider that answers with what it was sent.
type echo struct{}

func (echo) Read(r callback.Request, _ time.Time) (domain.Notice, error) {
	if r.Header.Get("X-Signature") != "good" {
		return domain.Notice{}, callback.ErrUnverified
	}
	answer := domain.Answer{Status: http.StatusAccepted, ContentType: "text/x-words", Body: string(r.Body)}
	return domain.Notice{Delivery: domain.Delivery{Answer: answer}}, nil
}

func (echo) Keys() []keyring.Key { return nil }

func (echo) Refuse(status int) domain.Answer {
	return domain.Answer{Status: status, ContentType: "text/x-words", Body: "FAIL"}
}

// keeper keeps notices.
type keeper struct {
	mu      sync.Mutex
	notices []domain.Notice
}

func (k *keeper) Do(_ context.Context, n domain.Notice) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.notices = append(k.notices, n)
	return nil
}

func (*keeper) Unverified(context.Context, string, error)        {}
func (*keeper) Unrecorded(context.Context, domain.Notice, error) {}

// service is the order API on free ports with an empty database.
type service struct {
	t      *testing.T
	url    string
	grpc   orderv1.OrderServiceClient
	orders usecase.Orders
	kept   *keeper
}

func start(t *testing.T) *service {
	t.Helper()
	logger := slog.New(slog.NewTextHandler(t.Output(), nil))
	orders := store.NewOrders(store.New(dbtest.SQLite(t, migrations.Files)), nil)
	apis, err := keyring.NewSet("payment APIs", &conf.Providers{}, map[string]refund.Build{}, logger)
	if err != nil {
		t.Fatal(err)
	}
	api := grpcapi.NewOrders(usecase.NewPlaceOrder(orders, catalog{}, identity.New, time.Hour, usecase.QuerySettings{}),
		usecase.NewFindOrder(orders), usecase.NewListOrders(orders), usecase.NewCancelOrder(orders, refund.NewProviders(apis)))
	providers, err := keyring.NewSet("callbacks", &conf.Providers{}, map[string]callback.Build{
		"standard": func(*conf.Providers) (callback.Provider, bool, error) { return echo{}, true, nil },
	}, logger)
	if err != nil {
		t.Fatal(err)
	}
	kept := &keeper{}
	listener := &platformconf.Listener{Addr: "127.0.0.1:0", Timeout: durationpb.New(10 * time.Second)}
	cfg := &platformconf.Server{Http: listener, Grpc: listener}
	kit := edge.NewKit(logger, health.NewState(), grpcapi.Errors, accesstest.Operator("tester"))
	rpc, err := server.NewGRPC(cfg, kit, api)
	if err != nil {
		t.Fatal(err)
	}
	conn, err := grpc.NewClient(edgetest.Serve(t, rpc), grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	web, err := server.NewHTTP(cfg, kit, api, callback.NewService(providers, kept, kept))
	if err != nil {
		t.Fatal(err)
	}
	return &service{t: t, url: "http://" + edgetest.Serve(t, web), grpc: orderv1.NewOrderServiceClient(conn), orders: orders, kept: kept}
}

// send sends a request and returns status, header and body of the answer.
func (s *service) send(method, path, body string, header http.Header) (int, http.Header, string) {
	s.t.Helper()
	req, err := http.NewRequestWithContext(s.t.Context(), method, s.url+path, bytes.NewReader([]byte(body)))
	if err != nil {
		s.t.Fatal(err)
	}
	maps.Copy(req.Header, header)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		s.t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return resp.StatusCode, resp.Header, string(text)
}

type answer struct {
	Reason, Message, NextPageToken string
	Order                          struct{ Number, Status, Amount, Customer string }
	Orders                         []struct{ Number string }
}

// call sends JSON, wants the status and returns the JSON of the answer.
func (s *service) call(method, path, body string, want int) (a answer) {
	s.t.Helper()
	code, _, text := s.send(method, path, body, http.Header{"Content-Type": {"application/json"}})
	if err := json.Unmarshal([]byte(text), &a); err != nil || code != want {
		s.t.Fatalf("%s %s is answered with %d, want %d: %s %v", method, path, code, want, text, err)
	}
	return a
}

func (s *service) place(request string) string {
	s.t.Helper()
	a := s.call("POST", "/v1/orders", `{"requestId":"`+request+`","customer":"ann","lines":[{"sku":"TEA","quantity":2}]}`, 200)
	if a.Order.Amount != "5000" || a.Order.Status != "ORDER_STATUS_CREATED" {
		s.t.Fatalf("placed %+v", a.Order)
	}
	return a.Order.Number
}

func TestOrdersOverHTTP(t *testing.T) {
	s := start(t)
	first, second := s.place("r1"), s.place("r2")
	if again := s.place("r1"); again != first {
		t.Errorf("the same request placed %s and %s", first, again)
	}
	if a := s.call("GET", "/v1/orders/"+first, "", 200); a.Order.Number != first || a.Order.Customer != "ann" {
		t.Errorf("found %+v", a.Order)
	}
	page := s.call("GET", "/v1/orders?pageSize=1", "", 200)
	if len(page.Orders) != 1 || page.Orders[0].Number != second || page.NextPageToken == "" {
		t.Fatalf("first page %+v", page)
	}
	page = s.call("GET", "/v1/orders?pageSize=1&pageToken="+page.NextPageToken, "", 200)
	if len(page.Orders) != 1 || page.Orders[0].Number != first || page.NextPageToken != "" {
		t.Fatalf("second page %+v", page)
	}
	for range 2 { // the second one changes nothing
		if a := s.call("POST", "/v1/orders/"+first+":cancel", "{}", 200); a.Order.Status != "ORDER_STATUS_CANCELLED" {
			t.Fatalf("cancelled %+v", a.Order)
		}
	}
	if page := s.call("GET", "/v1/orders?status=ORDER_STATUS_CANCELLED", "", 200); len(page.Orders) != 1 || page.Orders[0].Number != first {
		t.Errorf("cancelled orders %+v", page.Orders)
	}
}

func TestRefusalsNameFieldAndRule(t *testing.T) {
	s := start(t)
	number := s.place("r1")
	err := s.orders.Update(t.Context(), number, func(o *domain.Order) error {
		o.Pay(domain.Notice{OrderNumber: number, Provider: "p", TransactionID: "tx", Amount: o.Total()}, "P1", "t")
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	wish := func(customer, line string) string {
		return `{"requestId":"r9","customer":"` + customer + `","lines":[` + line + `]}`
	}
	for _, c := range []struct {
		name, method, path, body string
		code                     int
		reason, text             string
	}{
		{"no lines", "POST", "/v1/orders", wish("ann", ""), 400, "INVALID_ARGUMENT", "lines"},
		{"quantity 0", "POST", "/v1/orders", wish("ann", `{"sku":"TEA","quantity":0}`), 400, "INVALID_ARGUMENT", "lines[0].quantity"},
		{"quantities that add up to too much", "POST", "/v1/orders", wish("ann", `{"sku":"TEA","quantity":100000},{"sku":"TEA","quantity":1}`), 400, "INVALID_ARGUMENT", "quantity of TEA"},
		{"a space in the customer", "POST", "/v1/orders", wish("an n", `{"sku":"TEA","quantity":1}`), 400, "INVALID_ARGUMENT", "customer"},
		{"an unknown field", "POST", "/v1/orders", `{"amountMinor":1}`, 400, "INVALID_ARGUMENT", "amountMinor"},
		{"an unknown SKU", "POST", "/v1/orders", wish("ann", `{"sku":"COFFEE","quantity":1}`), 400, "UNKNOWN_SKU", "COFFEE"},
		{"a request id for something else", "POST", "/v1/orders", strings.Replace(wish("ann", `{"sku":"TEA","quantity":1}`), "r9", "r1", 1), 409, "REQUEST_REUSED", "requestId"},
		{"an order nobody placed", "GET", "/v1/orders/NOPE", "", 404, "ORDER_NOT_FOUND", "number"},
		{"a page token of somebody else's", "GET", "/v1/orders?pageToken=xyz", "", 400, "INVALID_ARGUMENT", "pageToken"},
		{"a status that is none", "GET", "/v1/orders?status=LOST", "", 400, "INVALID_ARGUMENT", "status"},
		{"a cancel of a paid order", "POST", "/v1/orders/" + number + ":cancel", "{}", 409, "ORDER_NOT_CANCELLABLE", "number"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if a := s.call(c.method, c.path, c.body, c.code); a.Reason != c.reason || !strings.Contains(a.Message, c.text) {
				t.Errorf("answer %s: %s", a.Reason, a.Message)
			}
		})
	}
	t.Run("over gRPC the same", func(t *testing.T) {
		if _, err := s.grpc.GetOrder(t.Context(), &orderv1.GetOrderRequest{Number: "NOPE"}); !orderv1.IsOrderNotFound(err) || status.Code(err) != codes.NotFound {
			t.Errorf("error %v", err)
		}
		if _, err := s.grpc.PlaceOrder(t.Context(), &orderv1.PlaceOrderRequest{}); !orderv1.IsInvalidArgument(err) {
			t.Errorf("error %v", err)
		}
	})
}

func TestTheCallbackKeepsItsBytesAndAnswersInTheProvidersWords(t *testing.T) {
	s := start(t)
	const path = "/v1/payments/standard/callback"
	signed := http.Header{"X-Signature": {"good"}, "Content-Type": {"text/anything"}}
	body := "{ \"a\" : 1 }\r\n\x00\xff"
	code, header, text := s.send("POST", path, body, signed)
	if code != 202 || header.Get("Content-Type") != "text/x-words" || text != body {
		t.Fatalf("answer %d %q %q", code, header.Get("Content-Type"), text)
	}
	if len(s.kept.notices) != 1 || string(s.kept.notices[0].Delivery.Body) != body {
		t.Fatalf("kept %+v", s.kept.notices)
	}
	for _, c := range []struct {
		name, path, body string
		header           http.Header
		code             int
	}{
		{"a wrong signature", path, body, http.Header{"X-Signature": {"bad"}}, 401},
		{"a provider nobody configured", "/v1/payments/stripe/callback", body, signed, 404},
		{"a body over 64 KiB", path, strings.Repeat("x", 64<<10+1), signed, 413},
		{"a query parameter", path + "?provider=stripe", body, signed, 400},
	} {
		if code, _, text := s.send("POST", c.path, c.body, c.header); code != c.code {
			t.Errorf("%s is answered with %d: %s", c.name, code, text)
		}
	}
	if len(s.kept.notices) != 1 {
		t.Errorf("%d notices kept", len(s.kept.notices))
	}
}
