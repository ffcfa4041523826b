package productclient_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	productv1 "github.com/stockonce/stockonce/api/product/v1"
	"github.com/stockonce/stockonce/app/internal/platform/dbtest"
	"github.com/stockonce/stockonce/app/internal/platform/identity"
	"github.com/stockonce/stockonce/app/order/internal/adapter/productclient"
	"github.com/stockonce/stockonce/app/order/internal/adapter/store"
	"github.com/stockonce/stockonce/app/order/internal/adapter/store/migrations"
	"github.com/stockonce/stockonce/app/order/internal/domain"
	"github.com/stockonce/stockonce/app/order/internal/usecase"
)

// BenchmarkCallback is the measurement behind the decision to call product outside
// the order's transaction (docs/DECISIONS.md): the same callbacks, 200 at once on a
// pool of 20 connections, with the call after the commit and with the call inside
// the open transaction, while product takes 0 ms, 50 ms and 3 s. Beside them one
// caller reads another order again and again.
//
//	go test -run '^$' -bench Callback -benchtime 3s ./internal/adapter/productclient
func BenchmarkCallback(b *testing.B) {
	for _, delay := range []time.Duration{0, 50 * time.Millisecond, 3 * time.Second} {
		b.Run("product="+delay.String(), func(b *testing.B) {
			b.Run("rpc=after-commit", func(b *testing.B) { benchmarkCallback(b, delay, false) })
			b.Run("rpc=in-transaction", func(b *testing.B) { benchmarkCallback(b, delay, true) })
		})
	}
}

const (
	callers    = 200
	connection = 20
	patience   = 5 * time.Second // of the provider
)

func benchmarkCallback(b *testing.B, delay time.Duration, inside bool) {
	db := dbtest.MySQL(b, migrations.Files)
	db.Write.SetMaxOpenConns(connection)
	s := store.New(db)
	orders := store.NewOrders(s, nil)
	client := dial(b, &product{deduct: slow(delay)}, productclient.Limits{
		CallTimeout: patience, TryTimeout: 300 * time.Millisecond, Tries: 32,
	})
	settle := usecase.NewSettleDeduction(orders, client, silent{})
	confirm := usecase.NewConfirmPayment(orders, store.NewPayments(s), settle, identity.New, silent{})
	numbers := placeMany(b, orders, b.N+1)

	one := func(ctx context.Context, i int) error {
		n := paidNotice(numbers[i], fmt.Sprint("tx", i))
		if !inside {
			return confirm.Do(ctx, n)
		}
		// What Orders.Update forbids, and what the origin did.
		return orders.Update(ctx, n.OrderNumber, func(o *domain.Order) error {
			o.Pay(n, fmt.Sprint("P", i), "token")
			_, err := client.Deduct(ctx, o.Number(), o.Items())
			return err
		})
	}
	reads := readBeside(b, orders, numbers[b.N])
	latencies, failed := fire(b, one)
	slowestRead := reads()

	slices.Sort(latencies)
	b.ReportMetric(float64(b.N-failed)/b.Elapsed().Seconds(), "ok/s")
	b.ReportMetric(float64(failed), "failed")
	b.ReportMetric(float64(latencies[len(latencies)*99/100].Milliseconds()), "p99-ms")
	b.ReportMetric(float64(slowestRead.Milliseconds()), "slowest-read-ms")
	b.ReportMetric(0, "ns/op") // callers overlap: time per operation says nothing
}

// fire runs all callbacks from the callers and returns how long each took.
func fire(b *testing.B, one func(context.Context, int) error) (latencies []time.Duration, failed int) {
	b.Helper()
	var (
		mutex sync.Mutex
		group sync.WaitGroup
		next  = make(chan int)
	)
	b.ResetTimer()
	for range callers {
		group.Go(func() {
			for i := range next {
				ctx, cancel := context.WithTimeout(b.Context(), patience)
				start := time.Now()
				err := one(ctx, i)
				took := time.Since(start)
				cancel()
				mutex.Lock()
				latencies = append(latencies, took)
				if err != nil {
					failed++
				}
				mutex.Unlock()
			}
		})
	}
	for i := range b.N {
		next <- i
	}
	close(next)
	group.Wait()
	b.StopTimer()
	return latencies, failed
}

// readBeside reads an order again and again until the returned function is called,
// which returns the slowest read.
func readBeside(b *testing.B, orders *store.Orders, number string) func() time.Duration {
	b.Helper()
	ctx, cancel := context.WithCancel(b.Context())
	done := make(chan time.Duration)
	go func() {
		var slowest time.Duration
		for ctx.Err() == nil {
			start := time.Now()
			if _, err := orders.Find(ctx, number); err != nil && !errors.Is(err, context.Canceled) {
				b.Error(err)
			}
			slowest = max(slowest, time.Since(start))
		}
		done <- slowest
	}()
	return func() time.Duration { cancel(); return <-done }
}

func slow(delay time.Duration) func(context.Context, *productv1.DeductStockRequest) (*productv1.DeductStockResponse, error) {
	return func(ctx context.Context, _ *productv1.DeductStockRequest) (*productv1.DeductStockResponse, error) {
		select {
		case <-time.After(delay):
			return &productv1.DeductStockResponse{Outcome: productv1.DeductOutcome_DEDUCT_OUTCOME_DEDUCTED}, nil
		case <-ctx.Done():
			return nil, productv1.ErrorDeadlineExceeded("the caller gave up")
		}
	}
}

func placeMany(b *testing.B, orders *store.Orders, n int) []string {
	b.Helper()
	now, err := orders.Now(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	numbers := make([]string, n)
	for i := range numbers {
		wish, err := domain.NewWish("c", fmt.Sprint("r", i), "standard", []domain.Item{{SKU: "A", Quantity: 1}})
		if err != nil {
			b.Fatal(err)
		}
		numbers[i] = fmt.Sprintf("O%08d", i)
		o, err := domain.Place(numbers[i], wish, map[string]domain.Money{"A": {Minor: 100, Currency: "CNY"}}, now, time.Hour)
		if err != nil {
			b.Fatal(err)
		}
		if err := orders.Add(b.Context(), o); err != nil {
			b.Fatal(err)
		}
	}
	return numbers
}

func paidNotice(number, transaction string) domain.Notice {
	return domain.Notice{
		Provider: "standard", OrderNumber: number, TransactionID: transaction, State: "paid",
		Amount: domain.Money{Minor: 100, Currency: "CNY"},
	}
}

// silent implements usecase.Signals.
type silent struct{}

func (silent) RefundReported(context.Context, string, domain.RefundReport)       {}
func (silent) NoticeJudged(context.Context, domain.Notice, domain.Verdict)       {}
func (silent) DeductionSettled(context.Context, string, domain.Outcome)          {}
func (silent) TaskDied(context.Context, domain.TaskEnd)                          {}
func (silent) TaskDecided(context.Context, domain.TaskDecision)                  {}
func (silent) TaskPostponed(context.Context, domain.Claim, time.Duration, error) {}
func (silent) OrdersExpired(context.Context, int)                                {}
