package test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stockonce/stockonce/test/harness"
	"github.com/stockonce/stockonce/test/harness/audit"
	"github.com/stockonce/stockonce/test/harness/shop"
	"github.com/stockonce/stockonce/test/harness/wire"
)

// point is a step of the flow from callback to settled order.
type point struct {
	name string
	// arm sets the trap that holds the flow there. outcome is what product will say.
	arm func(w *world, o shop.Order, outcome string) *wire.Trap
	// What the databases hold at that moment.
	paid, decided bool
	// lost tells whether what is held goes down with the victim.
	lost func(victim string) bool
}

var points = []point{
	{
		name: "before order's transaction has touched the order",
		arm: func(w *world, o shop.Order, _ string) *wire.Trap {
			return w.orderWire.Arm(wire.Before, 1, wire.Containing(o.Number))
		},
		lost: is("order"),
	},
	{
		name: "inside order's transaction",
		arm: func(w *world, _ shop.Order, _ string) *wire.Trap {
			return w.orderWire.Arm(wire.Before, 1, wire.Commit("INSERT INTO `payments`"))
		},
		lost: is("order"),
	},
	{
		name: "after order's commit, before order knows of it",
		arm: func(w *world, _ shop.Order, _ string) *wire.Trap {
			return w.orderWire.Arm(wire.After, 1, wire.Commit("INSERT INTO `payments`"))
		},
		paid: true, lost: is("order"),
	},
	{
		name: "after order's commit, before the call arrives",
		arm: func(w *world, _ shop.Order, _ string) *wire.Trap {
			return w.rpc.Arm(wire.Before, 1, "DeductStock")
		},
		paid: true, lost: is("order"),
	},
	{
		name: "inside product's transaction",
		arm: func(w *world, _ shop.Order, _ string) *wire.Trap {
			return w.productWire.Arm(wire.Before, 1, wire.Commit("INSERT INTO `deductions`"))
		},
		paid: true, lost: is("product"),
	},
	{
		name: "after product's commit, before product knows of it",
		arm: func(w *world, _ shop.Order, _ string) *wire.Trap {
			return w.productWire.Arm(wire.After, 1, wire.Commit("INSERT INTO `deductions`"))
		},
		paid: true, decided: true, lost: is("product"),
	},
	{
		name: "after product's answer, before it arrives",
		arm: func(w *world, _ shop.Order, _ string) *wire.Trap {
			return w.rpc.Arm(wire.After, 1, "DeductStock")
		},
		paid: true, decided: true, lost: is("order", "product"),
	},
	{
		name: "after the answer, before order has settled",
		arm: func(w *world, _ shop.Order, outcome string) *wire.Trap {
			return w.orderWire.Arm(wire.Before, 1, wire.Commit("'"+outcome+"'"))
		},
		paid: true, decided: true, lost: is("order"),
	},
	{
		name: "after order has settled, before order knows of it",
		arm: func(w *world, _ shop.Order, outcome string) *wire.Trap {
			return w.orderWire.Arm(wire.After, 1, wire.Commit("'"+outcome+"'"))
		},
		paid: true, decided: true, lost: is("order"),
	},
}

func is(victims ...string) func(string) bool {
	return func(victim string) bool {
		return slices.Contains(victims, victim)
	}
}

// TestAKillAtAnyPointLeavesOneEffect kills either service at each step of the flow,
// as often as -kills says, every second time with an order that product refuses. The
// provider goes on sending, the service is started again, and everything settles.
func TestAKillAtAnyPointLeavesOneEffect(t *testing.T) {
	for _, p := range points {
		for _, victim := range []string{"order", "product"} {
			t.Run(p.name+"/"+victim, func(t *testing.T) {
				t.Parallel()
				w := start(t, nil)
				ctx := within(t, time.Minute+time.Duration(*killsFlag)*30*time.Second)
				service := map[string]*harness.Service{"order": w.order, "product": w.product}[victim]
				w.stock(ctx, t, int64(*killsFlag), "A")
				w.stock(ctx, t, 0, "NONE")
				fulfilled := 0
				for i := range *killsFlag {
					sku, outcome := "A", "fulfilled"
					if i%2 == 1 {
						sku, outcome = "NONE", "unfulfillable"
					} else {
						fulfilled++
					}
					w.killOnce(ctx, t, p, victim, service, w.placed(ctx, t, sku), outcome)
				}
				books := w.settle(ctx, t)
				want := map[string]int{"fulfilled": fulfilled}
				if refused := *killsFlag - fulfilled; refused > 0 {
					want["unfulfillable"] = refused
				}
				wantCounts(t, "orders", audit.Count(books.Orders, status), want)
				wantCounts(t, "payments", audit.Count(books.Payments, disposition), map[string]int{"winner": *killsFlag})
				if stock, err := w.Stock(ctx, "A"); err != nil || stock != int64(*killsFlag-fulfilled) {
					t.Errorf("stock %d, want %d (error %v)", stock, *killsFlag-fulfilled, err)
				}
			})
		}
	}
}

// killOnce pays one order and kills the victim when the flow reaches the point.
func (w *world) killOnce(ctx context.Context, t *testing.T, p point, victim string, service *harness.Service, o shop.Order, outcome string) {
	t.Helper()
	notice := w.Paid(o)
	trap := p.arm(w, o, outcome)
	delivered := make(chan error, 1)
	go func() {
		_, err := w.Deliver(ctx, notice)
		delivered <- err
	}()
	held, err := trap.Wait(ctx)
	if err != nil {
		t.Fatal(err)
	}
	w.wantRows(ctx, t, p, o.Number)
	service.Kill()
	if p.lost(victim) {
		held.Cut()
	} else {
		held.Pass()
	}
	if err := service.Run(ctx); err != nil {
		t.Fatal(err)
	}
	if err := <-delivered; err != nil {
		t.Fatal(err)
	}
	status := map[string]string{"fulfilled": "FULFILLED", "unfulfillable": "UNFULFILLABLE"}[outcome]
	w.wantStatus(ctx, t, o.Number, status)
	keepsInvariants(t, w.settle(ctx, t))
}

// wantRows makes sure that the flow is held where the point says.
func (w *world) wantRows(ctx context.Context, t *testing.T, p point, number string) {
	t.Helper()
	books, err := audit.Read(ctx, w.orderDB, w.productDB)
	if err != nil {
		t.Fatal(err)
	}
	paid, decided := false, false
	for _, payment := range books.Payments {
		paid = paid || payment.Order == number
	}
	for _, d := range books.Deductions {
		decided = decided || d.Order == number
	}
	if got, want := fmt.Sprint(paid, decided), fmt.Sprint(p.paid, p.decided); got != want {
		t.Errorf("paid and decided are %s at the point, want %s", got, want)
	}
}
