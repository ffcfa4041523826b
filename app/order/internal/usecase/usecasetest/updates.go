package usecasetest

import (
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/stockonce/stockonce/app/order/internal/domain"
	"github.com/stockonce/stockonce/app/order/internal/usecase"
)

func runUpdates(t *testing.T, open func(t *testing.T) Ports) {
	t.Run("what the order recorded is stored", func(t *testing.T) {
		p := open(t)
		o := place(t, p)
		payment, _ := pay(t, p, o.Number(), "token")
		o = find(t, p, o.Number())
		if o.Status() != domain.Paid || o.Winner() != payment || len(o.Payments()) != 1 {
			t.Fatalf("status %s, winner %q, payments %+v", o.Status(), o.Winner(), o.Payments())
		}
		got, want := o.Payments()[0], Notice(o.Number(), "")
		if got.Number != payment || got.Provider != "standard" || got.Amount != want.Amount || !got.PaidAt.Equal(want.PaidAt) ||
			got.Disposition != domain.Winner || got.ReceivedAt.IsZero() || got.OrderNumber != o.Number() {
			t.Errorf("payment %+v", got)
		}
	})
	t.Run("an error of change stores nothing and comes back", func(t *testing.T) {
		p := open(t)
		o := place(t, p)
		no := errors.New("no")
		err := p.Orders.Update(t.Context(), o.Number(), func(o *domain.Order) error {
			o.Pay(Notice(o.Number(), "tx"), id("P"), "token")
			return no
		})
		if !errors.Is(err, no) {
			t.Fatalf("error %v", err)
		}
		if o = find(t, p, o.Number()); o.Status() != domain.Created || len(o.Payments()) != 0 {
			t.Fatalf("stored %s with %d payments", o.Status(), len(o.Payments()))
		}
	})
	t.Run("a panic of change stores nothing and locks nobody out", func(t *testing.T) {
		p := open(t)
		o := place(t, p)
		func() {
			defer func() { _ = recover() }()
			_ = p.Orders.Update(t.Context(), o.Number(), func(o *domain.Order) error {
				o.Pay(Notice(o.Number(), "tx"), id("P"), "token")
				panic("boom")
			})
		}()
		pay(t, p, o.Number(), "token")
		if got := len(find(t, p, o.Number()).Payments()); got != 1 {
			t.Fatalf("%d payments", got)
		}
	})
	t.Run("an order nobody placed is not found", func(t *testing.T) {
		p := open(t)
		err := p.Orders.Update(t.Context(), "nope", func(*domain.Order) error { return nil })
		if !errors.Is(err, usecase.ErrOrderNotFound) {
			t.Fatalf("error %v", err)
		}
	})
	t.Run("concurrent updates of one order follow each other", func(t *testing.T) {
		p := open(t)
		number := place(t, p).Number()
		const workers = 40
		verdicts := make([]domain.Verdict, workers)
		parallel(t, workers, func(i int) error {
			return p.Orders.Update(t.Context(), number, func(o *domain.Order) error {
				verdicts[i] = o.Pay(Notice(number, fmt.Sprint("tx", i)), id("P"), "token")
				return nil
			})
		})
		count := map[domain.Verdict]int{}
		for _, v := range verdicts {
			count[v]++
		}
		o := find(t, p, number)
		if count[domain.VerdictWinner] != 1 || count[domain.VerdictDuplicate] != workers-1 ||
			len(o.Payments()) != workers || len(o.Refunds()) != workers-1 {
			t.Fatalf("verdicts %v, %d payments, %d refunds", count, len(o.Payments()), len(o.Refunds()))
		}
	})
	t.Run("one transaction pays once however often it comes at once", func(t *testing.T) {
		p := open(t)
		number := place(t, p).Number()
		verdicts := make([]domain.Verdict, 40)
		parallel(t, len(verdicts), func(i int) error {
			return p.Orders.Update(t.Context(), number, func(o *domain.Order) error {
				verdicts[i] = o.Pay(Notice(number, "tx"), id("P"), "token")
				return nil
			})
		})
		count := map[domain.Verdict]int{}
		for _, v := range verdicts {
			count[v]++
		}
		if count[domain.VerdictWinner] != 1 || count[domain.VerdictReplay] != len(verdicts)-1 {
			t.Fatalf("verdicts %v", count)
		}
	})
	t.Run("a transaction that another order has is taken, and nothing is stored", func(t *testing.T) {
		p := open(t)
		first, second := place(t, p).Number(), place(t, p).Number()
		take := func(number string) error {
			return p.Orders.Update(t.Context(), number, func(o *domain.Order) error {
				o.Pay(Notice(number, "tx"), id("P"), "token")
				return nil
			})
		}
		if err := take(first); err != nil {
			t.Fatal(err)
		}
		if err := take(second); !errors.Is(err, usecase.ErrTransactionTaken) {
			t.Fatalf("error %v", err)
		}
		if o := find(t, p, second); o.Status() != domain.Created || len(o.Payments()) != 0 {
			t.Fatalf("stored %s with %d payments", o.Status(), len(o.Payments()))
		}
	})
	t.Run("a lost claim settles nothing", func(t *testing.T) {
		p := open(t)
		number := place(t, p).Number()
		_, claim := pay(t, p, number, "mine")
		settle := func(token string) error {
			c := claim
			c.Token = token
			return p.Orders.Update(t.Context(), number, func(o *domain.Order) error {
				o.Settle(domain.Refused, c)
				return nil
			})
		}
		if err := settle("another's"); !errors.Is(err, usecase.ErrLeaseLost) {
			t.Fatalf("error %v", err)
		}
		if o := find(t, p, number); o.Status() != domain.Paid || len(o.Refunds()) != 0 {
			t.Fatalf("stored %s with %d refunds", o.Status(), len(o.Refunds()))
		}
		if err := settle("mine"); err != nil {
			t.Fatal(err)
		}
		if o := find(t, p, number); o.Status() != domain.Unfulfillable || len(o.Refunds()) != 1 {
			t.Fatalf("stored %s with %d refunds", o.Status(), len(o.Refunds()))
		}
		if err := settle("mine"); !errors.Is(err, usecase.ErrLeaseLost) {
			t.Fatalf("a task that is done was settled again: %v", err)
		}
	})
}

// parallel runs f in n goroutines that start together, and reports their errors.
func parallel(t *testing.T, n int, f func(i int) error) {
	t.Helper()
	var group sync.WaitGroup
	start := make(chan struct{})
	for i := range n {
		group.Go(func() {
			<-start
			if err := f(i); err != nil {
				t.Errorf("worker %d: %v", i, err)
			}
		})
	}
	close(start)
	group.Wait()
}
