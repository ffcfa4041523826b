package domain

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// record is an order of 2 A and 1 B for 10 EUR, placed with the standard provider.
func record(status Status, change func(*Stored)) *Record {
	s := Stored{
		Number: "O1", Provider: "standard", Status: status, Total: Money{Minor: 10, Currency: "EUR"},
		Lines: []Line{{Item: Item{SKU: "A", Quantity: 2}}, {Item: Item{SKU: "B", Quantity: 1}}},
		Now:   noon, UpdatedAt: noon.Add(-time.Hour),
	}
	if status != Created && status != Cancelled {
		s.Winner = "P1"
		s.Payments = []Payment{paymentOf("P1", Winner)}
	}
	if change != nil {
		change(&s)
	}
	return &Record{Order: Restore(s)}
}

func paymentOf(number string, d Disposition) Payment {
	return Payment{Number: number, Provider: "standard", OrderNumber: "O1", Amount: Money{Minor: 10, Currency: "EUR"}, Disposition: d}
}

func refundOf(number string, state RefundState) Refund {
	return Refund{Number: number, Payment: number[:2], Amount: Money{Minor: 10, Currency: "EUR"}, State: state}
}

// with adds tasks, as in "deduct O1 pending".
func (r *Record) with(tasks ...string) *Record {
	for _, text := range tasks {
		var t TaskRecord
		if _, err := fmt.Sscan(text, &t.Kind, &t.Ref, &t.State); err != nil {
			panic(err)
		}
		r.Tasks = append(r.Tasks, t)
	}
	return r
}

var whole = []Item{{SKU: "A", Quantity: 2}, {SKU: "B", Quantity: 1}}

func stock(state StockState, taken, returned []Item) *StockRecord {
	return &StockRecord{OrderNumber: "O1", State: state, Taken: taken, Returned: returned}
}

var (
	deducted  = stock(StockDeducted, whole, nil)
	refused   = stock(StockRefused, nil, nil)
	released  = stock(StockReleased, whole, whole)
	tombstone = stock(StockReleased, nil, nil)
)

func TestWhatASoundSystemPassesThroughIsNoFinding(t *testing.T) {
	refunding := func(back bool) func(*Stored) {
		return func(s *Stored) { s.StockBack, s.Refunds = back, []Refund{refundOf("P1-1", RefundRequested)} }
	}
	confirmed := func(back bool) func(*Stored) {
		return func(s *Stored) { s.StockBack, s.Refunds = back, []Refund{refundOf("P1-1", RefundConfirmed)} }
	}
	kept := record(Refunded, confirmed(true))
	kept.StockKept = true
	for name, c := range map[string]struct {
		record *Record
		stocks []*StockRecord
	}{
		"neither side knows it": {nil, []*StockRecord{nil}},
		"created":               {record(Created, nil), []*StockRecord{nil, refused, tombstone}},
		"cancelled":             {record(Cancelled, nil), []*StockRecord{nil, released}},
		"paid, and product may have answered": {
			record(Paid, nil).with("deduct O1 pending"), []*StockRecord{nil, deducted, refused, tombstone},
		},
		"paid, and a person is to look": {record(Paid, nil).with("deduct O1 dead"), []*StockRecord{nil}},
		"fulfilled":                     {record(Fulfilled, nil).with("deduct O1 done"), []*StockRecord{deducted}},
		"unfulfillable": {
			record(Unfulfillable, func(s *Stored) { s.Refunds = []Refund{refundOf("P1-1", RefundSent)} }).with("refund P1-1 pending"),
			[]*StockRecord{refused, tombstone, released},
		},
		"refunding, the stock is on its way": {
			record(Refunding, refunding(false)).with("release O1 pending"), []*StockRecord{nil, deducted, refused, released},
		},
		"refunding, the stock is back": {
			record(Refunding, refunding(true)).with("refund P1-1 pending"), []*StockRecord{released, tombstone, refused},
		},
		"refunded":                             {record(Refunded, confirmed(true)), []*StockRecord{released, tombstone, refused}},
		"refunded for want of goods":           {record(Refunded, confirmed(false)), []*StockRecord{refused}},
		"refunded, the goods are lost":         {kept, []*StockRecord{deducted}},
		"a held mismatch of an unpaid order":   {record(Created, func(s *Stored) { s.Payments = []Payment{paymentOf("P2", Mismatch)} }), []*StockRecord{nil}},
		"a payment that waits to be judged":    {record(Created, func(s *Stored) { s.Payments = []Payment{paymentOf("P2", Orphan)} }).with("query_payment O1 pending"), []*StockRecord{nil}},
		"a duplicate that is back":             {record(Fulfilled, func(s *Stored) { duplicate(s, RefundConfirmed) }), []*StockRecord{deducted}},
		"a duplicate whose refund was refused": {record(Fulfilled, func(s *Stored) { duplicate(s, RefundFailed) }).with("refund P2-1 dead"), []*StockRecord{deducted}},
	} {
		for _, s := range c.stocks {
			if got := Compare(c.record, s); len(got) != 0 {
				t.Errorf("%s, product has %s: %+v", name, s, got)
			}
		}
	}
}

func duplicate(s *Stored, refund RefundState) {
	s.Payments = append(s.Payments, paymentOf("P2", Duplicate))
	if refund != "" {
		s.Refunds = []Refund{refundOf("P2-1", refund)}
	}
}

func TestEveryDamageIsFoundWithItsRemedy(t *testing.T) {
	half := stock(StockDeducted, whole[:1], nil)
	withoutProvider := func(s *Stored) { s.Provider = "" }
	for name, c := range map[string]struct {
		record *Record
		stock  *StockRecord
		want   []string // kind, ref and remedy
	}{
		"goods that were never taken":               {record(Fulfilled, nil), nil, []string{"missing_deduction O1 deduct"}},
		"goods that product refused":                {record(Fulfilled, nil), refused, []string{"missing_deduction O1 "}},
		"goods that are back in stock":              {record(Fulfilled, nil), released, []string{"missing_deduction O1 "}},
		"a deduction that moved nothing":            {record(Fulfilled, nil), stock(StockDeducted, nil, nil), []string{"missing_deduction O1 "}},
		"a refusal that is not stored":              {record(Refunded, confirmedWinner), nil, []string{"missing_deduction O1 release"}},
		"goods of an order that nobody placed":      {nil, deducted, []string{"extra_deduction O1 "}},
		"goods of an unpaid order":                  {record(Created, nil), deducted, []string{"extra_deduction O1 query_payment"}},
		"goods of an unpaid order without provider": {record(Created, withoutProvider), deducted, []string{"extra_deduction O1 "}},
		"goods of a cancelled order":                {record(Cancelled, nil), half, []string{"extra_deduction O1 release"}},
		"a cancelled order's deduction of nothing":  {record(Cancelled, nil), stock(StockDeducted, nil, nil), []string{"extra_deduction O1 "}},
		"goods of an unfulfillable order": {
			record(Unfulfillable, confirmedWinner), deducted, []string{"extra_deduction O1 release"},
		},
		"goods and money of a refunded order": {
			record(Refunded, func(s *Stored) { confirmedWinner(s); s.StockBack = true }), deducted, []string{"extra_deduction O1 "},
		},
		"other goods than ordered":          {record(Fulfilled, nil), half, []string{"extra_deduction O1 "}},
		"goods taken without an answer":     {record(Paid, nil).with("deduct O1 pending"), stock(StockUnknown, whole, nil), []string{"extra_deduction O1 "}},
		"less given back than taken":        {record(Refunded, confirmedWinner), stock(StockReleased, whole, whole[:1]), []string{"extra_deduction O1 "}},
		"a refusal that took something":     {record(Unfulfillable, confirmedWinner), stock(StockRefused, whole, nil), []string{"extra_deduction O1 "}},
		"a duplicate that does not go back": {record(Fulfilled, func(s *Stored) { duplicate(s, "") }), deducted, []string{"missing_refund P2 refund"}},
		"a refund that failed and nobody knows": {
			record(Fulfilled, func(s *Stored) { duplicate(s, RefundFailed) }), deducted, []string{"missing_refund P2 refund"},
		},
		"a refund that nobody sends": {
			record(Fulfilled, func(s *Stored) { duplicate(s, RefundSent) }).with("refund P2-1 done"), deducted, []string{"stuck_task refund/P2-1 refund"},
		},
		"money of an unfulfillable order": {record(Unfulfillable, nil), refused, []string{"missing_refund P1 refund"}},
		"money of a refunded order":       {record(Refunded, nil), refused, []string{"missing_refund P1 "}},
		"a winner that its order does not name": {
			record(Created, func(s *Stored) { s.Payments = []Payment{paymentOf("P1", Winner)} }), nil, []string{"missing_refund P1 "},
		},
		"a mismatch of a cancelled order": {
			record(Cancelled, func(s *Stored) { s.Payments = []Payment{paymentOf("P2", Mismatch)} }), nil, []string{"missing_refund P2 refund"},
		},
		"a paid order that nobody works on": {record(Paid, nil).with("deduct O1 done"), deducted, []string{"stuck_task deduct/O1 deduct"}},
		"a refunding order that nobody works on": {
			record(Refunding, func(s *Stored) { s.Refunds = []Refund{refundOf("P1-1", RefundRequested)} }), deducted,
			[]string{"stuck_task release/O1 release"},
		},
		"a payment that nobody will judge": {
			record(Created, func(s *Stored) { s.Payments = []Payment{paymentOf("P2", Orphan)} }), nil, []string{"stuck_task query_payment/O1 query_payment"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			var got []string
			for _, f := range Compare(c.record, c.stock) {
				got = append(got, fmt.Sprintf("%s %s %s", f.Kind, f.Ref, f.Remedy))
				if f.Order != "O1" || f.Detail == "" {
					t.Errorf("finding %+v", f)
				}
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("found %q, want %q", got, c.want)
			}
		})
	}
}

func confirmedWinner(s *Stored) { s.Refunds = []Refund{refundOf("P1-1", RefundConfirmed)} }

func TestARepairIsATaskAndAnEventAndNothingElse(t *testing.T) {
	for name, c := range map[string]struct {
		record *Record
		stock  *StockRecord
		task   NewTask
	}{
		"missing deduction": {record(Fulfilled, nil), nil, NewTask{Kind: TaskDeduct, Ref: "O1"}},
		"extra deduction":   {record(Cancelled, nil), deducted, NewTask{Kind: TaskRelease, Ref: "O1"}},
		"perhaps paid":      {record(Created, nil), deducted, NewTask{Kind: TaskQueryPayment, Ref: "O1", Lane: "standard"}},
		"stuck refund": {
			record(Fulfilled, func(s *Stored) { duplicate(s, RefundSent) }), deducted, NewTask{Kind: TaskRefund, Ref: "P2-1", Lane: "standard"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			o, before := c.record.Order, c.record.Order.Status()
			if !o.Mend(Compare(c.record, c.stock)[0]) {
				t.Fatal("not repaired")
			}
			changes := o.Changes()
			if len(changes.WokenTasks) != 1 || changes.WokenTasks[0] != c.task || changes.Status || o.Status() != before {
				t.Errorf("changes %+v", changes)
			}
			if len(changes.Events) != 1 || changes.Events[0].Kind != EventTaskRetried || !strings.HasPrefix(changes.Events[0].Note, "by reconcile: ") {
				t.Errorf("events %+v", changes.Events)
			}
		})
	}
}

func TestAMissingRefundIsAskedForOnce(t *testing.T) {
	r := record(Fulfilled, func(s *Stored) { duplicate(s, "") })
	f := Compare(r, deducted)[0]
	if !r.Order.Mend(f) || r.Order.Mend(f) {
		t.Error("want the first repair alone to do something")
	}
	if refunds := r.Order.Changes().Refunds; len(refunds) != 1 || refunds[0].Number != "P2-1" || refunds[0].Amount.Minor != 10 || refunds[0].By != Reconciler {
		t.Errorf("refunds %+v", refunds)
	}
	if tasks := r.Order.Changes().NewTasks; len(tasks) != 1 || tasks[0].Ref != "P2-1" {
		t.Errorf("tasks %+v", tasks)
	}
}

func TestWhatIsAPersonsIsNotRepaired(t *testing.T) {
	for name, r := range map[string]*Record{
		"money of a refunded order": record(Refunded, nil),
		"a refund that failed":      record(Fulfilled, func(s *Stored) { duplicate(s, RefundFailed) }),
	} {
		f := Finding{Kind: MissingRefund, Ref: "P1", Remedy: TaskRefund}
		if name == "a refund that failed" {
			f = Finding{Kind: StuckTask, Ref: TaskRef(TaskRefund, "P2-1"), Remedy: TaskRefund}
		}
		if r.Order.Mend(f) || len(r.Order.Changes().Events) > 0 {
			t.Errorf("%s: %+v", name, r.Order.Changes())
		}
	}
}

func TestATaskIsStuckWhenNobodyWillEndIt(t *testing.T) {
	const after = time.Hour
	ago := func(d time.Duration) time.Time { return noon.Add(-d) }
	for _, c := range []struct {
		name  string
		task  TaskRecord
		stuck bool
	}{
		{"a deduction that is tried again and again", TaskRecord{Kind: TaskDeduct, State: TaskPending, CreatedAt: ago(2 * after), NextAt: noon}, true},
		{"a young deduction", TaskRecord{Kind: TaskDeduct, State: TaskPending, CreatedAt: ago(after / 2), NextAt: noon}, false},
		{"a refund that its bank takes days for", TaskRecord{Kind: TaskRefund, State: TaskPending, CreatedAt: ago(48 * time.Hour), NextAt: noon.Add(after)}, false},
		{"a refund that its bank takes a week for", TaskRecord{Kind: TaskRefund, State: TaskPending, CreatedAt: ago(168 * time.Hour), NextAt: noon.Add(after)}, true},
		{"a question that is due at expiry", TaskRecord{Kind: TaskQueryPayment, State: TaskPending, CreatedAt: ago(9 * after), NextAt: noon.Add(after)}, false},
		{"a question that nobody asks", TaskRecord{Kind: TaskQueryPayment, State: TaskPending, CreatedAt: ago(9 * after), NextAt: ago(after)}, true},
		{"a task that died just now", TaskRecord{Kind: TaskNotify, State: TaskDead, CreatedAt: ago(99 * after), UpdatedAt: ago(after / 2)}, false},
		{"a task that nobody looks at", TaskRecord{Kind: TaskNotify, State: TaskDead, UpdatedAt: ago(after)}, true},
		{"a task that is done", TaskRecord{Kind: TaskDeduct, State: TaskDone}, false},
	} {
		if why, stuck := c.task.Stuck(noon, after); stuck != c.stuck || stuck == (why == "") {
			t.Errorf("%s: stuck %t, %q", c.name, stuck, why)
		}
	}
	parked := TaskRecord{State: TaskDead, LastError: TaskDecision{Action: TaskParked, By: "ann", Reason: "r"}.Note()}
	if !parked.Parked() || (TaskRecord{State: TaskDead, LastError: "panic"}).Parked() {
		t.Error("want a parked task alone to be taken for parked")
	}
}

func TestRecordsAreTheSameOnlyIfNothingHappenedBetween(t *testing.T) {
	read := func(change func(*Stored), tasks ...string) *Record { return record(Paid, change).with(tasks...) }
	first := read(nil, "deduct O1 pending")
	later := read(func(s *Stored) { s.Now = noon.Add(time.Minute) }, "deduct O1 pending")
	if !first.Same(later) {
		t.Error("time alone changes nothing")
	}
	woken := read(nil, "deduct O1 pending")
	woken.Tasks[0].UpdatedAt = noon // ended and begun anew
	for name, other := range map[string]*Record{
		"a task ended":    read(nil, "deduct O1 done"),
		"a task is new":   read(nil, "deduct O1 pending", "release O1 pending"),
		"a task woke":     woken,
		"it was updated":  read(func(s *Stored) { s.UpdatedAt = noon }, "deduct O1 pending"),
		"a payment came":  read(func(s *Stored) { duplicate(s, "") }, "deduct O1 pending"),
		"a refund moved":  read(func(s *Stored) { s.Refunds = []Refund{refundOf("P1-1", RefundSent)} }, "deduct O1 pending"),
		"it was refunded": read(func(s *Stored) { s.StockBack = true }, "deduct O1 pending"),
	} {
		if first.Same(other) {
			t.Errorf("%s, and the records are said to be the same", name)
		}
	}
}
