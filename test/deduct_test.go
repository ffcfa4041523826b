package test

import (
	"context"
	"sync"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	productv1 "github.com/stockonce/stockonce/api/product/v1"
	"github.com/stockonce/stockonce/test/harness/audit"
)

// TestAThousandIdenticalDeductionsGetOneAnswer asks product itself, past order, which
// would ask only once.
func TestAThousandIdenticalDeductionsGetOneAnswer(t *testing.T) {
	for _, test := range []struct {
		name  string
		stock int64
		want  productv1.DeductOutcome
		left  int64
		moves int
	}{
		{"with stock", 5, productv1.DeductOutcome_DEDUCT_OUTCOME_DEDUCTED, 4, 4}, // two opening, two sold
		{"without", 0, productv1.DeductOutcome_DEDUCT_OUTCOME_REFUSED, 0, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := start(t, nil)
			ctx := within(t, 2*time.Minute)
			w.stock(ctx, t, test.stock, "A", "B")
			conn, err := grpc.NewClient(w.product.GRPC, grpc.WithTransportCredentials(insecure.NewCredentials()),
				grpc.WithPerRPCCredentials(w.identity.Order()))
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			client := productv1.NewStockServiceClient(conn)
			before, err := mysql.Deadlocks(ctx)
			if err != nil {
				t.Fatal(err)
			}
			var mu sync.Mutex
			answers := map[string]int{}
			each(1000, 1000, func(i int) {
				lines := []*productv1.StockLine{{Sku: "A", Quantity: 1}, {Sku: "B", Quantity: 1}}
				if i%2 == 1 {
					lines[0], lines[1] = lines[1], lines[0]
				}
				answer := deduct(ctx, client, &productv1.DeductStockRequest{OrderNumber: "ORDER", Lines: lines})
				mu.Lock()
				defer mu.Unlock()
				answers[answer]++
			})
			wantCounts(t, "answers", answers, map[string]int{test.want.String(): 1000})
			after, err := mysql.Deadlocks(ctx)
			if err != nil {
				t.Fatal(err)
			}
			if after != before {
				t.Errorf("the deadlock counter moved by %d", after-before)
			}
			books, err := audit.Read(ctx, w.orderDB, w.productDB)
			if err != nil {
				t.Fatal(err)
			}
			if len(books.Deductions) != 1 || len(books.Movements) != test.moves {
				t.Errorf("%d deductions and %d movements, want 1 and %d", len(books.Deductions), len(books.Movements), test.moves)
			}
			for _, sku := range books.SKUs {
				if sku.Stock != test.left {
					t.Errorf("stock of %s is %d, want %d", sku.Code, sku.Stock, test.left)
				}
			}
		})
	}
}

// deduct asks until there is an answer, as order does: an error means undecided.
func deduct(ctx context.Context, client productv1.StockServiceClient, req *productv1.DeductStockRequest) string {
	for {
		answer, err := client.DeductStock(ctx, req)
		if err == nil {
			return answer.GetOutcome().String()
		}
		if ctx.Err() != nil {
			return err.Error()
		}
	}
}
