// Package usecasetest holds what every implementation of the usecases' ports must
// keep. An adapter's test opens itself and calls Run.
package usecasetest

import (
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stockonce/stockonce/app/order/internal/domain"
	"github.com/stockonce/stockonce/app/order/internal/usecase"
)

// Ports is one implementation, on an empty store of its own.
type Ports struct {
	Orders    usecase.Orders
	Payments  usecase.Payments
	Tasks     usecase.Tasks
	Callbacks usecase.Callbacks
	Books     usecase.Books
	Findings  usecase.Findings
	Passes    usecase.Passes
	Leases    usecase.Leases
}

// Run checks the contracts. open is called once for each of them.
func Run(t *testing.T, open func(t *testing.T) Ports) {
	t.Run("orders", func(t *testing.T) { runOrders(t, open) })
	t.Run("updates", func(t *testing.T) { runUpdates(t, open) })
	t.Run("payments", func(t *testing.T) { runPayments(t, open) })
	t.Run("tasks", func(t *testing.T) { runTasks(t, open) })
	t.Run("refunds", func(t *testing.T) { runRefunds(t, open) })
	t.Run("decisions", func(t *testing.T) { runDecisions(t, open) })
	t.Run("callbacks", func(t *testing.T) { runCallbacks(t, open) })
	t.Run("books", func(t *testing.T) { runBooks(t, open) })
	t.Run("findings", func(t *testing.T) { runFindings(t, open) })
	t.Run("passes and leases", func(t *testing.T) { runLeases(t, open) })
}

var serial atomic.Int64

// id makes an identifier that no other call makes; later ones sort later.
func id(prefix string) string { return fmt.Sprintf("%s%08d", prefix, serial.Add(1)) }

// Place stores a new order of 1000 CNY.
func Place(t *testing.T, orders usecase.Orders) *domain.Order {
	t.Helper()
	return placeFor(t, Ports{Orders: orders}, id("customer"), id("request"), time.Hour)
}

func place(t *testing.T, p Ports) *domain.Order {
	t.Helper()
	return Place(t, p.Orders)
}

func placeFor(t *testing.T, p Ports, customer, request string, payWithin time.Duration) *domain.Order {
	t.Helper()
	now, err := p.Orders.Now(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	wish, err := domain.NewWish(customer, request, "standard", []domain.Item{{SKU: "B", Quantity: 2}, {SKU: "A", Quantity: 1}})
	if err != nil {
		t.Fatal(err)
	}
	prices := map[string]domain.Money{"A": {Minor: 400, Currency: "CNY"}, "B": {Minor: 300, Currency: "CNY"}}
	o, err := domain.Place(id("O"), wish, prices, now, payWithin)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Orders.Add(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	return o
}

// Notice is a paid notice of an order, of 1000 CNY.
func Notice(order, transaction string) domain.Notice {
	return domain.Notice{
		Provider: "standard", OrderNumber: order, TransactionID: transaction,
		Amount: domain.Money{Minor: 1000, Currency: "CNY"}, State: "paid",
		PaidAt: time.Date(2026, 11, 23, 8, 0, 0, 123456000, time.UTC),
		Delivery: domain.Delivery{
			Headers: []domain.Header{{Name: "Webhook-Id", Value: "msg_1"}},
			Body:    []byte(`{"of":"` + transaction + `"}`),
			Answer:  domain.Answer{Status: 200, ContentType: "text/plain", Body: "ok"},
		},
	}
}

// callback is a notice with its verdict.
func callback(n domain.Notice, v domain.Verdict) domain.Callback {
	return domain.Callback{Notice: n, Verdict: v}
}

// pay records a winner and returns its payment number and the deduct task's claim.
func pay(t *testing.T, p Ports, number, token string) (payment string, claim domain.Claim) {
	t.Helper()
	payment = id("P")
	err := p.Orders.Update(t.Context(), number, func(o *domain.Order) error {
		if v := o.Pay(Notice(number, id("tx")), payment, token); v != domain.VerdictWinner {
			return fmt.Errorf("verdict %s", v)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return payment, domain.Claim{Kind: domain.TaskDeduct, Ref: number, Token: token}
}

// find loads an order that must be there.
func find(t *testing.T, p Ports, number string) *domain.Order {
	t.Helper()
	o, err := p.Orders.Find(t.Context(), number)
	if err != nil {
		t.Fatal(err)
	}
	return o
}
