package test

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stockonce/stockonce/app/paysim/book"
	"github.com/stockonce/stockonce/app/paysim/dialect"
	"github.com/stockonce/stockonce/app/paysim/sim"
	"github.com/stockonce/stockonce/test/harness/audit"
	"github.com/stockonce/stockonce/test/harness/shop"
)

// TestMoney is what facts of payment providers ask of the money, with each of them.
func TestMoney(t *testing.T) {
	onEachDatabase(t, nil, func(t *testing.T, m *market) {
		ctx := within(t, 4*time.Minute)
		m.stock(ctx, t, 1_000_000, "A")
		m.stock(ctx, t, 1, "LAST")
		for _, provider := range providers {
			t.Run(provider, func(t *testing.T) {
				for _, scenario := range []struct {
					name string
					play func(context.Context, *testing.T, *market, string)
				}{
					{"a paid order takes its stock and the provider hears what it wants to", paidOnce},
					{"of two transactions at once one wins and the other goes back", twoTransactions},
					{"a cancelled order's payment goes back", cancelledThenPaid},
					{"another amount or currency is held", anotherAmount},
					{"an amount that is none pays nothing", noAmount},
					{"an unknown order's payment is held until a person gives it back", unknownOrder},
					{"goods that are gone give the money back", goodsGone},
					{"an operator gives back a fulfilled order, stock first", operatorRefunds},
					{"a refund begun at the provider brings the stock back", refundAtProvider},
					{"a payment after the refund goes back too", refundedThenPaid},
				} {
					t.Run(scenario.name, func(t *testing.T) { scenario.play(ctx, t, m, provider) })
				}
			})
		}
		books := m.closeBooks(ctx, t)
		for _, provider := range providers {
			money := books.MoneyOf(provider)
			if money.Captured == 0 || money.Captured != money.Kept+money.Returned+money.Held {
				t.Errorf("%s: %+v does not add up", provider, money)
			}
		}
	})
}

func paidOnce(ctx context.Context, t *testing.T, m *market, provider string) {
	o := m.orderWith(ctx, t, provider, "A")
	m.pay(ctx, t, provider, o)
	m.wantStatus(ctx, t, o.Number, "FULFILLED")
	m.taken(ctx, t)
}

func twoTransactions(ctx context.Context, t *testing.T, m *market, provider string) {
	o := m.orderWith(ctx, t, provider, "A")
	d := m.dialect(t, provider)
	var both sync.WaitGroup
	for range 2 {
		id := d.NewTransactionID(time.Now())
		both.Go(func() {
			_, err := m.sim.Pay(ctx, sim.Payment{Provider: provider, OrderNumber: o.Number, Amount: o.Amount, TransactionID: id})
			if err != nil {
				t.Error(err)
			}
		})
	}
	both.Wait()
	m.taken(ctx, t)
	m.wantStatus(ctx, t, o.Number, "FULFILLED")
	got := m.refundsOf(ctx, t, o.Number, 1)
	if got[0].Amount != o.Amount || got[0].Source != "REFUND_SOURCE_SERVICE" {
		t.Errorf("refund %+v", got[0])
	}
}

// refundsOf waits until an order has so many confirmed refunds and no other, and
// returns them.
func (m *market) refundsOf(ctx context.Context, t *testing.T, number string, n int) []shop.Refund {
	t.Helper()
	var found []shop.Refund
	m.await(ctx, t, func(ctx context.Context) error {
		o, err := m.Find(ctx, number)
		if err != nil {
			return err
		}
		found = o.Refunds
		confirmed := 0
		for _, r := range found {
			if r.State == "REFUND_STATE_CONFIRMED" {
				confirmed++
			}
		}
		if confirmed != n || len(found) != n {
			return fmt.Errorf("order %s has the refunds %+v, want %d confirmed", number, found, n)
		}
		return nil
	})
	return found
}

func cancelledThenPaid(ctx context.Context, t *testing.T, m *market, provider string) {
	o := m.orderWith(ctx, t, provider, "A")
	// The customer was quicker than the closing of the trade.
	m.pay(ctx, t, provider, shop.Order{Number: o.Number, Amount: o.Amount})
	second := m.orderWith(ctx, t, provider, "A")
	if err := m.Cancel(ctx, second.Number); err != nil {
		t.Fatal(err)
	}
	n := paid(m.dialect(t, provider), second)
	if _, err := m.sim.Pay(ctx, sim.Payment{
		Provider: provider, OrderNumber: second.Number, Amount: second.Amount, TransactionID: n.Payment.TransactionID,
	}); err != nil {
		t.Fatal(err)
	}
	m.taken(ctx, t)
	m.refundsOf(ctx, t, second.Number, 1)
	m.wantStatus(ctx, t, second.Number, "CANCELLED")
	m.wantStatus(ctx, t, o.Number, "FULFILLED")
}

func anotherAmount(ctx context.Context, t *testing.T, m *market, provider string) {
	d := m.dialect(t, provider)
	for _, spoil := range []func(*book.Payment){
		func(p *book.Payment) { p.Amount++ },
		func(p *book.Payment) { p.Amount-- },
		func(p *book.Payment) { p.Amount = 1<<53 + 1 },
		func(p *book.Payment) { p.Currency = "USD" },
	} {
		o := m.orderWith(ctx, t, provider, "A")
		n := paid(d, o)
		spoil(&n.Payment)
		if provider == "alipay" && n.Payment.Currency != shop.Currency {
			continue // there is no currency in its notices
		}
		if status, body := m.call(ctx, t, provider, signed(t, d, n, time.Now())); status/100 != 2 {
			t.Errorf("%d %s: answered %d %s", n.Payment.Amount, n.Payment.Currency, status, body)
		}
		if got := m.verdicts(ctx, t, o.Number); got["mismatch"] != 1 {
			t.Errorf("%d %s: verdicts %v", n.Payment.Amount, n.Payment.Currency, got)
		}
		m.wantStatus(ctx, t, o.Number, "CREATED")
	}
}

func noAmount(ctx context.Context, t *testing.T, m *market, provider string) {
	d := m.dialect(t, provider)
	for _, amount := range []int64{0, -1, -995} {
		o := m.orderWith(ctx, t, provider, "A")
		n := paid(d, o)
		n.Payment.Amount = amount
		if status, body := m.call(ctx, t, provider, signed(t, d, n, time.Now())); status/100 != 2 {
			t.Errorf("%d: answered %d %s, and will be sent for ever", amount, status, body)
		}
		if got := m.verdicts(ctx, t, o.Number); got["unreadable"] != 1 {
			t.Errorf("%d: verdicts %v", amount, got)
		}
		if found, err := m.Find(ctx, o.Number); err != nil || found.Status != "ORDER_STATUS_CREATED" || len(found.Payments) != 0 {
			t.Errorf("%d: %+v, %v", amount, found, err)
		}
	}
}

func unknownOrder(ctx context.Context, t *testing.T, m *market, provider string) {
	o := shop.Order{Number: "NOBODYS" + strings.ToUpper(provider), Amount: 777}
	p := m.pay(ctx, t, provider, o)
	m.taken(ctx, t)
	list, err := m.order.Command(ctx, "payments", "list")
	if err != nil || !strings.Contains(list, p.TransactionID) {
		t.Fatalf("payments list: %v\n%s", err, list)
	}
	var number string
	for line := range strings.Lines(list) {
		if strings.Contains(line, p.TransactionID) {
			number = strings.Fields(line)[0]
		}
	}
	if out, err := m.order.Command(ctx, "payments", "refund", number, "--by", "ann", "--reason", "nobody's"); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	m.await(ctx, t, func(context.Context) error { return m.refundedAt(p, 777) })
}

// refundedAt wants so much of a payment back at its provider.
func (m *market) refundedAt(p book.Payment, want int64) error {
	for _, at := range m.sim.Payments() {
		if at.Provider == p.Provider && at.TransactionID == p.TransactionID && at.Refunded != want {
			return fmt.Errorf("%s %s: %d of %d went back", p.Provider, p.TransactionID, at.Refunded, want)
		}
	}
	return nil
}

func goodsGone(ctx context.Context, t *testing.T, m *market, provider string) {
	var orders []shop.Order
	for range 3 {
		orders = append(orders, m.orderWith(ctx, t, provider, "LAST"))
	}
	if stock, err := m.Stock(ctx, "LAST"); err != nil || stock == 0 {
		if err := m.Restock(ctx, "LAST", 1); err != nil {
			t.Fatal(err)
		}
	}
	var paying sync.WaitGroup
	for _, o := range orders {
		paying.Go(func() {
			if _, err := m.sim.Pay(ctx, sim.Payment{Provider: provider, OrderNumber: o.Number, Amount: o.Amount}); err != nil {
				t.Error(err)
			}
		})
	}
	paying.Wait()
	m.taken(ctx, t)
	m.await(ctx, t, func(ctx context.Context) error {
		statuses := map[string]int{}
		for _, o := range orders {
			found, err := m.Find(ctx, o.Number)
			if err != nil {
				return err
			}
			statuses[found.Status]++
		}
		if statuses["ORDER_STATUS_FULFILLED"] != 1 || statuses["ORDER_STATUS_REFUNDED"] != 2 {
			return fmt.Errorf("statuses %v", statuses)
		}
		return nil
	})
}

func operatorRefunds(ctx context.Context, t *testing.T, m *market, provider string) {
	o := m.orderWith(ctx, t, provider, "A")
	p := m.pay(ctx, t, provider, o)
	m.wantStatus(ctx, t, o.Number, "FULFILLED")
	before, err := m.Stock(ctx, "A")
	if err != nil {
		t.Fatal(err)
	}
	if out, err := m.order.Command(ctx, "orders", "refund", o.Number, "--by", "ann", "--reason", "wrong size"); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	m.wantStatus(ctx, t, o.Number, "REFUNDED")
	if after, err := m.Stock(ctx, "A"); err != nil || after != before+1 {
		t.Errorf("stock %d, then %d (error %v)", before, after, err)
	}
	if err := m.refundedAt(p, o.Amount); err != nil {
		t.Error(err)
	}
	m.taken(ctx, t) // the notice of the refund
}

func refundAtProvider(ctx context.Context, t *testing.T, m *market, provider string) {
	o := m.orderWith(ctx, t, provider, "A")
	p := m.pay(ctx, t, provider, o)
	m.wantStatus(ctx, t, o.Number, "FULFILLED")
	before, err := m.Stock(ctx, "A")
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range []int64{300, 0} { // a part, and then all that is left
		refund := sim.Refund{Provider: provider, TransactionID: p.TransactionID, Amount: part}
		if _, err := m.sim.Refund(ctx, refund); err != nil {
			t.Fatal(err)
		}
		m.taken(ctx, t)
		if part != 0 {
			m.wantStatus(ctx, t, o.Number, "FULFILLED")
		}
	}
	m.wantStatus(ctx, t, o.Number, "REFUNDED")
	for _, r := range m.refundsOf(ctx, t, o.Number, 2) {
		if r.Source != "REFUND_SOURCE_PROVIDER" {
			t.Errorf("refund %+v", r)
		}
	}
	if after, err := m.Stock(ctx, "A"); err != nil || after != before+1 {
		t.Errorf("stock %d, then %d (error %v)", before, after, err)
	}
}

func refundedThenPaid(ctx context.Context, t *testing.T, m *market, provider string) {
	o := m.orderWith(ctx, t, provider, "A")
	m.pay(ctx, t, provider, o)
	m.wantStatus(ctx, t, o.Number, "FULFILLED")
	if out, err := m.order.Command(ctx, "orders", "refund", o.Number, "--by", "ann", "--reason", "changed their mind"); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	m.wantStatus(ctx, t, o.Number, "REFUNDED")
	d := m.dialect(t, provider)
	late, err := m.sim.Pay(ctx, sim.Payment{Provider: provider, OrderNumber: o.Number, Amount: o.Amount, TransactionID: d.NewTransactionID(time.Now())})
	if err != nil {
		t.Fatal(err)
	}
	m.taken(ctx, t)
	m.refundsOf(ctx, t, o.Number, 2)
	if err := m.refundedAt(late, o.Amount); err != nil {
		t.Error(err)
	}
	m.wantStatus(ctx, t, o.Number, "REFUNDED")
}

func TestCancelRacesPayment(t *testing.T) {
	const orders = 60
	onEachDatabase(t, nil, func(t *testing.T, m *market) {
		ctx := within(t, 2*time.Minute)
		m.stock(ctx, t, 1000, "A")
		var racing sync.WaitGroup
		for i := range orders {
			provider := providers[i%len(providers)]
			o := m.orderWith(ctx, t, provider, "A")
			racing.Go(func() {
				if _, err := m.sim.Pay(ctx, sim.Payment{Provider: provider, OrderNumber: o.Number, Amount: o.Amount}); err != nil {
					t.Error(err)
				}
			})
			racing.Go(func() { _ = m.Cancel(ctx, o.Number) }) // it may be too late
		}
		racing.Wait()
		m.taken(ctx, t)
		books := m.closeBooks(ctx, t)
		counts := audit.Count(books.Orders, status)
		if counts["fulfilled"]+counts["cancelled"] != orders {
			t.Errorf("orders %v", counts)
		}
		if money := books.Money(); money.Returned != int64(counts["cancelled"])*995 || money.Kept != int64(counts["fulfilled"])*995 {
			t.Errorf("orders %v, money %+v", counts, money)
		}
	})
}

// TestEveryFaultOfARefundAPI has each provider fail in each way: there is one refund,
// or a dead task that says why.
func TestEveryFaultOfARefundAPI(t *testing.T) {
	onEachDatabase(t, nil, func(t *testing.T, m *market) {
		ctx := within(t, 4*time.Minute)
		m.stock(ctx, t, 1000, "A")
		for _, provider := range providers {
			for _, kind := range []sim.FaultKind{
				sim.Timeout, sim.Status500, sim.Garbage, sim.Drop, sim.Pending,
				sim.BadSignature, sim.WrongAmount, sim.AlreadyRefunded, sim.Failed,
			} {
				if kind == sim.BadSignature && provider != "wechatpay" && provider != "alipay" {
					continue // the others sign no answers
				}
				t.Run(provider+" "+string(kind), func(t *testing.T) { spoiledRefund(ctx, t, m, provider, kind) })
			}
		}
	})
}

func spoiledRefund(ctx context.Context, t *testing.T, m *market, provider string, kind sim.FaultKind) {
	for _, operation := range []dialect.Operation{dialect.Refund, dialect.RefundQuery} {
		// A repeat may be asked about instead of for.
		err := m.sim.Fault(sim.Fault{Provider: provider, Operation: operation, Kind: kind, Times: 1})
		if err != nil && operation == dialect.Refund {
			t.Fatal(err)
		}
	}
	o := m.orderWith(ctx, t, provider, "A")
	m.pay(ctx, t, provider, o)
	m.wantStatus(ctx, t, o.Number, "FULFILLED")
	d := m.dialect(t, provider)
	second, err := m.sim.Pay(ctx, sim.Payment{Provider: provider, OrderNumber: o.Number, Amount: o.Amount, TransactionID: d.NewTransactionID(time.Now())})
	if err != nil {
		t.Fatal(err)
	}
	var dead, refund string
	m.await(ctx, t, func(ctx context.Context) error {
		if kind == sim.Pending {
			for _, r := range m.sim.Refunds() {
				if r.TransactionID == second.TransactionID && r.State == book.RefundPending {
					if _, err := m.sim.Settle(ctx, provider, r.ID, book.RefundConfirmed, ""); err != nil {
						return err
					}
				}
			}
		}
		books, err := audit.Read(ctx, m.orderDB, m.productDB)
		if err != nil {
			return err
		}
		dead, refund = "", ""
		for _, p := range books.Payments {
			for _, r := range books.Refunds {
				if p.Transaction != second.TransactionID || r.Payment != p.Number {
					continue
				}
				refund = r.State
				for _, task := range books.Tasks {
					if task.Kind == "refund" && task.Ref == r.Number && task.State == "dead" {
						dead = task.LastError
					}
				}
			}
		}
		if refund != "confirmed" && dead == "" {
			return fmt.Errorf("the refund is %q", refund)
		}
		return nil
	})
	for _, operation := range []dialect.Operation{dialect.Refund, dialect.RefundQuery} {
		if err := m.sim.Fault(sim.Fault{Provider: provider, Operation: operation}); err != nil { // what is left over
			t.Fatal(err)
		}
	}
	back := int64(-1)
	for _, p := range m.sim.Payments() {
		if p.TransactionID == second.TransactionID {
			back = p.Refunded
		}
	}
	t.Logf("refund %s, %d back at the provider, dead: %s", refund, back, dead)
	switch {
	case back != 0 && back != o.Amount:
		t.Errorf("%d went back of %d", back, o.Amount)
	case refund == "confirmed" && back != o.Amount:
		t.Error("confirmed, and nothing went back")
	case refund == "failed" && back != 0:
		t.Error("failed, and the money went back")
	}
	heals := kind != sim.WrongAmount && kind != sim.AlreadyRefunded && kind != sim.Failed
	if heals && refund != "confirmed" {
		t.Errorf("the refund is %s (%s); another try must have healed it", refund, dead)
	}
}

// TestKilledBetweenTheProvidersRefundAndItsReceipt ends order with the money sent and
// the answer on its way.
func TestKilledBetweenTheProvidersRefundAndItsReceipt(t *testing.T) {
	onEachDatabase(t, nil, func(t *testing.T, m *market) {
		for _, provider := range providers {
			t.Run(provider, func(t *testing.T) {
				ctx := within(t, time.Minute)
				m.stock(ctx, t, 0, "GONE-"+provider)
				o := m.orderWith(ctx, t, provider, "GONE-"+provider)
				killed := make(chan struct{})
				var once sync.Once
				m.intercept(func(w http.ResponseWriter, r *http.Request, next http.Handler) {
					before := len(m.sim.Refunds())
					answer := httptest.NewRecorder()
					next.ServeHTTP(answer, r)
					if len(m.sim.Refunds()) > before {
						once.Do(func() { m.order.Kill(); close(killed) })
					}
					maps.Copy(w.Header(), answer.Header())
					w.WriteHeader(answer.Code)
					_, _ = w.Write(answer.Body.Bytes()) // nobody may be there
				})
				defer m.intercept(nil)
				p := m.pay(ctx, t, provider, o)
				select {
				case <-killed:
				case <-ctx.Done():
					t.Fatal("no refund was asked for")
				}
				if err := m.order.Run(ctx); err != nil {
					t.Fatal(err)
				}
				m.wantStatus(ctx, t, o.Number, "REFUNDED")
				m.refundsOf(ctx, t, o.Number, 1)
				if err := m.refundedAt(p, o.Amount); err != nil {
					t.Error(err)
				}
			})
		}
		m.closeBooks(within(t, time.Minute), t)
	})
}
