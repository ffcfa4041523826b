package domain

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"testing"
	"time"
)

var (
	today = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	price = Money{Minor: 250, Currency: "CNY"}
)

// orderIn makes an order of 1000 CNY in a status, with its winner where it has one.
func orderIn(status Status) *Order {
	s := Stored{
		Number: "O1", Customer: "c", Status: status, Total: Money{1000, "CNY"},
		Lines:     []Line{{Item{"A", 4}, 250}},
		CreatedAt: today, ExpiresAt: today.Add(time.Hour), Now: today,
	}
	if status != Created && status != Cancelled {
		s.Winner = "W"
		s.Payments = []Payment{{
			Number: "W", Provider: "standard", TransactionID: "tx-winner", OrderNumber: "O1",
			Amount: s.Total, Disposition: Winner,
		}}
	}
	return Restore(s)
}

// notice is a paid notice for orderIn's order.
func notice(transaction string, amount int64, currency string) Notice {
	return Notice{Provider: "standard", OrderNumber: "O1", TransactionID: transaction, Amount: Money{amount, currency}, State: "paid"}
}

func TestPay(t *testing.T) {
	// The disposition table, for a transaction that was not seen before.
	for _, c := range []struct {
		status   Status
		amount   int64
		currency string
		want     Verdict
	}{
		{Created, 1000, "CNY", VerdictWinner},
		{Created, 1001, "CNY", VerdictMismatch},
		{Created, 999, "CNY", VerdictMismatch},
		{Created, 1000, "USD", VerdictMismatch},
		{Created, 1<<53 + 1, "CNY", VerdictMismatch},
		{Cancelled, 1000, "CNY", VerdictLate},
		{Cancelled, 1, "USD", VerdictLate},
		{Paid, 1000, "CNY", VerdictDuplicate},
		{Paid, 999, "USD", VerdictDuplicate},
		{Fulfilled, 1000, "CNY", VerdictDuplicate},
		{Unfulfillable, 1000, "CNY", VerdictLate},
		{Refunding, 1000, "CNY", VerdictLate},
		{Refunded, 1000, "CNY", VerdictLate},
	} {
		t.Run(fmt.Sprintf("%s order, %d %s: %s", c.status, c.amount, c.currency, c.want), func(t *testing.T) {
			o := orderIn(c.status)
			if got := o.Pay(notice("tx-new", c.amount, c.currency), "P1", "token"); got != c.want {
				t.Fatalf("verdict %s", got)
			}
			changes := o.Changes()
			if len(changes.Payments) != 1 || Verdict(changes.Payments[0].Disposition) != c.want {
				t.Fatalf("recorded payments %+v", changes.Payments)
			}
			if changes.Callback == nil || changes.Callback.Verdict != c.want {
				t.Fatalf("recorded callback %+v", changes.Callback)
			}
			var wantTasks []NewTask
			wantStatus := c.status
			var wantRefund int64
			switch c.want {
			case VerdictWinner:
				wantStatus = Paid
				wantTasks = []NewTask{{Kind: TaskDeduct, Ref: "O1", Token: "token"}}
			case VerdictDuplicate, VerdictLate:
				wantRefund = c.amount
				wantTasks = []NewTask{{Kind: TaskRefund, Ref: "P1-1", Lane: "standard"}}
			default:
			}
			if o.Status() != wantStatus || !slices.Equal(changes.NewTasks, wantTasks) {
				t.Errorf("status %s, tasks %+v", o.Status(), changes.NewTasks)
			}
			var refunded int64
			for _, r := range changes.Refunds {
				if r.Amount.Currency != c.currency || r.State != RefundRequested {
					t.Errorf("refund %+v", r)
				}
				refunded += r.Amount.Minor
			}
			if refunded != wantRefund {
				t.Errorf("refunded %d, want what was received, %d", refunded, wantRefund)
			}
		})
	}

	t.Run("the same transaction again is a replay in every status and changes nothing", func(t *testing.T) {
		for _, status := range []Status{Paid, Fulfilled, Unfulfillable, Refunding, Refunded} {
			o := orderIn(status)
			if got := o.Pay(notice("tx-winner", 1000, "CNY"), "P1", "token"); got != VerdictReplay {
				t.Errorf("%s: verdict %s", status, got)
			}
			c := o.Changes()
			if c.Status || len(c.Payments)+len(c.Refunds)+len(c.NewTasks)+len(c.Events) != 0 || o.Status() != status {
				t.Errorf("%s: a replay changed %+v", status, c)
			}
		}
	})
	t.Run("the same transaction with another amount is a conflict without effect", func(t *testing.T) {
		o := orderIn(Fulfilled)
		if got := o.Pay(notice("tx-winner", 999, "CNY"), "P1", "token"); got != VerdictConflict {
			t.Fatalf("verdict %s", got)
		}
		if c := o.Changes(); c.Status || len(c.Payments)+len(c.Refunds)+len(c.NewTasks) != 0 {
			t.Fatalf("a conflict changed %+v", c)
		}
	})
	t.Run("one transaction id of two providers is two payments", func(t *testing.T) {
		o := orderIn(Fulfilled)
		n := notice("tx-winner", 1000, "CNY")
		n.Provider = "stripe"
		if got := o.Pay(n, "P1", "token"); got != VerdictDuplicate {
			t.Fatalf("verdict %s", got)
		}
	})
	t.Run("a second payment loses against the first and goes back", func(t *testing.T) {
		o := orderIn(Created)
		first, second := o.Pay(notice("tx-1", 1000, "CNY"), "P1", "t1"), o.Pay(notice("tx-2", 1000, "CNY"), "P2", "t2")
		if first != VerdictWinner || second != VerdictDuplicate || o.Winner() != "P1" {
			t.Fatalf("verdicts %s and %s, winner %s", first, second, o.Winner())
		}
		if r := o.Refunds(); len(r) != 1 || r[0].Payment != "P2" {
			t.Fatalf("refunds %+v", r)
		}
	})
	t.Run("a held mismatch goes back once the order is paid", func(t *testing.T) {
		o := orderIn(Created)
		o.Pay(notice("tx-1", 999, "CNY"), "P1", "t1")
		if len(o.Refunds()) != 0 {
			t.Fatal("a held mismatch was refunded while it could be accepted")
		}
		o.Pay(notice("tx-2", 1000, "CNY"), "P2", "t2")
		if r := o.Refunds(); len(r) != 1 || r[0].Payment != "P1" || r[0].Amount.Minor != 999 {
			t.Fatalf("refunds %+v", r)
		}
	})
}

func TestOrphans(t *testing.T) {
	orphaned := func(status Status, amount int64) *Order {
		o := orderIn(status)
		p := Hold(notice("tx-early", amount, "CNY"), "P0")
		o.payments = append(o.payments, p)
		return o
	}
	t.Run("a notice that names its order again is judged now", func(t *testing.T) {
		o := orphaned(Created, 1000)
		if got := o.Pay(notice("tx-early", 1000, "CNY"), "P9", "token"); got != VerdictWinner {
			t.Fatalf("verdict %s", got)
		}
		c := o.Changes()
		if len(c.Payments) != 0 || len(c.Judged) != 1 || c.Judged[0].Number != "P0" || o.Winner() != "P0" {
			t.Fatalf("changes %+v", c)
		}
	})
	t.Run("the task judges them", func(t *testing.T) {
		o := orphaned(Fulfilled, 1000)
		o.AdoptOrphans()
		c := o.Changes()
		if len(c.Judged) != 1 || c.Judged[0].Disposition != Duplicate || len(c.Refunds) != 1 {
			t.Fatalf("changes %+v", c)
		}
	})
	t.Run("with another amount it is a conflict and stays held", func(t *testing.T) {
		o := orphaned(Created, 1000)
		if got := o.Pay(notice("tx-early", 1, "CNY"), "P9", "token"); got != VerdictConflict || o.Status() != Created {
			t.Fatalf("verdict %s, status %s", got, o.Status())
		}
	})
}

func TestSettle(t *testing.T) {
	claim := Claim{Kind: TaskDeduct, Ref: "O1", Token: "t"}
	for _, c := range []struct {
		status Status
		answer Outcome
		want   Status
		end    TaskState
		refund bool
	}{
		{Paid, Deducted, Fulfilled, TaskDone, false},
		{Paid, Refused, Unfulfillable, TaskDone, true},
		{Paid, Conflict, Paid, TaskDead, false},
		{Fulfilled, Deducted, Fulfilled, TaskDone, false},
		{Fulfilled, Refused, Fulfilled, TaskDead, false},
		{Fulfilled, Conflict, Fulfilled, TaskDead, false},
		{Unfulfillable, Refused, Unfulfillable, TaskDone, false},
		{Unfulfillable, Deducted, Unfulfillable, TaskDead, false},
		{Created, Deducted, Created, TaskDead, false},
		{Created, Refused, Created, TaskDead, false},
		{Cancelled, Deducted, Cancelled, TaskDead, false},
		{Cancelled, Refused, Cancelled, TaskDead, false},
		{Refunding, Deducted, Refunding, TaskDone, false},
		{Refunding, Refused, Refunding, TaskDone, false},
		{Refunding, Conflict, Refunding, TaskDead, false},
		{Refunded, Deducted, Refunded, TaskDone, false},
	} {
		t.Run(fmt.Sprintf("%s order, product answers %s", c.status, c.answer), func(t *testing.T) {
			o := orderIn(c.status)
			end := o.Settle(c.answer, claim)
			if o.Status() != c.want || end.State != c.end || end.Claim != claim || (end.Reason != "") != (c.end == TaskDead) {
				t.Fatalf("status %s, end %+v", o.Status(), end)
			}
			changes := o.Changes()
			if len(changes.EndTasks) != 1 || changes.EndTasks[0] != end {
				t.Errorf("ended %+v", changes.EndTasks)
			}
			if (len(changes.Refunds) == 1) != c.refund {
				t.Errorf("refunds %+v", changes.Refunds)
			}
		})
	}
}

func TestCancelAndExpire(t *testing.T) {
	for _, status := range Statuses() {
		o := orderIn(status)
		err := o.Cancel(false)
		wantErr := status != Created && status != Cancelled
		if errors.Is(err, ErrNotCancellable) != wantErr || (err != nil) != wantErr {
			t.Errorf("cancel %s: %v", status, err)
		}
		if !wantErr && o.Status() != Cancelled {
			t.Errorf("cancelled %s order is %s", status, o.Status())
		}
	}
	t.Run("a held mismatch goes back when the order is cancelled", func(t *testing.T) {
		o := orderIn(Created)
		o.Pay(notice("tx-1", 999, "CNY"), "P1", "t1")
		if err := o.Cancel(false); err != nil || len(o.Refunds()) != 1 {
			t.Fatalf("error %v, refunds %+v", err, o.Refunds())
		}
	})
	t.Run("an unpaid order expires when the grace is over, not a moment before", func(t *testing.T) {
		for status, after := range map[Status]Status{Created: Cancelled, Paid: Paid, Fulfilled: Fulfilled, Cancelled: Cancelled} {
			o := orderIn(status)
			o.now = o.expiresAt.Add(time.Hour - time.Microsecond)
			if o.Expire(time.Hour) || o.Status() != status {
				t.Errorf("%s expired early", status)
			}
			o.now = o.expiresAt.Add(time.Hour)
			if o.Expire(time.Hour) != (status == Created) || o.Status() != after {
				t.Errorf("%s after its grace: %s", status, o.Status())
			}
		}
	})
}

func TestPlace(t *testing.T) {
	prices := map[string]Money{"A": price, "B": {100, "CNY"}, "D": {1, "USD"}, "M": {math.MaxInt64, "CNY"}}
	wish := func(items ...Item) Wish {
		w, err := NewWish("c", "r", "", items)
		if err != nil {
			t.Fatal(err)
		}
		return w
	}
	t.Run("lines of one SKU are merged, sorted and priced", func(t *testing.T) {
		o, err := Place("O1", wish(Item{"B", 1}, Item{"A", 2}, Item{"B", 2}), prices, today, time.Hour)
		if err != nil {
			t.Fatal(err)
		}
		want := []Line{{Item{"A", 2}, 250}, {Item{"B", 3}, 100}}
		if !slices.Equal(o.Lines(), want) || o.Total() != (Money{800, "CNY"}) {
			t.Fatalf("lines %v, total %v", o.Lines(), o.Total())
		}
		if o.Status() != Created || !o.ExpiresAt().Equal(today.Add(time.Hour)) {
			t.Fatalf("status %s, expires %s", o.Status(), o.ExpiresAt())
		}
	})
	for _, c := range []struct {
		name  string
		items []Item
		want  error
	}{
		{"an unknown SKU", []Item{{"nope", 1}}, ErrUnknownSKU},
		{"two currencies", []Item{{"A", 1}, {"D", 1}}, ErrMixedCurrencies},
		{"a product that does not fit", []Item{{"M", 2}}, ErrAmountTooLarge},
		{"a sum that does not fit", []Item{{"A", 1}, {"M", 1}}, ErrAmountTooLarge},
	} {
		t.Run(c.name+" is refused", func(t *testing.T) {
			if _, err := Place("O1", wish(c.items...), prices, today, time.Hour); !errors.Is(err, c.want) {
				t.Fatalf("error %v", err)
			}
		})
	}
}

func TestNewWish(t *testing.T) {
	many := make([]Item, MaxLines+1)
	for i := range many {
		many[i] = Item{fmt.Sprint("S", i), 1}
	}
	for name, items := range map[string][]Item{
		"no lines":                nil,
		"too many lines":          many,
		"quantity 0":              {{"A", 0}},
		"quantity below 0":        {{"A", -1}},
		"quantity over the limit": {{"A", MaxQuantity + 1}},
		"merged over the limit":   {{"A", MaxQuantity}, {"A", 1}},
		"quantity that overflows": {{"A", math.MaxInt64}, {"A", math.MaxInt64}},
		"one bad line among good": {{"A", 1}, {"B", 0}},
	} {
		if _, err := NewWish("c", "r", "", items); !errors.Is(err, ErrInvalidLines) {
			t.Errorf("%s: error %v", name, err)
		}
	}
	if _, err := NewWish("c", "r", "", many[:MaxLines]); err != nil {
		t.Errorf("as many lines as allowed: %v", err)
	}
}

func TestWishHash(t *testing.T) {
	hash := func(provider string, items ...Item) string {
		w, err := NewWish("c", "r", provider, items)
		if err != nil {
			t.Fatal(err)
		}
		return w.Hash()
	}
	base := hash("", Item{"A", 1}, Item{"B", 2})
	if hash("", Item{"B", 1}, Item{"A", 1}, Item{"B", 1}) != base {
		t.Error("the same wish in another order is taken for another")
	}
	for name, other := range map[string]string{
		"provider": hash("stripe", Item{"A", 1}, Item{"B", 2}),
		"quantity": hash("", Item{"A", 1}, Item{"B", 3}),
		"SKU":      hash("", Item{"A", 1}, Item{"C", 2}),
		"line":     hash("", Item{"A", 1}),
	} {
		if other == base {
			t.Errorf("another %s is taken for the same wish", name)
		}
	}
}

func TestRepeated(t *testing.T) {
	p := Payment{OrderNumber: "O1", Amount: Money{1000, "CNY"}}
	other := notice("tx", 1000, "CNY")
	other.OrderNumber = "O2"
	if p.Repeated(notice("tx", 1000, "CNY")) != VerdictReplay || p.Repeated(other) != VerdictConflict ||
		p.Repeated(notice("tx", 1, "CNY")) != VerdictConflict || p.Repeated(notice("tx", 1000, "USD")) != VerdictConflict {
		t.Fatal("only the same order and amount are a replay")
	}
}

func TestBackoff(t *testing.T) {
	for attempt, ceiling := range map[int]time.Duration{
		0: 200 * time.Millisecond, 1: 400 * time.Millisecond, 8: 51200 * time.Millisecond,
		9: time.Minute, 1000: time.Minute,
	} {
		var longest time.Duration
		for range 2000 {
			d := Backoff(attempt)
			if d < 0 || d >= ceiling {
				t.Fatalf("attempt %d: pause %s, ceiling %s", attempt, d, ceiling)
			}
			longest = max(longest, d)
		}
		if longest < ceiling*3/4 {
			t.Errorf("attempt %d: longest of 2000 pauses is %s, ceiling %s: no full jitter", attempt, longest, ceiling)
		}
	}
}

func TestValidIdentifier(t *testing.T) {
	long := make([]byte, MaxIdentifier)
	for i := range long {
		long[i] = 'x'
	}
	for s, want := range map[string]bool{
		"4200001234": true, "pi_3~!": true, string(long): true,
		"": false, "a b": false, "a ": false, "a\n": false, "é": false, "\x7f": false, string(long) + "x": false,
	} {
		if ValidIdentifier(s) != want {
			t.Errorf("%q: %t", s, !want)
		}
	}
}
