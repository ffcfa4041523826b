package usecasetest

import (
	"errors"
	"testing"
	"time"

	"github.com/stockonce/stockonce/app/order/internal/domain"
	"github.com/stockonce/stockonce/app/order/internal/usecase"
)

func runPayments(t *testing.T, open func(t *testing.T) Ports) {
	hold := func(t *testing.T, p Ports, order, transaction string) error {
		t.Helper()
		n := Notice(order, transaction)
		return p.Payments.Hold(t.Context(), domain.Hold(n, id("P")), callback(n, domain.VerdictOrphan))
	}
	t.Run("a held payment is found by its transaction and makes a task", func(t *testing.T) {
		p := open(t)
		if err := hold(t, p, "later", "tx"); err != nil {
			t.Fatal(err)
		}
		held, found, err := p.Payments.FindByTransaction(t.Context(), "standard", "tx")
		if err != nil || !found || held.OrderNumber != "later" || held.Disposition != domain.Orphan {
			t.Fatalf("%+v, %t, %v", held, found, err)
		}
		claims, err := p.Tasks.Claim(t.Context(), usecase.Lane{Kind: domain.TaskQueryPayment, Name: "standard"}, "token", 10, time.Minute)
		if err != nil || len(claims) != 1 || claims[0].Ref != "later" {
			t.Fatalf("claims %+v, %v", claims, err)
		}
	})
	t.Run("a transaction is held once, however often it comes at once", func(t *testing.T) {
		p := open(t)
		errs := make([]error, 20)
		parallel(t, len(errs), func(i int) error { errs[i] = hold(t, p, "later", "tx"); return nil })
		held := 0
		for _, err := range errs {
			switch {
			case err == nil:
				held++
			case !errors.Is(err, usecase.ErrTransactionTaken):
				t.Errorf("error %v", err)
			}
		}
		if held != 1 {
			t.Fatalf("held %d times", held)
		}
	})
	t.Run("two held payments of one order number share a task", func(t *testing.T) {
		p := open(t)
		parallel(t, 8, func(int) error { return hold(t, p, "later", id("tx")) })
		claims, err := p.Tasks.Claim(t.Context(), usecase.Lane{Kind: domain.TaskQueryPayment, Name: "standard"}, "token", 10, time.Minute)
		if err != nil || len(claims) != 1 {
			t.Fatalf("claims %+v, %v", claims, err)
		}
	})
	t.Run("a transaction nobody reported is not found", func(t *testing.T) {
		p := open(t)
		if err := hold(t, p, "later", "tx"); err != nil {
			t.Fatal(err)
		}
		for _, k := range [][2]string{{"standard", "TX"}, {"stripe", "tx"}} {
			if _, found, err := p.Payments.FindByTransaction(t.Context(), k[0], k[1]); found || err != nil {
				t.Errorf("%v: found %t, %v", k, found, err)
			}
		}
	})
	t.Run("a notice without effect can be kept, again and again", func(t *testing.T) {
		p := open(t)
		for range 2 {
			if err := p.Payments.Keep(t.Context(), callback(Notice("O", "tx"), domain.VerdictNotPaid)); err != nil {
				t.Fatal(err)
			}
		}
		if _, found, err := p.Payments.FindByTransaction(t.Context(), "standard", "tx"); found || err != nil {
			t.Fatalf("a notice without effect made a payment: %t, %v", found, err)
		}
	})
}
