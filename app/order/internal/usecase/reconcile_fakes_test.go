package usecase_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stockonce/stockonce/app/internal/platform/dbtest"
	"github.com/stockonce/stockonce/app/order/internal/adapter/store"
	"github.com/stockonce/stockonce/app/order/internal/adapter/store/migrations"
	"github.com/stockonce/stockonce/app/order/internal/domain"
	"github.com/stockonce/stockonce/app/order/internal/usecase"
)

// stockBooks are product's books of the bundle's product, whose orders are all of two A.
type stockBooks struct {
	product *product

	mu     sync.Mutex
	levels []domain.StockLevel
	extra  []domain.StockRecord
	since  []time.Time // of every page of all
	// onLook runs before a second look is answered; err is returned instead of pages.
	onLook func()
	err    error
	pages  int
}

var twoA = []domain.Item{{SKU: "A", Quantity: 2}}

func (s *stockBooks) Deductions(_ context.Context, f usecase.StockFilter, limit int) ([]domain.StockRecord, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.pages++
	if s.err != nil {
		return nil, s.err
	}
	if len(f.Orders) == 0 {
		s.since = append(s.since, f.Since)
	} else if s.onLook != nil {
		s.onLook()
	}
	s.product.mu.Lock()
	defer s.product.mu.Unlock()
	all := slices.Clone(s.extra)
	for number, answer := range s.product.answers {
		r := domain.StockRecord{OrderNumber: number, State: domain.StockState(answer), Unchanged: time.Hour}
		if answer == domain.Deducted {
			r.Taken = twoA
		}
		all = append(all, r)
	}
	all = slices.DeleteFunc(all, func(r domain.StockRecord) bool {
		return r.OrderNumber <= f.After || len(f.Orders) > 0 && !slices.Contains(f.Orders, r.OrderNumber)
	})
	slices.SortFunc(all, func(a, b domain.StockRecord) int { return strings.Compare(a.OrderNumber, b.OrderNumber) })
	return all[:min(limit, len(all))], nil
}

func (s *stockBooks) Levels(_ context.Context, after string, skus []string, _ int) (found []domain.StockLevel, _ error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, l := range s.levels {
		if l.SKU > after && (len(skus) == 0 || slices.Contains(skus, l.SKU)) {
			found = append(found, l)
		}
	}
	return found, s.err
}

// forget makes product forget what it answered.
func (p *product) forget(number string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.answers, number)
}

// auditor reconciles a bundle's books.
type auditor struct {
	*bundle

	stock    *stockBooks
	findings *store.Findings
	passes   *store.Passes
	ports    usecase.ReconcilePorts
	do       *usecase.Reconcile
}

// audits runs f with an auditor over each kind of database.
func audits(t *testing.T, stock int, f func(t *testing.T, a *auditor)) {
	t.Helper()
	each(t, stock, func(t *testing.T, b *bundle) { f(t, newAuditor(b)) })
}

// auditsSQLite is audits where the kind of database makes no difference.
func auditsSQLite(t *testing.T, stock int) *auditor {
	t.Helper()
	return newAuditor(setup(t, dbtest.SQLite(t, migrations.Files), stock))
}

func newAuditor(b *bundle) *auditor {
	s := store.New(b.db)
	a := &auditor{bundle: b, stock: &stockBooks{product: b.product}, findings: store.NewFindings(s), passes: store.NewPasses(s)}
	a.ports = usecase.ReconcilePorts{
		Orders: b.orders, Payments: b.payments, Tasks: store.NewTasks(s), Books: store.NewBooks(s), Stock: a.stock,
		Providers: b.provider, Findings: a.findings, Passes: a.passes, Signals: usecase.ToldByReport{},
	}
	a.do = usecase.NewReconcile(a.ports)
	return a
}

// full are the options of a pass over everything that leaves nothing alone.
func full() usecase.ReconcileOptions {
	return usecase.ReconcileOptions{Full: true, StuckAfter: time.Hour, OrphanWindow: orphanWindow}
}

// reconcile makes a pass and returns what it found, as kind, ref and remedy.
func (a *auditor) reconcile(options usecase.ReconcileOptions) (usecase.Report, []string) {
	a.t.Helper()
	report, err := a.do.Do(a.t.Context(), options)
	if err != nil {
		a.t.Fatal(err)
	}
	found := []string{}
	for _, f := range report.Findings {
		found = append(found, strings.TrimSpace(fmt.Sprintf("%s %s %s", f.Kind, f.Ref, f.Remedy)))
	}
	slices.Sort(found)
	return report, found
}

// finds makes a pass and wants exactly these findings.
func (a *auditor) finds(options usecase.ReconcileOptions, want ...string) usecase.Report {
	a.t.Helper()
	report, found := a.reconcile(options)
	slices.Sort(want)
	if !slices.Equal(found, want) {
		a.t.Errorf("found %q, want %q", found, want)
	}
	return report
}

// paid places an order and has it paid; product answers at once if it has stock.
func (a *auditor) paid(request string) string {
	a.t.Helper()
	number := a.order(request)
	a.notify(paid(number, "tx-"+request))
	return number
}

// unanswered is paid while product is away, and stays so.
func (a *auditor) unanswered(request string) string {
	a.t.Helper()
	a.product.fail(nil, false)
	number := a.order(request)
	a.product.fail(errAway, false)
	a.notify(paid(number, "tx-"+request))
	return number
}

// open lists the refs of open findings.
func (a *auditor) open() (refs []string) {
	a.t.Helper()
	kept, err := a.findings.List(a.t.Context(), usecase.FindingFilter{Open: true}, 0, 100)
	if err != nil {
		a.t.Fatal(err)
	}
	for _, f := range kept {
		refs = append(refs, f.Ref)
	}
	return refs
}
