package main

import (
	"testing"

	"github.com/stockonce/stockonce/test/harness/audit"
)

// soldOnce are books of one order that took its stock.
func soldOnce() *audit.Books {
	return &audit.Books{
		Orders: []audit.Order{{
			Number: "A", Status: "fulfilled", Winner: "p1", Currency: "CNY", Amount: 5000, Lines: map[string]int64{"TEA": 2},
		}},
		Payments: []audit.Payment{{
			Number: "p1", Transaction: "t1", Order: "A", Disposition: "winner", Currency: "CNY", Amount: 5000,
		}},
		Deductions: []audit.Deduction{{Order: "A", Outcome: "deducted"}},
		SKUs:       []audit.SKU{{Code: "TEA", Stock: 8}},
		Movements: []audit.Movement{
			{SKU: "TEA", Kind: "opening", Ref: "x", Delta: 10, Balance: 10},
			{SKU: "TEA", Kind: "sale", Ref: "A", Delta: -2, Balance: 8},
		},
	}
}

func TestReport(t *testing.T) {
	for name, c := range map[string]struct {
		taken, forged []string
		spoil         func(*audit.Books)
		want          bool
	}{
		"sound books and true answers hold": {
			taken: []string{"t1"}, forged: []string{"t2"}, spoil: func(*audit.Books) {}, want: true,
		},
		"a broken invariant fails": {
			taken: []string{"t1"}, spoil: func(b *audit.Books) { b.SKUs[0].Stock = 7 },
		},
		"a payment answered ok and not recorded fails": {
			taken: []string{"t1", "t3"}, spoil: func(*audit.Books) {},
		},
		"a forged payment that is recorded fails": {
			forged: []string{"t1"}, spoil: func(*audit.Books) {},
		},
	} {
		t.Run(name, func(t *testing.T) {
			books := soldOnce()
			c.spoil(books)
			d := &demo{provider: &provider{taken: c.taken, forged: c.forged}}
			if got := d.report(books); got != c.want {
				t.Errorf("held is %v, want %v", got, c.want)
			}
		})
	}
}

func TestStockTableCountsWhatWasGivenBack(t *testing.T) {
	books := soldOnce()
	books.Movements = append(books.Movements, audit.Movement{SKU: "TEA", Kind: "release", Ref: "A", Delta: 2, Balance: 10})
	books.SKUs[0].Stock = 10
	if got, want := stockRows(books), "TEA\t10\t0\t10"; len(got) != 1 || got[0] != want {
		t.Errorf("rows %q, want %q", got, want)
	}
}

func TestMoneyHasTwoDecimals(t *testing.T) {
	for minor, want := range map[int64]string{0: "0.00", 5: "0.05", 2499: "24.99", 880000: "8800.00"} {
		if got := money(minor); got != want {
			t.Errorf("%d prints as %s, want %s", minor, got, want)
		}
	}
}

func TestArgumentsThatAskForNothingKnownAreRefused(t *testing.T) {
	for _, args := range [][]string{{"runs"}, {"run", "now"}, {"with"}, {"with", "--"}, {"with", "ls"}} {
		if _, err := choose(args); err == nil {
			t.Errorf("%q is accepted", args)
		}
	}
	for _, args := range [][]string{nil, {"run"}, {"with", "--", "ls"}} {
		if _, err := choose(args); err != nil {
			t.Errorf("%q: %v", args, err)
		}
	}
}
