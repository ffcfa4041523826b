package audit

import (
	"fmt"
	"maps"
)

// Invariant is a rule that the books must keep.
type Invariant struct {
	Name string // as in the design: I1, I2 …
	Says string
	// Check returns how the books break it; nothing when they keep it.
	Check func(*Books) []string
}

// Invariants are those that the two databases can show.
func Invariants() []Invariant {
	return []Invariant{
		{"I1", "an order takes its stock at most once, and gives it back at most once", (*Books).stockMovesOnce},
		{"I2", "stock is never below zero and is the sum of its movements", (*Books).stockIsItsLedger},
		{"I3", "an order is fulfilled only on a stored deduction", (*Books).fulfilledIsDeducted},
		{"I4", "stock is taken only for an order that is paid", (*Books).deductedIsPaid},
		{"I5", "all money that arrived is kept, on its way back, or held", (*Books).moneyIsAccountedFor},
		{"I6", "an order has at most one winning payment", (*Books).oneWinner},
		{"I7", "nothing that is still to be done is forgotten", (*Books).nothingForgotten},
	}
}

// Violations is how the books break the invariants; nothing when they keep all.
func (b *Books) Violations() []string {
	var all []string
	for _, i := range Invariants() {
		for _, v := range i.Check(b) {
			all = append(all, i.Name+": "+v)
		}
	}
	return all
}

func (b *Books) stockMovesOnce() (bad []string) {
	type key struct{ kind, ref, sku string }
	moved := map[key]int64{}
	taken := map[string]map[string]int64{} // by order and SKU
	for _, m := range b.Movements {
		if m.Kind != "sale" && m.Kind != "release" {
			continue
		}
		k := key{m.Kind, m.Ref, m.SKU}
		if _, twice := moved[k]; twice {
			bad = append(bad, fmt.Sprintf("order %s has two movements %s of %s", m.Ref, m.Kind, m.SKU))
		}
		moved[k] = m.Delta
		if m.Kind == "sale" {
			if taken[m.Ref] == nil {
				taken[m.Ref] = map[string]int64{}
			}
			taken[m.Ref][m.SKU] -= m.Delta
			continue
		}
		if sale, sold := moved[key{"sale", m.Ref, m.SKU}]; !sold || sale != -m.Delta {
			bad = append(bad, fmt.Sprintf("order %s gave back %d of %s and had taken %d", m.Ref, m.Delta, m.SKU, -sale))
		}
	}
	outcomes := b.outcomes()
	for _, o := range b.Orders {
		switch outcomes[o.Number] {
		case "deducted":
			if !maps.Equal(taken[o.Number], o.Lines) {
				bad = append(bad, fmt.Sprintf("order %s of %v took %v", o.Number, o.Lines, taken[o.Number]))
			}
		case "released": // of an order that had taken nothing, or all of it
			if t := taken[o.Number]; t != nil && !maps.Equal(t, o.Lines) {
				bad = append(bad, fmt.Sprintf("order %s of %v took %v", o.Number, o.Lines, t))
			}
		default:
			if t := taken[o.Number]; t != nil {
				bad = append(bad, fmt.Sprintf("order %s took %v and its deduction is %q", o.Number, t, outcomes[o.Number]))
			}
		}
	}
	return bad
}

func (b *Books) stockIsItsLedger() (bad []string) {
	sum := map[string]int64{}
	for _, m := range b.Movements {
		sum[m.SKU] += m.Delta
		if m.Balance != sum[m.SKU] {
			bad = append(bad, fmt.Sprintf("movement %s %s of %s says balance %d, the ledger so far %d", m.Kind, m.Ref, m.SKU, m.Balance, sum[m.SKU]))
		}
	}
	for _, s := range b.SKUs {
		if s.Stock < 0 || s.Stock != sum[s.Code] {
			bad = append(bad, fmt.Sprintf("stock of %s is %d, its movements sum to %d", s.Code, s.Stock, sum[s.Code]))
		}
	}
	return bad
}

func (b *Books) fulfilledIsDeducted() (bad []string) {
	outcomes := b.outcomes()
	want := map[string]string{"fulfilled": "deducted", "unfulfillable": "refused"}
	for _, o := range b.Orders {
		if w := want[o.Status]; w != "" && outcomes[o.Number] != w {
			bad = append(bad, fmt.Sprintf("order %s is %s and its deduction is %q", o.Number, o.Status, outcomes[o.Number]))
		}
	}
	return bad
}

func (b *Books) deductedIsPaid() (bad []string) {
	orders := b.orders()
	for _, d := range b.Deductions {
		if d.Outcome != "deducted" {
			continue
		}
		switch status := orders[d.Order].Status; status {
		case "paid", "fulfilled", "refunding", "refunded":
		default:
			bad = append(bad, fmt.Sprintf("stock is taken for order %s, which is %q", d.Order, status))
		}
	}
	return bad
}

func (b *Books) oneWinner() (bad []string) {
	winner := map[string]string{} // payment by order
	for _, p := range b.Payments {
		if p.Disposition != "winner" {
			continue
		}
		if other := winner[p.Order]; other != "" {
			bad = append(bad, fmt.Sprintf("order %s has the winners %s and %s", p.Order, other, p.Number))
		}
		winner[p.Order] = p.Number
	}
	for _, o := range b.Orders {
		if o.Winner != winner[o.Number] {
			bad = append(bad, fmt.Sprintf("order %s names the winner %q, the payments name %q", o.Number, o.Winner, winner[o.Number]))
		}
		if unpaid := o.Status == "created" || o.Status == "cancelled"; unpaid != (o.Winner == "") {
			bad = append(bad, fmt.Sprintf("order %s is %s with the winner %q", o.Number, o.Status, o.Winner))
		}
	}
	return bad
}

func (b *Books) nothingForgotten() (bad []string) {
	open := map[string]bool{}
	for _, t := range b.Tasks {
		open[t.Kind+" "+t.Ref] = t.State != "done"
	}
	refunding := map[string]bool{} // by payment
	for _, r := range b.Refunds {
		if r.State != "requested" && r.State != "sent" {
			continue
		}
		if open["refund "+r.Number] {
			refunding[r.Payment] = true
		} else {
			bad = append(bad, fmt.Sprintf("refund %s is %s and no task sends it", r.Number, r.State))
		}
	}
	for _, o := range b.Orders {
		if o.Status == "paid" && !open["deduct "+o.Number] {
			bad = append(bad, fmt.Sprintf("order %s is paid and no task takes its stock", o.Number))
		}
		if o.Status == "refunding" && !open["release "+o.Number] && !refunding[o.Winner] {
			bad = append(bad, fmt.Sprintf("order %s is refunding and no task works on it", o.Number))
		}
	}
	return bad
}

func (b *Books) outcomes() map[string]string {
	m := map[string]string{}
	for _, d := range b.Deductions {
		m[d.Order] = d.Outcome
	}
	return m
}

func (b *Books) orders() map[string]Order {
	m := map[string]Order{}
	for _, o := range b.Orders {
		m[o.Number] = o
	}
	return m
}
