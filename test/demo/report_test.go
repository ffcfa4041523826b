package main

import (
	"slices"
	"testing"
	"time"

	"github.com/stockonce/stockonce/app/paysim/book"
	"github.com/stockonce/stockonce/app/paysim/keyset"
	"github.com/stockonce/stockonce/test/harness/audit"
)

// world is what the books of everybody say at the end.
type world struct {
	books *audit.Books
	said  statement
}

// sound is a world in which each provider has a payment that took its stock (…-won) and
// one of a cancelled order that went back (…-late).
func sound() *world {
	names := keyset.Names()
	w := &world{books: &audit.Books{
		SKUs:      []audit.SKU{{Code: "TEA", Stock: 10 - 2*int64(len(names))}},
		Movements: []audit.Movement{{SKU: "TEA", Kind: "opening", Ref: "x", Delta: 10, Balance: 10}},
	}}
	b := w.books
	for i, name := range names {
		won, late := name+"-won", name+"-late"
		b.Orders = append(b.Orders,
			audit.Order{Number: won, Status: "fulfilled", Winner: won, Currency: "CNY", Amount: 5000, Lines: map[string]int64{"TEA": 2}},
			audit.Order{Number: late, Status: "cancelled", Currency: "CNY", Amount: 2500, Lines: map[string]int64{"TEA": 1}})
		b.Payments = append(b.Payments,
			audit.Payment{Number: won, Provider: name, Transaction: won, Order: won, Disposition: "winner", Currency: "CNY", Amount: 5000},
			audit.Payment{Number: late, Provider: name, Transaction: late, Order: late, Disposition: "late", Currency: "CNY", Amount: 2500})
		b.Refunds = append(b.Refunds,
			audit.Refund{Number: late + "-1", Payment: late, State: "confirmed", Source: "service", Currency: "CNY", Amount: 2500})
		b.Tasks = append(b.Tasks, audit.Task{Kind: "refund", Ref: late + "-1", State: "done"})
		b.Deductions = append(b.Deductions, audit.Deduction{Order: won, Outcome: "deducted"})
		b.Movements = append(b.Movements,
			audit.Movement{SKU: "TEA", Kind: "sale", Ref: won, Delta: -2, Balance: 8 - 2*int64(i)})
		w.said.payments = append(w.said.payments,
			book.Payment{Provider: name, TransactionID: won, Amount: 5000, Currency: "CNY", State: book.Paid, PaidAt: time.Now()},
			book.Payment{Provider: name, TransactionID: late, Amount: 2500, Currency: "CNY", State: book.Paid, PaidAt: time.Now(), Refunded: 2500},
			// A trade that was closed unpaid is no money.
			book.Payment{Provider: name, TransactionID: name + "-closed", Amount: 700, Currency: "CNY", State: book.Closed})
		w.said.told = append(w.said.told, won, late)
		w.said.forged = append(w.said.forged, name+"-never")
	}
	return w
}

// paid finds a payment in the books of its provider.
func (w *world) paid(transaction string) *book.Payment {
	i := slices.IndexFunc(w.said.payments, func(p book.Payment) bool { return p.TransactionID == transaction })
	return &w.said.payments[i]
}

// payment finds a payment in order's books, and refund one of its refunds.
func (w *world) payment(number string) *audit.Payment {
	i := slices.IndexFunc(w.books.Payments, func(p audit.Payment) bool { return p.Number == number })
	return &w.books.Payments[i]
}

func (w *world) refund(payment string) *audit.Refund {
	i := slices.IndexFunc(w.books.Refunds, func(r audit.Refund) bool { return r.Payment == payment })
	return &w.books.Refunds[i]
}

func TestASoundWorldIsReportedAsOne(t *testing.T) {
	w := sound()
	if !report(w.books, w.said) {
		t.Error("it is reported as broken")
	}
}

func TestEveryBookThatDoesNotAddUpFails(t *testing.T) {
	for name, spoil := range map[string]func(*world){
		"a broken invariant":                      func(w *world) { w.books.SKUs[0].Stock++ },
		"a payment answered ok and not recorded":  func(w *world) { w.said.told = append(w.said.told, "lost") },
		"a forged payment that is recorded":       func(w *world) { w.said.forged = append(w.said.forged, "stripe-won") },
		"a refund that the provider did not make": func(w *world) { w.paid("alipay-late").Refunded = 0 },
		"a refund that order does not know of":    func(w *world) { w.paid("alipay-won").Refunded = 5000 },
		"a part refund more than order knows of":  func(w *world) { w.paid("stripe-won").Refunded = 1 },
		"money that order has not recorded": func(w *world) {
			w.said.payments = append(w.said.payments, book.Payment{
				Provider: "wechatpay", TransactionID: "lost", Amount: 100, Currency: "CNY", State: book.Paid, PaidAt: time.Now(),
			})
		},
		"money that the provider did not capture": func(w *world) { w.paid("standard-won").PaidAt = time.Time{} },
		"another amount than was captured":        func(w *world) { w.paid("standard-won").Amount++ },
		"a payment the provider knows nothing of": func(w *world) { w.payment("stripe-won").Transaction = "other" },
		"two refunds that only add up together": func(w *world) {
			w.paid("alipay-late").Refunded, w.paid("alipay-won").Refunded = 1500, 1000
		},
		"money credited to another provider": func(w *world) { w.payment("alipay-won").Provider = "stripe" },
		"money that is held": func(w *world) {
			w.books.Orders[1].Status = "created"
			w.payment("standard-late").Disposition = "mismatch"
			w.refund("standard-late").State = "failed"
			w.paid("standard-late").Refunded = 0
		},
		"a refund that is under way": func(w *world) {
			w.refund("wechatpay-late").State = "sent"
			w.books.Tasks[1].State = "pending"
		},
		"a trade that is still to be closed": func(w *world) {
			w.books.Tasks = append(w.books.Tasks, audit.Task{Kind: "close_payment", Ref: "alipay-late", State: "pending"})
		},
		"a provider without any money": func(w *world) {
			w.books.Payments[0].Provider, w.books.Payments[1].Provider = "stripe", "stripe"
			w.said.payments[0].Provider, w.said.payments[1].Provider = "stripe", "stripe"
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := sound()
			spoil(w)
			if report(w.books, w.said) {
				t.Error("it is reported as sound")
			}
		})
	}
}

func TestStockTableCountsWhatWasGivenBack(t *testing.T) {
	books := &audit.Books{
		SKUs: []audit.SKU{{Code: "TEA", Stock: 10}},
		Movements: []audit.Movement{
			{SKU: "TEA", Kind: "opening", Ref: "x", Delta: 10, Balance: 10},
			{SKU: "TEA", Kind: "sale", Ref: "A", Delta: -2, Balance: 8},
			{SKU: "TEA", Kind: "release", Ref: "A", Delta: 2, Balance: 10},
		},
	}
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
