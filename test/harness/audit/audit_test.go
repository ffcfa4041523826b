package audit_test

import (
	"strings"
	"testing"

	"github.com/stockonce/stockonce/test/harness/audit"
)

// sound are books that keep every invariant: an order in each position and a payment
// of each kind.
func sound() *audit.Books {
	lines := map[string]int64{"A": 2}
	return &audit.Books{
		Orders: []audit.Order{
			{Number: "fulfilled", Status: "fulfilled", Winner: "p1", Currency: "EUR", Amount: 10, Lines: lines},
			{Number: "short", Status: "unfulfillable", Winner: "p2", Currency: "EUR", Amount: 10, Lines: lines},
			{Number: "paid", Status: "paid", Winner: "p3", Currency: "EUR", Amount: 10, Lines: lines},
			{Number: "created", Status: "created", Currency: "EUR", Amount: 10, Lines: lines},
			{Number: "cancelled", Status: "cancelled", Currency: "EUR", Amount: 10, Lines: lines},
		},
		Payments: []audit.Payment{
			{Number: "p1", Transaction: "t1", Order: "fulfilled", Disposition: "winner", Currency: "EUR", Amount: 10},
			{Number: "p2", Transaction: "t2", Order: "short", Disposition: "winner", Currency: "EUR", Amount: 10},
			{Number: "p3", Transaction: "t3", Order: "paid", Disposition: "winner", Currency: "EUR", Amount: 10},
			{Number: "p4", Transaction: "t4", Order: "fulfilled", Disposition: "duplicate", Currency: "EUR", Amount: 10},
			{Number: "p5", Transaction: "t5", Order: "created", Disposition: "mismatch", Currency: "EUR", Amount: 9},
			{Number: "p6", Transaction: "t6", Order: "cancelled", Disposition: "late", Currency: "EUR", Amount: 10},
			{Number: "p7", Transaction: "t7", Order: "nobody", Disposition: "orphan", Currency: "EUR", Amount: 3},
		},
		Refunds: []audit.Refund{
			{Number: "p2-1", Payment: "p2", State: "failed", Amount: 10},
			{Number: "p2-2", Payment: "p2", State: "requested", Amount: 10},
			{Number: "p4-1", Payment: "p4", State: "sent", Amount: 10},
			{Number: "p6-1", Payment: "p6", State: "confirmed", Amount: 10},
		},
		Tasks: []audit.Task{
			{Kind: "deduct", Ref: "paid", State: "pending"},
			{Kind: "deduct", Ref: "fulfilled", State: "done"},
			{Kind: "refund", Ref: "p2-2", State: "pending"},
			{Kind: "refund", Ref: "p4-1", State: "pending"},
		},
		Deductions: []audit.Deduction{{Order: "fulfilled", Outcome: "deducted"}, {Order: "short", Outcome: "refused"}},
		SKUs:       []audit.SKU{{Code: "A", Stock: 3}},
		Movements: []audit.Movement{
			{SKU: "A", Kind: "opening", Ref: "x", Delta: 5, Balance: 5},
			{SKU: "A", Kind: "sale", Ref: "fulfilled", Delta: -2, Balance: 3},
		},
	}
}

func TestSoundBooksHaveNoViolations(t *testing.T) {
	b := sound()
	if got := b.Violations(); got != nil {
		t.Errorf("violations %q", got)
	}
	if got, want := b.Money(), (audit.Money{Captured: 62, Kept: 20, Returned: 30, Held: 12}); got != want {
		t.Errorf("money %+v, want %+v", got, want)
	}
	if got := b.Unsettled(); len(got) != 1 || got[0] != "paid" {
		t.Errorf("unsettled %q, want paid", got)
	}
	if got := b.Unrecorded([]string{"t1", "t9"}); len(got) != 1 || got[0] != "t9" {
		t.Errorf("unrecorded %q, want t9", got)
	}
}

func TestEveryBrokenInvariantIsFound(t *testing.T) {
	for name, test := range map[string]struct {
		spoil func(*audit.Books)
		want  string
	}{
		"stock taken twice": {func(b *audit.Books) {
			b.Movements = append(b.Movements, audit.Movement{SKU: "A", Kind: "sale", Ref: "fulfilled", Delta: -2, Balance: 1})
			b.SKUs[0].Stock = 1
		}, "I1"},
		"another quantity taken": {func(b *audit.Books) {
			b.Movements[1].Delta, b.Movements[1].Balance, b.SKUs[0].Stock = -1, 4, 4
		}, "I1"},
		"stock taken by a refused order": {func(b *audit.Books) {
			b.Movements = append(b.Movements, audit.Movement{SKU: "A", Kind: "sale", Ref: "short", Delta: -2, Balance: 1})
			b.SKUs[0].Stock = 1
		}, "I1"},
		"stock given back that was not taken": {func(b *audit.Books) {
			b.Movements = append(b.Movements, audit.Movement{SKU: "A", Kind: "release", Ref: "short", Delta: 2, Balance: 5})
			b.SKUs[0].Stock = 5
		}, "I1"},
		"stock that differs from its ledger": {func(b *audit.Books) { b.SKUs[0].Stock = 4 }, "I2"},
		"a wrong balance":                    {func(b *audit.Books) { b.Movements[1].Balance = 2 }, "I2"},
		"fulfilled without a deduction":      {func(b *audit.Books) { b.Orders[2].Status = "fulfilled" }, "I3"},
		"unfulfillable without a refusal":    {func(b *audit.Books) { b.Deductions = b.Deductions[:1] }, "I3"},
		"stock taken for an unpaid order": {func(b *audit.Books) {
			b.Deductions = append(b.Deductions, audit.Deduction{Order: "created", Outcome: "deducted"})
		}, "I4"},
		"stock taken for no order": {func(b *audit.Books) {
			b.Deductions = append(b.Deductions, audit.Deduction{Order: "nobody", Outcome: "deducted"})
		}, "I4"},
		"a duplicate that does not go back":       {func(b *audit.Books) { b.Refunds[2].State = "failed" }, "I5"},
		"a late payment that goes back in part":   {func(b *audit.Books) { b.Refunds[3].Amount = 9 }, "I5"},
		"more going back than arrived":            {func(b *audit.Books) { b.Refunds[3].Amount = 11 }, "I5"},
		"a winner of another amount":              {func(b *audit.Books) { b.Payments[0].Amount = 9 }, "I5"},
		"a winner kept by an order without goods": {func(b *audit.Books) { b.Refunds[1].State = "failed" }, "I5"},
		"a mismatch kept by a cancelled order":    {func(b *audit.Books) { b.Orders[3].Status = "cancelled" }, "I5"},
		"an orphan whose order exists":            {func(b *audit.Books) { b.Payments[6].Order = "created" }, "I5"},
		"a payment without a disposition":         {func(b *audit.Books) { b.Payments[6].Disposition = "" }, "I5"},
		"two winners":                             {func(b *audit.Books) { b.Payments[3].Disposition = "winner" }, "I6"},
		"an order that names another winner":      {func(b *audit.Books) { b.Orders[0].Winner = "p4" }, "I6"},
		"a paid order without a winner":           {func(b *audit.Books) { b.Orders[2].Winner = ""; b.Payments[2].Disposition = "late" }, "I6"},
		"a paid order whose task is done":         {func(b *audit.Books) { b.Tasks[0].State = "done" }, "I7"},
		"a paid order without a task":             {func(b *audit.Books) { b.Tasks = b.Tasks[1:] }, "I7"},
		"a refund that no task sends":             {func(b *audit.Books) { b.Tasks = b.Tasks[:3] }, "I7"},
		"a refunding order that nothing works on": {func(b *audit.Books) { b.Orders[0].Status = "refunding" }, "I7"},
	} {
		t.Run(name, func(t *testing.T) {
			b := sound()
			test.spoil(b)
			for _, v := range b.Violations() {
				if strings.HasPrefix(v, test.want+": ") {
					return
				}
			}
			t.Errorf("violations %q, none of %s", b.Violations(), test.want)
		})
	}
}
