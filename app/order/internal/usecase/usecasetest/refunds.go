package usecasetest

import (
	"errors"
	"testing"
	"time"

	"github.com/stockonce/stockonce/app/order/internal/domain"
	"github.com/stockonce/stockonce/app/order/internal/usecase"
)

func runRefunds(t *testing.T, open func(t *testing.T) Ports) {
	// late makes an order that was cancelled and then paid, and returns its refund.
	late := func(t *testing.T, p Ports) domain.Refund {
		t.Helper()
		number, payment := place(t, p).Number(), id("P")
		err := p.Orders.Update(t.Context(), number, func(o *domain.Order) error {
			if err := o.Cancel(false); err != nil {
				return err
			}
			o.Pay(Notice(number, id("tx")), payment, "")
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		r, of, err := p.Payments.FindRefund(t.Context(), payment+"-1")
		if err != nil || of.Number != payment || of.OrderNumber != number {
			t.Fatalf("refund %+v of %+v, %v", r, of, err)
		}
		return r
	}
	claim := func(t *testing.T, p Ports, lane usecase.Lane) []domain.Claim {
		t.Helper()
		claims, err := p.Tasks.Claim(t.Context(), lane, id("token"), 10, time.Minute)
		if err != nil {
			t.Fatal(err)
		}
		return claims
	}
	t.Run("each provider's refunds are in a lane of their own", func(t *testing.T) {
		p := open(t)
		r := late(t, p)
		for _, other := range []string{"", "stripe"} {
			if claims := claim(t, p, usecase.Lane{Kind: domain.TaskRefund, Name: other}); len(claims) != 0 {
				t.Errorf("lane %q: %+v", other, claims)
			}
		}
		claims := claim(t, p, usecase.Lane{Kind: domain.TaskRefund, Name: "standard"})
		if len(claims) != 1 || claims[0].Ref != r.Number || claims[0].Lane != "standard" {
			t.Fatalf("claims %+v", claims)
		}
	})
	t.Run("what is decided ends a task that another has, and a dead one", func(t *testing.T) {
		p := open(t)
		held, dead := late(t, p), late(t, p)
		claims := claim(t, p, usecase.Lane{Kind: domain.TaskRefund, Name: "standard"})
		if len(claims) != 2 {
			t.Fatalf("claims %+v", claims)
		}
		for _, c := range claims {
			if c.Ref == dead.Number {
				if err := p.Tasks.End(t.Context(), domain.TaskEnd{Claim: c, State: domain.TaskDead, Reason: "why"}); err != nil {
					t.Fatal(err)
				}
			}
		}
		list, err := p.Tasks.List(t.Context(), usecase.TaskFilter{State: domain.TaskDead}, 10)
		if err != nil || len(list) != 1 || list[0].Ref != dead.Number || list[0].LastError != "why" || list[0].Name != "standard" {
			t.Fatalf("dead %+v, %v", list, err)
		}
		for _, r := range []domain.Refund{held, dead} {
			_, payment, err := p.Payments.FindRefund(t.Context(), r.Number)
			if err != nil {
				t.Fatal(err)
			}
			err = p.Orders.Update(t.Context(), payment.OrderNumber, func(o *domain.Order) error {
				return o.SettleByHand(r.Number, "cash", "ann")
			})
			if err != nil {
				t.Fatal(err)
			}
			stored, _, err := p.Payments.FindRefund(t.Context(), r.Number)
			if err != nil || stored.State != domain.RefundConfirmed || stored.By != "ann" || stored.Source != domain.SourceByHand {
				t.Fatalf("stored %+v, %v", stored, err)
			}
		}
		if unfinished, err := p.Tasks.Unfinished(t.Context()); err != nil || len(unfinished) != 0 {
			t.Fatalf("unfinished %+v, %v", unfinished, err)
		}
		for _, c := range claims {
			if err := p.Tasks.Postpone(t.Context(), c, 0, ""); !errors.Is(err, usecase.ErrLeaseLost) {
				t.Errorf("a claim outlived its task: %v", err)
			}
		}
	})
	t.Run("payments that no order takes can be updated without one", func(t *testing.T) {
		p := open(t)
		n := Notice("nobody", id("tx"))
		payment := domain.Hold(n, id("P"))
		if err := p.Payments.Hold(t.Context(), payment, callback(n, domain.VerdictOrphan)); err != nil {
			t.Fatal(err)
		}
		parallel(t, 8, func(int) error { // a person in a hurry
			err := p.Orders.UpdatePayments(t.Context(), "nobody", func(o *domain.Order) error {
				return o.GiveBack(payment.Number, "whose?", "ann", false)
			})
			if errors.Is(err, domain.ErrNotRefundable) {
				return nil
			}
			return err
		})
		if claims := claim(t, p, usecase.Lane{Kind: domain.TaskRefund, Name: "standard"}); len(claims) != 1 {
			t.Fatalf("refunded %d times", len(claims))
		}
		stored, err := p.Payments.FindPayment(t.Context(), payment.Number)
		if err != nil || stored.Disposition != domain.Late {
			t.Fatalf("payment %+v, %v", stored, err)
		}
		err = p.Orders.UpdatePayments(t.Context(), "never", func(*domain.Order) error { return nil })
		if !errors.Is(err, usecase.ErrOrderNotFound) {
			t.Fatalf("no payment names it: %v", err)
		}
	})
	t.Run("a refund's notice that came too early is found by its order number", func(t *testing.T) {
		p := open(t)
		n := Notice("early", id("tx"))
		n.Refund = &domain.RefundNotice{Number: "R1", Ref: "re_1", State: domain.RefundConfirmed, Cumulative: true, Chargeback: true, Stuck: true, Reason: "fraud"}
		if err := p.Payments.HoldRefund(t.Context(), callback(n, domain.VerdictOrphan)); err != nil {
			t.Fatal(err)
		}
		held, err := p.Payments.HeldRefunds(t.Context(), "early")
		if err != nil || len(held) != 1 || *held[0].Refund != *n.Refund || held[0].Amount != n.Amount || held[0].TransactionID != n.TransactionID {
			t.Fatalf("held %+v, %v", held, err)
		}
		if claims := claim(t, p, usecase.Lane{Kind: domain.TaskQueryPayment, Name: "standard"}); len(claims) != 1 {
			t.Fatalf("claims %+v", claims)
		}
	})
	t.Run("an order's history is read by its sequence", func(t *testing.T) {
		p := open(t)
		o := place(t, p)
		e, err := p.Orders.Event(t.Context(), o.Number(), 1)
		if err != nil || e.Kind != domain.EventPlaced || e.Status != domain.Created || e.OrderNumber != o.Number() || e.Sequence != 1 {
			t.Fatalf("event %+v, %v", e, err)
		}
		if _, err := p.Orders.Event(t.Context(), o.Number(), 2); !errors.Is(err, usecase.ErrOrderNotFound) {
			t.Fatalf("no second event: %v", err)
		}
	})
}
