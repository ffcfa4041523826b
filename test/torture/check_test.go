package main

import (
	"slices"
	"testing"

	"github.com/stockonce/stockonce/app/paysim/book"
	"github.com/stockonce/stockonce/test/harness/audit"
)

// sound is the evidence of a shop where all is well: one order that kept its goods,
// one that was paid twice, one that got no goods, one cancelled before it was paid,
// and a payment of none.
func sound() *evidence {
	payment := func(order, state string, amount, refunded int64) book.Payment {
		return book.Payment{Provider: "stripe", OrderNumber: order, TransactionID: "T" + state, Amount: amount, Currency: "CNY", State: book.Paid, Refunded: refunded}
	}
	recorded := func(number, transaction, order, disposition string, amount int64) audit.Payment {
		return audit.Payment{Number: number, Provider: "stripe", Transaction: transaction, Order: order, Disposition: disposition, Currency: "CNY", Amount: amount}
	}
	one := map[string]int64{"COLD-1": 1}
	hot := map[string]int64{"HOT-1": 1}
	cold, warm := plan{id: 1, deed: pays, lines: []line{{"COLD-1", 1}}}, plan{id: 2, deed: pays, lines: []line{{"HOT-1", 1}}}
	third := plan{id: 3, deed: cancelsFirst, lines: []line{{"COLD-1", 1}}}
	return &evidence{
		books: &audit.Books{
			Orders: []audit.Order{
				{Number: "A", Status: "fulfilled", Winner: "P1", Currency: "CNY", Amount: 995, Lines: one},
				{Number: "B", Status: "refunded", Winner: "P3", Currency: "CNY", Amount: 995, Lines: hot},
				{Number: "C", Status: "cancelled", Currency: "CNY", Amount: 995, Lines: one},
			},
			Payments: []audit.Payment{
				recorded("P1", "T1", "A", "winner", 995), recorded("P2", "T2", "A", "duplicate", 995),
				recorded("P3", "T3", "B", "winner", 995), recorded("P4", "T4", "C", "late", 995),
				recorded("P5", "T5", "NOBODYS1", "orphan", 995),
			},
			Refunds: []audit.Refund{
				{Number: "P2-1", Payment: "P2", State: "confirmed", Currency: "CNY", Amount: 995},
				{Number: "P3-1", Payment: "P3", State: "confirmed", Currency: "CNY", Amount: 995},
				{Number: "P4-1", Payment: "P4", State: "confirmed", Currency: "CNY", Amount: 995},
			},
			Tasks:      []audit.Task{{Kind: "deduct", Ref: "A", State: "done"}, {Kind: "query_payment", Ref: "NOBODYS1", State: "dead"}},
			Deductions: []audit.Deduction{{Order: "A", Outcome: "deducted"}, {Order: "B", Outcome: "refused"}},
			SKUs:       []audit.SKU{{Code: "COLD-1", Stock: 9}, {Code: "HOT-1", Stock: 4}},
			Movements: []audit.Movement{
				{SKU: "COLD-1", Kind: "opening", Ref: "o", Delta: 10, Balance: 10},
				{SKU: "HOT-1", Kind: "restock", Ref: "delivery-1", Delta: 4, Balance: 4},
				{SKU: "COLD-1", Kind: "sale", Ref: "A", Delta: -1, Balance: 9},
			},
		},
		payments: []book.Payment{
			payment("A", "1", 995, 0), payment("A", "2", 995, 995), payment("B", "3", 995, 995),
			payment("C", "4", 995, 995), payment("NOBODYS1", "5", 995, 0),
		},
		taken: map[string]int{"stripe T1": 2, "stripe all": 3}, recorded: map[string]int{"stripe T1": 3, "stripe all": 3},
		forged: []string{"F1"},
		placed: map[string]plan{"A": cold, "B": warm, "C": third}, nobodys: map[string]bool{"NOBODYS1": true},
		damaged: []damage{{homeless, "P5", "NOBODYS1", "held"}}, compared: true,
		cancelled: []string{"C"}, delivered: []delivery{{request: "delivery-1", sku: "HOT-1", quantity: 4}},
	}
}

func TestNothingIsFoundWhereNothingIsWrong(t *testing.T) {
	for _, f := range check(sound()) {
		t.Errorf("%+v", f)
	}
}

func TestEveryWrongIsFoundAndNamed(t *testing.T) {
	for _, test := range []struct {
		what  string
		spoil func(*evidence)
		want  finding // whose text does not matter
	}{
		{"a payment that order knows nothing of", func(e *evidence) { e.books.Payments = e.books.Payments[:4] }, finding{lost, "NOBODYS1", ""}},
		{"a transaction that is recorded twice", func(e *evidence) {
			p := e.books.Payments[4]
			p.Number = "P6"
			e.books.Payments = append(e.books.Payments, p)
		}, finding{double, "NOBODYS1", ""}},
		{"a callback answered ok and not recorded", func(e *evidence) { e.taken["stripe T2"] = 1 }, finding{lost, "A", ""}},
		{"a callback answered ok twice and recorded once", func(e *evidence) { e.recorded["stripe T1"] = 1 }, finding{lost, "A", ""}},
		{"a notice of a refund answered ok and not recorded", func(e *evidence) { e.recorded["stripe all"] = 2 }, finding{lost, "", ""}},
		{"a placed order that is gone", func(e *evidence) { e.placed["D"] = plan{id: 4} }, finding{lost, "D", ""}},
		{"two orders of one request", func(e *evidence) { e.placed["B"] = e.placed["A"] }, finding{double, "", ""}},
		{"a cancelled order that is not", func(e *evidence) { e.cancelled = append(e.cancelled, "A") }, finding{lost, "A", ""}},
		{"a promised refund", func(e *evidence) { e.refunded = append(e.refunded, "A") }, finding{unrefunded, "A", ""}},
		{"goods that came in and are not there", func(e *evidence) { e.delivered[0].quantity = 5 }, finding{lost, "", ""}},
		{"goods that came in twice", func(e *evidence) {
			e.books.Movements = append(e.books.Movements, audit.Movement{SKU: "COLD-1", Kind: "restock", Ref: "delivery-1", Delta: 1, Balance: 10})
		}, finding{double, "", ""}},
		{"a sale that was made twice", func(e *evidence) { e.books.Movements = append(e.books.Movements, e.books.Movements[2]) }, finding{double, "A", ""}},
		{"stock that is not its ledger", func(e *evidence) { e.books.SKUs[0].Stock = 8 }, finding{oversold, "", ""}},
		{"stock taken for a cancelled order", func(e *evidence) {
			e.books.Deductions = append(e.books.Deductions, audit.Deduction{Order: "C", Outcome: "deducted"})
		}, finding{oversold, "C", ""}},
		{"a refunded order that could still take stock", func(e *evidence) { e.books.Deductions = e.books.Deductions[:1] }, finding{oversold, "B", ""}},
		{"a refusal although there was plenty", func(e *evidence) { e.placed["B"] = plan{id: 2, deed: pays, lines: []line{{"COLD-1", 1}}} }, finding{lost, "B", ""}},
		{"a fulfilled order without goods", func(e *evidence) { e.books.Deductions = e.books.Deductions[1:] }, finding{lost, "A", ""}},
		{"more back at the provider than order knows", func(e *evidence) { e.payments[0].Refunded = 995 }, finding{double, "A", ""}},
		{"less back at the provider than order believes", func(e *evidence) { e.payments[2].Refunded = 0 }, finding{unrefunded, "B", ""}},
		{"a late payment that stays", func(e *evidence) { e.books.Refunds, e.payments[3].Refunded = e.books.Refunds[:2], 0 }, finding{unrefunded, "C", ""}},
		{"an order that still waits", func(e *evidence) { e.books.Orders[2].Status, e.cancelled = "created", nil }, finding{unsettled, "C", ""}},
		{"something waited for in vain", func(e *evidence) { e.waiting = "3 tasks deduct" }, finding{unsettled, "", ""}},
		{"a task that ended as dead", func(e *evidence) { e.books.Tasks[0].State = "dead" }, finding{unsettled, "A", ""}},
		{"a forged payment that is recorded", func(e *evidence) {
			p := e.books.Payments[4]
			p.Number, p.Transaction = "P6", "F1"
			e.books.Payments = append(e.books.Payments, p)
		}, finding{forged, "NOBODYS1", ""}},
		{"stock that a reconciliation found edited", func(e *evidence) {
			e.damaged = append(e.damaged, damage{"edited_stock", "COLD-1", "", "10 of 9"})
		}, finding{oversold, "", ""}},
		{"a payment of a placed order that a reconciliation found homeless", func(e *evidence) {
			e.damaged = append(e.damaged, damage{homeless, "P1", "A", "held"})
		}, finding{lost, "A", ""}},
		{"a payment without order that no reconciliation found", func(e *evidence) { e.damaged = nil }, finding{lost, "NOBODYS1", ""}},
	} {
		e := sound()
		test.spoil(e)
		found := check(e)
		if !slices.ContainsFunc(found, func(f finding) bool {
			return f.wrong == test.want.wrong && (test.want.order == "" || f.order == test.want.order)
		}) {
			t.Errorf("%s: found %+v, want %+v", test.what, found, test.want)
		}
	}
}

func TestWhatChangesAfterAllWasDecidedIsFound(t *testing.T) {
	if found := changes(sound().books, sound().books); len(found) > 0 {
		t.Errorf("nothing changed, found %+v", found)
	}
	for what, spoil := range map[string]func(*audit.Books){
		"a sale": func(b *audit.Books) {
			b.Movements = append(b.Movements, audit.Movement{SKU: "HOT-1", Kind: "sale", Ref: "B", Delta: -1})
		},
		"a lost movement":       func(b *audit.Books) { b.Movements = b.Movements[:2] },
		"another outcome":       func(b *audit.Books) { b.Deductions[1].Outcome = "deducted" },
		"another status":        func(b *audit.Books) { b.Orders[1].Status = "fulfilled" },
		"another refund":        func(b *audit.Books) { b.Refunds = append(b.Refunds, audit.Refund{Number: "P3-2"}) },
		"a refund that is gone": func(b *audit.Books) { b.Refunds = b.Refunds[1:] },
	} {
		after := sound().books
		spoil(after)
		if len(changes(sound().books, after)) == 0 {
			t.Errorf("%s is not found", what)
		}
	}
	more := sound().books
	more.Movements = append(more.Movements, audit.Movement{SKU: "HOT-1", Kind: "restock", Ref: "plenty-1", Delta: 9})
	if found := changes(sound().books, more); len(found) > 0 {
		t.Errorf("goods may come in, found %+v", found)
	}
}
