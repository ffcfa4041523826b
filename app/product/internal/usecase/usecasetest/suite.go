// Package usecasetest states what the ports of the package usecase promise, as
// tests that every adapter runs.
package usecasetest

import (
	"errors"
	"fmt"
	"reflect"
	"sync"
	"testing"

	"github.com/stockonce/stockonce/app/product/internal/domain"
	"github.com/stockonce/stockonce/app/product/internal/usecase"
)

// Adapter is what is tested: the ports over one empty place to keep things.
type Adapter struct {
	Products usecase.Products
	Stock    usecase.Stock
	Ledger   usecase.Ledger
	// Balances reads every SKU's stock and the sum of its movements, by code and in
	// one consistent snapshot.
	Balances func(testing.TB) map[string]Balance
}

// Balance is a SKU's stock beside what its ledger adds up to.
type Balance struct{ Stock, Ledger int64 }

// Run runs every test of the suite, each with a new adapter from open.
func Run(t *testing.T, open func(*testing.T) Adapter) {
	t.Helper()
	run(t, open, "products", productTests)
	run(t, open, "changes", changeTests)
	run(t, open, "deductions", deductionTests)
	run(t, open, "releases", releaseTests)
	run(t, open, "ledger", ledgerTests)
	run(t, open, "records", recordTests)
	RunConcurrency(t, open)
}

// RunConcurrency runs the tests of the suite where many callers meet at once. Run
// includes them; adapters whose database counts deadlocks run them once more to
// show that there is none.
func RunConcurrency(t *testing.T, open func(*testing.T) Adapter) {
	t.Helper()
	run(t, open, "concurrency", concurrencyTests)
}

func run(t *testing.T, open func(*testing.T) Adapter, group string, tests []contract) {
	t.Helper()
	for _, test := range tests {
		t.Run(group+"/"+test.name, func(t *testing.T) {
			b := &bench{T: t, Adapter: open(t)}
			test.run(b)
			b.balanced()
		})
	}
}

// contract is one promise.
type contract struct {
	name string
	run  func(*bench)
}

// bench is a test with its adapter and the steps that tests share. Steps that
// cannot fail in a working adapter end the test.
type bench struct {
	*testing.T
	Adapter
	created int
}

// stocked creates one product per SKU code, in the given order, each with stock.
func (b *bench) stocked(stock int64, codes ...string) {
	b.Helper()
	for _, code := range codes {
		b.product(domain.SKU{Code: code, Price: 100, Currency: "CNY", Stock: stock})
	}
}

// product creates a product with the given SKUs.
func (b *bench) product(skus ...domain.SKU) domain.Product {
	b.Helper()
	b.created++
	product, err := domain.NewProduct(fmt.Sprintf("P%04d", b.created), "a product", skus)
	if err != nil {
		b.Fatal(err)
	}
	stored, err := b.Products.Create(b.Context(), product)
	if err != nil {
		b.Fatal(err)
	}
	return stored
}

// line is short for a domain.Line.
func line(code string, quantity int64) domain.Line {
	return domain.Line{SKU: code, Quantity: quantity}
}

// deduct makes a deduction of the given lines.
func (b *bench) deduct(number string, lines ...domain.Line) (domain.Answer, error) {
	deduction, err := domain.NewDeduction(number, lines)
	if err != nil {
		return domain.Answer{}, fmt.Errorf("bad test: %w", err)
	}
	return b.Stock.Deduct(b.Context(), deduction)
}

// answers checks what a deduction is answered with.
func (b *bench) answers(want domain.Outcome, number string, lines ...domain.Line) domain.Answer {
	b.Helper()
	answer, err := b.deduct(number, lines...)
	if err != nil {
		b.Fatalf("deduct order %s: %v", number, err)
	}
	if answer.Outcome != want {
		b.Fatalf("order %s is answered with %q, want %q", number, answer.Outcome, want)
	}
	return answer
}

// releases checks what a release is answered with.
func (b *bench) releases(want domain.ReleaseOutcome, number string) {
	b.Helper()
	outcome, err := b.Stock.Release(b.Context(), number)
	if err != nil {
		b.Fatalf("release order %s: %v", number, err)
	}
	if outcome != want {
		b.Fatalf("release of order %s is answered with %q, want %q", number, outcome, want)
	}
}

// restock adds pieces to a SKU.
func (b *bench) restock(code, request string, quantity int64) domain.Movement {
	b.Helper()
	change, err := domain.NewRestock(code, request, quantity, "delivery")
	if err != nil {
		b.Fatal(err)
	}
	movement, err := b.Stock.Change(b.Context(), change)
	if err != nil {
		b.Fatalf("restock %s: %v", code, err)
	}
	return movement
}

// stocks checks a SKU's stock.
func (b *bench) stocks(code string, want int64) {
	b.Helper()
	skus, err := b.Products.SKUs(b.Context(), []string{code})
	if err != nil || len(skus) != 1 {
		b.Fatalf("read SKU %s: %d found, %v", code, len(skus), err)
	}
	if skus[0].Stock != want {
		b.Errorf("stock of %s is %d, want %d", code, skus[0].Stock, want)
	}
}

// moves checks a SKU's ledger, newest first, as "kind ref delta balance".
func (b *bench) moves(code string, want ...string) {
	b.Helper()
	movements, err := b.Ledger.Movements(b.Context(), code, 0, 10_000)
	if err != nil {
		b.Fatalf("movements of %s: %v", code, err)
	}
	got := make([]string, len(movements))
	for i, m := range movements {
		got[i] = fmt.Sprintf("%s %s %+d =%d", m.Kind, m.Ref, m.Delta, m.Balance)
	}
	equal(b, "movements of "+code, got, want)
}

// balanced checks that every SKU's stock is what its ledger adds up to.
func (b *bench) balanced() {
	b.Helper()
	for code, balance := range b.Balances(b.T) {
		if balance.Stock != balance.Ledger || balance.Stock < 0 {
			b.Errorf("SKU %s has %d pieces, its ledger says %d", code, balance.Stock, balance.Ledger)
		}
	}
}

// inParallel calls f for 0 to n-1 at the same time and fails for every error.
func (b *bench) inParallel(n int, f func(i int) error) {
	b.Helper()
	var (
		start = make(chan struct{})
		all   sync.WaitGroup
		errs  = make([]error, n)
	)
	for i := range n {
		all.Go(func() {
			<-start
			errs[i] = f(i)
		})
	}
	close(start)
	all.Wait()
	if err := errors.Join(errs...); err != nil {
		b.Fatalf("of %d calls at the same time some failed: %v", n, err)
	}
}

// equal compares values that print well; no items and a nil slice are the same.
func equal[T any](t testing.TB, what string, got, want []T) {
	t.Helper()
	if len(got) == 0 && len(want) == 0 {
		return
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%s:\n got %+v\nwant %+v", what, got, want)
	}
}
