package productclient_test

import (
	"context"
	"errors"
	"net"
	"sync"
	"testing"
	"time"

	kgrpc "github.com/go-kratos/kratos/v2/transport/grpc"
	"google.golang.org/grpc"

	productv1 "github.com/stockonce/stockonce/api/product/v1"
	"github.com/stockonce/stockonce/app/order/internal/adapter/productclient"
	"github.com/stockonce/stockonce/app/order/internal/domain"
	"github.com/stockonce/stockonce/app/order/internal/usecase"
)

// product answers as told.
type product struct {
	productv1.UnimplementedStockServiceServer
	productv1.UnimplementedProductServiceServer

	deduct     func(context.Context, *productv1.DeductStockRequest) (*productv1.DeductStockResponse, error)
	deductions func(*productv1.ListDeductionsRequest, grpc.ServerStreamingServer[productv1.ListDeductionsResponse]) error
	stock      func(*productv1.ListStockRequest, grpc.ServerStreamingServer[productv1.ListStockResponse]) error
}

func (p *product) ListDeductions(in *productv1.ListDeductionsRequest, stream grpc.ServerStreamingServer[productv1.ListDeductionsResponse]) error {
	return p.deductions(in, stream)
}

func (p *product) ListStock(in *productv1.ListStockRequest, stream grpc.ServerStreamingServer[productv1.ListStockResponse]) error {
	return p.stock(in, stream)
}

func (p *product) DeductStock(ctx context.Context, in *productv1.DeductStockRequest) (*productv1.DeductStockResponse, error) {
	return p.deduct(ctx, in)
}

func (p *product) GetSkus(_ context.Context, in *productv1.GetSkusRequest) (*productv1.GetSkusResponse, error) {
	return &productv1.GetSkusResponse{Skus: []*productv1.Sku{{Code: in.GetCodes()[0], Price: 5, Currency: "CNY"}}}, nil
}

// dial serves p on a real listener and returns a client of it.
func dial(t testing.TB, p *product, limits productclient.Limits) *productclient.Client {
	t.Helper()
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	srv := kgrpc.NewServer(kgrpc.Listener(listener), kgrpc.Timeout(0))
	productv1.RegisterStockServiceServer(srv, p)
	productv1.RegisterProductServiceServer(srv, p)
	done := make(chan struct{})
	go func() { defer close(done); _ = srv.Start(context.Background()) }()
	t.Cleanup(func() {
		ctx, cancel := context.WithCancel(context.Background())
		cancel() // at once: some handlers wait for their caller
		_ = srv.Stop(ctx)
		<-done
	})
	conn, err := kgrpc.DialInsecure(t.Context(), kgrpc.WithEndpoint(listener.Addr().String()), kgrpc.WithTimeout(0))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return productclient.New(grpc.ClientConnInterface(conn), limits)
}

var limits = productclient.Limits{CallTimeout: 5 * time.Second, TryTimeout: 300 * time.Millisecond, Tries: 32}

func TestDeduct(t *testing.T) {
	items := []domain.Item{{SKU: "A", Quantity: 2}}
	for _, c := range []struct {
		name    string
		outcome productv1.DeductOutcome
		err     error
		want    domain.Outcome
		wantErr error
	}{
		{"deducted", productv1.DeductOutcome_DEDUCT_OUTCOME_DEDUCTED, nil, domain.Deducted, nil},
		{"refused", productv1.DeductOutcome_DEDUCT_OUTCOME_REFUSED, nil, domain.Refused, nil},
		{"conflict", productv1.DeductOutcome_DEDUCT_OUTCOME_CONFLICT, nil, domain.Conflict, nil},
		{"rejected", 0, productv1.ErrorInvalidArgument("lines[0].sku"), "", usecase.ErrRejected},
	} {
		t.Run("product answers "+c.name, func(t *testing.T) {
			var asked *productv1.DeductStockRequest
			p := dial(t, &product{deduct: func(_ context.Context, in *productv1.DeductStockRequest) (*productv1.DeductStockResponse, error) {
				asked = in
				return &productv1.DeductStockResponse{Outcome: c.outcome}, c.err
			}}, limits)
			got, err := p.Deduct(t.Context(), "O1", items)
			if got != c.want || !errors.Is(err, c.wantErr) {
				t.Fatalf("%q, %v", got, err)
			}
			if asked.GetOrderNumber() != "O1" || len(asked.GetLines()) != 1 || asked.GetLines()[0].GetSku() != "A" || asked.GetLines()[0].GetQuantity() != 2 {
				t.Errorf("asked %v", asked)
			}
		})
	}
	for name, failure := range map[string]error{
		"an internal error": errors.New("boom"), "unavailable": productv1.ErrorUnavailable("later"),
		"deadline": productv1.ErrorDeadlineExceeded("too slow"), "conflict on the wire": productv1.ErrorSkuExists("aborted"),
	} {
		t.Run(name+" is undecided, never a refusal or rejection", func(t *testing.T) {
			p := dial(t, &product{deduct: func(context.Context, *productv1.DeductStockRequest) (*productv1.DeductStockResponse, error) {
				return nil, failure
			}}, limits)
			got, err := p.Deduct(t.Context(), "O1", items)
			if got != "" || err == nil || errors.Is(err, usecase.ErrRejected) {
				t.Fatalf("%q, %v", got, err)
			}
		})
	}
	t.Run("no answer in time is undecided, never a refusal", func(t *testing.T) {
		impatient := limits
		impatient.CallTimeout = 50 * time.Millisecond
		p := dial(t, &product{deduct: func(ctx context.Context, _ *productv1.DeductStockRequest) (*productv1.DeductStockResponse, error) {
			<-ctx.Done()
			return nil, ctx.Err()
		}}, impatient)
		if got, err := p.Deduct(t.Context(), "O1", items); got != "" || err == nil || errors.Is(err, usecase.ErrRejected) {
			t.Fatalf("%q, %v", got, err)
		}
	})
	t.Run("an outcome of a newer product is undecided", func(t *testing.T) {
		p := dial(t, &product{deduct: func(context.Context, *productv1.DeductStockRequest) (*productv1.DeductStockResponse, error) {
			return &productv1.DeductStockResponse{Outcome: 99}, nil
		}}, limits)
		if got, err := p.Deduct(t.Context(), "O1", items); got != "" || err == nil || errors.Is(err, usecase.ErrRejected) {
			t.Fatalf("%q, %v", got, err)
		}
	})
}

func TestTry(t *testing.T) {
	// hang answers nobody until its caller gives up.
	hang := func(ctx context.Context, _ *productv1.DeductStockRequest) (*productv1.DeductStockResponse, error) {
		<-ctx.Done()
		return nil, productv1.ErrorDeadlineExceeded("gave up")
	}
	t.Run("a full bulkhead costs no time", func(t *testing.T) {
		entered := make(chan struct{})
		few := productclient.Limits{CallTimeout: time.Minute, TryTimeout: time.Minute, Tries: 1}
		p := dial(t, &product{deduct: func(ctx context.Context, in *productv1.DeductStockRequest) (*productv1.DeductStockResponse, error) {
			close(entered)
			return hang(ctx, in)
		}}, few)
		ctx, cancel := context.WithCancel(t.Context())
		var group sync.WaitGroup
		group.Go(func() { _, _ = p.Try(ctx, "O1", nil) })
		<-entered
		if _, err := p.Try(t.Context(), "O2", nil); !errors.Is(err, usecase.ErrNotTried) {
			t.Errorf("error %v", err)
		}
		cancel()
		group.Wait()
	})
	t.Run("after failures in a row it is not tried, and the relay's calls still are", func(t *testing.T) {
		quick := productclient.Limits{CallTimeout: 5 * time.Second, TryTimeout: 10 * time.Millisecond, Tries: 32}
		p := dial(t, &product{deduct: hang}, quick)
		for range 5 {
			if _, err := p.Try(t.Context(), "O1", nil); err == nil || errors.Is(err, usecase.ErrNotTried) {
				t.Fatalf("error %v", err)
			}
		}
		if _, err := p.Try(t.Context(), "O1", nil); !errors.Is(err, usecase.ErrNotTried) {
			t.Errorf("error %v", err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer cancel()
		if _, err := p.Deduct(ctx, "O1", nil); err == nil || errors.Is(err, usecase.ErrNotTried) {
			t.Errorf("error %v", err)
		}
	})
}

func TestPrices(t *testing.T) {
	p := dial(t, &product{}, limits)
	prices, err := p.Prices(t.Context(), []string{"A", "unknown"})
	if err != nil || len(prices) != 1 || prices["A"] != (domain.Money{Minor: 5, Currency: "CNY"}) {
		t.Fatalf("%v, %v", prices, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := p.Prices(ctx, []string{"A"}); !errors.Is(err, usecase.ErrCatalogUnavailable) {
		t.Fatalf("error %v", err)
	}
}
