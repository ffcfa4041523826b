package usecase_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/stockonce/stockonce/app/internal/platform/database"
	"github.com/stockonce/stockonce/app/internal/platform/dbtest"
	"github.com/stockonce/stockonce/app/internal/platform/identity"
	"github.com/stockonce/stockonce/app/order/internal/adapter/store"
	"github.com/stockonce/stockonce/app/order/internal/adapter/store/migrations"
	"github.com/stockonce/stockonce/app/order/internal/domain"
	"github.com/stockonce/stockonce/app/order/internal/usecase"
)

var errAway = errors.New("product is away")

// product is a product service that keeps its word: what it answered once it
// answers for ever. It has stock for so many orders.
type product struct {
	mu      sync.Mutex
	stock   int
	answers map[string]domain.Outcome
	prices  map[string]domain.Money
	// err is returned instead of an answer; taken tells whether the answer is
	// stored all the same, as when only the reply is lost.
	err   error
	taken bool
	calls int
	// onCall runs during each call.
	onCall func()
}

func newProduct(stock int) *product {
	return &product{
		stock: stock, answers: map[string]domain.Outcome{},
		prices: map[string]domain.Money{"A": {Minor: 250, Currency: "CNY"}, "B": {Minor: 100, Currency: "CNY"}},
	}
}

func (p *product) fail(err error, taken bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.err, p.taken = err, taken
}

func (p *product) Deduct(_ context.Context, number string, _ []domain.Item) (domain.Outcome, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.calls++
	if p.onCall != nil {
		p.onCall()
	}
	if p.err != nil && !p.taken {
		return "", p.err
	}
	answer, known := p.answers[number]
	if !known {
		answer = domain.Refused
		if p.stock > 0 {
			p.stock--
			answer = domain.Deducted
		}
		p.answers[number] = answer
	}
	return answer, p.err
}

func (p *product) Try(ctx context.Context, number string, items []domain.Item) (domain.Outcome, error) {
	return p.Deduct(ctx, number, items)
}

func (p *product) Release(_ context.Context, number string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.err != nil && !p.taken {
		return p.err
	}
	if p.answers[number] == domain.Deducted {
		p.stock++
	}
	// Whatever is asked from now on: nothing.
	p.answers[number] = domain.Refused
	return p.err
}

func (p *product) Prices(_ context.Context, skus []string) (map[string]domain.Money, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.err != nil {
		return nil, usecase.ErrCatalogUnavailable
	}
	found := map[string]domain.Money{}
	for _, sku := range skus {
		if price, ok := p.prices[sku]; ok {
			found[sku] = price
		}
	}
	return found, nil
}

// recorder remembers what operators were told.
type recorder struct {
	mu        sync.Mutex
	verdicts  []domain.Verdict
	dead      []domain.TaskEnd
	decided   []domain.TaskDecision
	postponed int
}

func (r *recorder) NoticeJudged(_ context.Context, _ domain.Notice, v domain.Verdict) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.verdicts = append(r.verdicts, v)
}
func (r *recorder) DeductionSettled(context.Context, string, domain.Outcome) {}
func (r *recorder) TaskDied(_ context.Context, end domain.TaskEnd) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.dead = append(r.dead, end)
}
func (r *recorder) TaskPostponed(context.Context, domain.Claim, time.Duration, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.postponed++
}
func (r *recorder) TaskDecided(_ context.Context, d domain.TaskDecision) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.decided = append(r.decided, d)
}
func (r *recorder) OrdersExpired(context.Context, int)                          {}
func (r *recorder) RefundReported(context.Context, string, domain.RefundReport) {}

// bundle is the order service without its edges, on a real store.
type bundle struct {
	t        *testing.T
	db       *database.DB
	orders   *store.Orders
	product  *product
	signals  *recorder
	place    *usecase.PlaceOrder
	cancel   *usecase.CancelOrder
	confirm  *usecase.ConfirmPayment
	expire   *usecase.ExpireOrders
	handle   *usecase.HandlePayment
	payments *store.Payments
	provider *provider
	shop     *shop
	deduct   *usecase.RelayTasks
	release  *usecase.RelayTasks
	refund   *usecase.RelayTasks
	queries  *usecase.RelayTasks
	closing  *usecase.RelayTasks
	notifies *usecase.RelayTasks
	settings usecase.RelaySettings
}

const (
	grace        = time.Hour
	orphanWindow = time.Hour
)

func setup(t *testing.T, db *database.DB, stock int) *bundle {
	t.Helper()
	s := store.New(db)
	b := &bundle{
		t: t, db: db, orders: store.NewOrders(s, store.Targets{"shop"}), payments: store.NewPayments(s),
		product: newProduct(stock), provider: newProvider(), shop: &shop{}, signals: &recorder{},
		settings: usecase.RelaySettings{Batch: 50, Concurrency: 4, Lease: 30 * time.Second, CallTimeout: 5 * time.Second},
	}
	tasks := store.NewTasks(s)
	settle := usecase.NewSettleDeduction(b.orders, b.product, b.signals)
	query := usecase.QuerySettings{After: []time.Duration{5 * time.Minute, 30 * time.Minute}, Window: orphanWindow}
	b.place = usecase.NewPlaceOrder(b.orders, b.product, identity.New, 2*time.Hour, query)
	b.cancel = usecase.NewCancelOrder(b.orders, b.provider)
	b.confirm = usecase.NewConfirmPayment(b.orders, b.payments, settle, identity.New, b.signals)
	b.expire = usecase.NewExpireOrders(b.orders, tasks, b.provider, b.signals, grace, 100)
	b.handle = usecase.NewHandlePayment(b.orders, b.payments)
	lane := func(kind domain.TaskKind, name string, work func(context.Context, domain.Claim) error) *usecase.RelayTasks {
		return usecase.NewRelayTasks(usecase.Lane{Kind: kind, Name: name}, tasks, work, identity.New, b.signals,
			func() usecase.RelaySettings { return b.settings })
	}
	b.deduct = lane(domain.TaskDeduct, "", settle.Do)
	b.release = lane(domain.TaskRelease, "", usecase.NewReleaseStock(b.orders, b.product).Do)
	b.refund = lane(domain.TaskRefund, "standard", usecase.NewSendRefund(b.orders, b.payments, b.provider, b.signals).Do)
	b.queries = lane(domain.TaskQueryPayment, "standard",
		usecase.NewQueryPayment(b.orders, tasks, b.provider, b.confirm, b.signals, query).Do)
	b.closing = lane(domain.TaskClosePayment, "standard", usecase.NewClosePayment(tasks, b.provider, b.confirm, grace).Do)
	b.notifies = lane(domain.TaskNotify, "shop", usecase.NewNotifyTarget(b.orders, tasks, b.shop).Do)
	return b
}

// each runs f on a bundle over each kind of database.
func each(t *testing.T, stock int, f func(t *testing.T, b *bundle)) {
	t.Helper()
	dbtest.Each(t, migrations.Files, func(t *testing.T, db *database.DB) { f(t, setup(t, db, stock)) })
}

// order places an order of 500 CNY and returns its number.
func (b *bundle) order(request string) string {
	b.t.Helper()
	o, err := b.place.Do(b.t.Context(), wish(b.t, request, domain.Item{SKU: "A", Quantity: 2}))
	if err != nil {
		b.t.Fatal(err)
	}
	return o.Number()
}

func wish(t *testing.T, request string, items ...domain.Item) domain.Wish {
	t.Helper()
	w, err := domain.NewWish("customer", request, "standard", items)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// paid is a notice that pays an order of 500 CNY.
func paid(number, transaction string) domain.Notice {
	return domain.Notice{
		Provider: "standard", OrderNumber: number, TransactionID: transaction, State: "paid",
		Amount: domain.Money{Minor: 500, Currency: "CNY"},
	}
}

// notify records a notice and returns its verdict.
func (b *bundle) notify(n domain.Notice) domain.Verdict {
	b.t.Helper()
	if err := b.confirm.Do(b.t.Context(), n); err != nil {
		b.t.Fatal(err)
	}
	b.signals.mu.Lock()
	defer b.signals.mu.Unlock()
	return b.signals.verdicts[len(b.signals.verdicts)-1]
}

// find loads an order.
func (b *bundle) find(number string) *domain.Order {
	b.t.Helper()
	o, err := b.orders.Find(b.t.Context(), number)
	if err != nil {
		b.t.Fatal(err)
	}
	return o
}

// dueNow makes all tasks due, as if time had passed.
func (b *bundle) dueNow() {
	b.t.Helper()
	b.exec("UPDATE tasks SET next_at = created_at WHERE state = 'pending'")
}

func (b *bundle) exec(statement string, args ...any) {
	b.t.Helper()
	if _, err := b.db.Write.ExecContext(b.t.Context(), statement, args...); err != nil {
		b.t.Fatal(err)
	}
}

// count is the number a query answers.
func (b *bundle) count(query string, args ...any) int {
	b.t.Helper()
	var n int
	if err := b.db.Read.QueryRowContext(b.t.Context(), query, args...).Scan(&n); err != nil {
		b.t.Fatal(err)
	}
	return n
}

// pass runs a lane once.
func (b *bundle) pass(lane *usecase.RelayTasks) int {
	b.t.Helper()
	n, err := lane.RunOnce(b.t.Context())
	if err != nil {
		b.t.Fatal(err)
	}
	return n
}
