package domain

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

var refundClaim = Claim{Kind: TaskRefund, Token: "t"}

// winner is the payment of orderIn's orders.
func winner(t *testing.T, o *Order) Payment {
	t.Helper()
	p, ok := o.payment("W")
	if !ok {
		t.Fatal("the order has no winner")
	}
	return p
}

// withRefund is an order with one refund of its winner in a state.
func withRefund(status Status, state RefundState, amount int64) *Order {
	o := orderIn(status)
	o.stockBack = true
	o.refunds = []Refund{{Number: "W-1", Payment: "W", Amount: Money{amount, "CNY"}, Source: SourceService, State: state}}
	return o
}

// report is a notice about a refund of orderIn's winner.
func report(amount int64, r RefundNotice) Notice {
	return Notice{Provider: "standard", TransactionID: "tx-winner", Amount: Money{Minor: amount}, Refund: &r}
}

// tasks tells the new and settled tasks of a change, as "kind ref".
func tasks(c Changes) string {
	var all []string
	for _, n := range c.NewTasks {
		all = append(all, fmt.Sprintf("+%s %s", n.Kind, n.Ref))
	}
	for _, e := range c.SettledTasks {
		all = append(all, fmt.Sprintf("%s %s %s", e.State, e.Claim.Kind, e.Claim.Ref))
	}
	return strings.Join(all, ", ")
}

func TestRefund(t *testing.T) {
	t.Run("what is on its way back is not asked for again, and a failed refund is followed by the next", func(t *testing.T) {
		o := orderIn(Cancelled)
		p := Payment{Number: "P1", Amount: Money{5, "CNY"}}
		if !o.refund(p, SourceService, "late", "") || o.refund(p, SourceService, "late", "") {
			t.Fatal("not refunded once")
		}
		o.refunds[0].State = RefundFailed
		if !o.refund(p, SourceService, "late", "") || o.refunds[1].Number != "P1-2" {
			t.Fatalf("refunds %+v", o.refunds)
		}
	})
	t.Run("only what is left is refunded", func(t *testing.T) {
		o := withRefund(Unfulfillable, RefundConfirmed, 300)
		if !o.refund(winner(t, o), SourceService, "rest", "") || o.refunds[1].Amount.Minor != 700 {
			t.Fatalf("refunds %+v", o.refunds)
		}
	})
}

func TestGiveBack(t *testing.T) {
	t.Run("a fulfilled order's money waits for its stock", func(t *testing.T) {
		o := orderIn(Fulfilled)
		if err := o.GiveBack("W", "wrong size", "ann", false); err != nil {
			t.Fatal(err)
		}
		if o.Status() != Refunding || tasks(o.Changes()) != "+release O1" || o.Refunds()[0].State != RefundRequested {
			t.Fatalf("status %s, tasks %s, refunds %+v", o.Status(), tasks(o.Changes()), o.Refunds())
		}
		o.Released(Claim{Kind: TaskRelease, Ref: "O1"})
		if got := tasks(o.Changes()); got != "+release O1, +refund W-1" {
			t.Fatalf("tasks %s", got)
		}
		o.ReportRefund("W-1", RefundReport{State: RefundConfirmed}, refundClaim)
		if o.Status() != Refunded {
			t.Fatalf("status %s", o.Status())
		}
	})
	t.Run("an undecided deduction is replaced by the release", func(t *testing.T) {
		o := orderIn(Paid)
		if err := o.GiveBack("W", "", "ann", false); err != nil {
			t.Fatal(err)
		}
		if got := tasks(o.Changes()); got != "+release O1, done deduct O1" {
			t.Fatalf("tasks %s", got)
		}
		for _, answer := range []Outcome{Deducted, Refused} { // it may come all the same
			if end := o.Settle(answer, Claim{Kind: TaskDeduct, Ref: "O1"}); end.State != TaskDone || o.Status() != Refunding {
				t.Errorf("%s: %+v, status %s", answer, end, o.Status())
			}
		}
	})
	t.Run("goods that are lost leave the stock alone", func(t *testing.T) {
		o := orderIn(Fulfilled)
		if err := o.GiveBack("W", "broken", "ann", true); err != nil {
			t.Fatal(err)
		}
		if got := tasks(o.Changes()); got != "+refund W-1" || o.Status() != Refunding {
			t.Fatalf("tasks %s, status %s", got, o.Status())
		}
		if err := orderIn(Paid).GiveBack("W", "", "ann", true); !errors.Is(err, ErrStockUndecided) {
			t.Fatalf("nothing is taken yet: %v", err)
		}
	})
	t.Run("a held payment goes back at once, and an orphan's order cannot take it any more", func(t *testing.T) {
		o := orderIn(Cancelled)
		o.payments = []Payment{{Number: "P0", Provider: "standard", TransactionID: "tx", Amount: Money{7, "CNY"}, Disposition: Orphan}}
		if err := o.GiveBack("P0", "", "ann", false); err != nil {
			t.Fatal(err)
		}
		c := o.Changes()
		if tasks(c) != "+refund P0-1" || c.Judged[0].Disposition != Late {
			t.Fatalf("changes %+v", c)
		}
	})
	t.Run("twice is once", func(t *testing.T) {
		for _, status := range []Status{Unfulfillable, Refunding, Refunded} {
			o := withRefund(status, RefundSent, 1000)
			if err := o.GiveBack("W", "", "ann", false); !errors.Is(err, ErrNotRefundable) || len(o.Refunds()) != 1 {
				t.Errorf("%s: %v, refunds %+v", status, err, o.Refunds())
			}
		}
		if err := orderIn(Paid).GiveBack("X", "", "ann", false); !errors.Is(err, ErrUnknownPayment) {
			t.Errorf("unknown payment: %v", err)
		}
	})
	t.Run("a refund that failed is asked for again under the next number", func(t *testing.T) {
		o := withRefund(Unfulfillable, RefundFailed, 1000)
		if err := o.GiveBack("W", "", "ann", false); err != nil || tasks(o.Changes()) != "+refund W-2, done refund W-1" {
			t.Fatalf("%v, tasks %s", err, tasks(o.Changes()))
		}
	})
}

func TestAccept(t *testing.T) {
	held := func(status Status) *Order {
		o := orderIn(status)
		o.payments = append(o.payments, Payment{Number: "M", Provider: "standard", TransactionID: "tx", Amount: Money{999, "CNY"}, Disposition: Mismatch})
		return o
	}
	o := held(Created)
	if err := o.Accept("M", "ann"); err != nil || o.Status() != Paid || o.Winner() != "M" || tasks(o.Changes()) != "+deduct O1" {
		t.Fatalf("%v, status %s, winner %s, tasks %s", err, o.Status(), o.Winner(), tasks(o.Changes()))
	}
	if o.Changes().Judged[0].Disposition != Winner || len(o.Refunds()) != 0 {
		t.Fatalf("judged %+v, refunds %+v", o.Changes().Judged, o.Refunds())
	}
	for _, status := range []Status{Cancelled, Paid, Fulfilled, Unfulfillable, Refunding, Refunded} {
		if err := held(status).Accept("M", "ann"); !errors.Is(err, ErrNotAcceptable) {
			t.Errorf("%s: %v", status, err)
		}
	}
}

func TestReportRefund(t *testing.T) {
	for _, c := range []struct {
		name   string
		before RefundState
		report RefundReport
		state  RefundState
		end    TaskState
		status Status
	}{
		{"confirmed", RefundSent, RefundReport{State: RefundConfirmed}, RefundConfirmed, TaskDone, Refunded},
		{"accepted: wait", RefundSent, RefundReport{State: RefundSent}, RefundSent, "", Unfulfillable},
		{"refused: a person", RefundSent, RefundReport{State: RefundFailed, Reason: "no money"}, RefundFailed, TaskDead, Unfulfillable},
		{"stuck: a person, but not failed", RefundSent, RefundReport{State: RefundSent, Stuck: true}, RefundSent, TaskDead, Unfulfillable},
		{"confirmed stays confirmed", RefundConfirmed, RefundReport{State: RefundFailed}, RefundConfirmed, TaskDone, Unfulfillable},
		{"failed, but it was paid after all", RefundFailed, RefundReport{State: RefundConfirmed}, RefundConfirmed, TaskDone, Refunded},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := withRefund(Unfulfillable, c.before, 1000)
			end := o.ReportRefund("W-1", c.report, refundClaim)
			if end.State != c.end || o.Refunds()[0].State != c.state || o.Status() != c.status {
				t.Fatalf("end %+v, refund %+v, status %s", end, o.Refunds()[0], o.Status())
			}
		})
	}
	t.Run("a part of the money makes no order refunded", func(t *testing.T) {
		o := withRefund(Unfulfillable, RefundSent, 999)
		o.ReportRefund("W-1", RefundReport{State: RefundConfirmed}, refundClaim)
		if o.Status() != Unfulfillable {
			t.Fatalf("status %s", o.Status())
		}
	})
	t.Run("only the winner's money makes an order refunded", func(t *testing.T) {
		o := withRefund(Unfulfillable, RefundSent, 1000)
		o.payments = append(o.payments, Payment{Number: "D", Amount: Money{1000, "CNY"}, Disposition: Late})
		o.refunds[0].Payment = "D"
		o.ReportRefund("W-1", RefundReport{State: RefundConfirmed}, refundClaim)
		if o.Status() != Unfulfillable {
			t.Fatalf("status %s", o.Status())
		}
	})
}

func TestStartRefund(t *testing.T) {
	for state, want := range map[RefundState]struct{ open, again bool }{
		RefundRequested: {true, false}, RefundSent: {true, true}, RefundConfirmed: {}, RefundFailed: {},
	} {
		o := withRefund(Unfulfillable, state, 1000)
		r, open := o.StartRefund("W-1", refundClaim)
		if open != want.open || r.Again != want.again {
			t.Errorf("%s: open %t, again %t", state, open, r.Again)
		}
		if open && (o.Refunds()[0].State != RefundSent || r.TransactionID != "tx-winner" || r.Amount != (Money{1000, "CNY"})) {
			t.Errorf("%s: %+v, %+v", state, o.Refunds()[0], r)
		}
		if !open && len(o.Changes().EndTasks) != 1 {
			t.Errorf("%s: the task goes on", state)
		}
		// Tried again, a refused refund must not look settled while its money is nowhere.
		if dead := !open && o.Changes().EndTasks[0].State == TaskDead; dead != (state == RefundFailed) {
			t.Errorf("%s: ended %+v", state, o.Changes().EndTasks)
		}
	}
}

func TestRecordRefund(t *testing.T) {
	confirmed := RefundNotice{State: RefundConfirmed}
	number := func(n string) RefundNotice { return RefundNotice{Number: n, State: RefundConfirmed} }
	ref := func(r string) RefundNotice { return RefundNotice{Ref: r, State: RefundConfirmed} }
	total := RefundNotice{State: RefundConfirmed, Cumulative: true}

	t.Run("the notice of our refund confirms it, once", func(t *testing.T) {
		o := withRefund(Unfulfillable, RefundSent, 1000)
		for i, want := range []Verdict{VerdictRefund, VerdictReplay} {
			if v := o.RecordRefund(report(1000, number("W-1"))); v != want {
				t.Fatalf("%d: verdict %s", i, v)
			}
		}
		if o.Status() != Refunded || len(o.Refunds()) != 1 || tasks(o.Changes()) != "done refund W-1" {
			t.Fatalf("status %s, refunds %+v, tasks %s", o.Status(), o.Refunds(), tasks(o.Changes()))
		}
	})
	t.Run("our refund with another amount is a conflict without effect", func(t *testing.T) {
		o := withRefund(Unfulfillable, RefundSent, 1000)
		if v := o.RecordRefund(report(999, number("W-1"))); v != VerdictConflict || o.Status() != Unfulfillable {
			t.Fatalf("verdict %s, status %s", v, o.Status())
		}
		other := report(1000, number("W-1"))
		other.Amount.Currency = "USD"
		if v := o.RecordRefund(other); v != VerdictConflict {
			t.Fatalf("another currency: verdict %s", v)
		}
	})
	t.Run("a refund from the provider's console moves a fulfilled order, and its stock comes back", func(t *testing.T) {
		o := orderIn(Fulfilled)
		if v := o.RecordRefund(report(1000, ref("re_1"))); v != VerdictRefund {
			t.Fatalf("verdict %s", v)
		}
		r := o.Refunds()[0]
		if r.Source != SourceProvider || r.State != RefundConfirmed || o.Status() != Refunding || tasks(o.Changes()) != "+release O1" {
			t.Fatalf("refund %+v, status %s, tasks %s", r, o.Status(), tasks(o.Changes()))
		}
		o.Released(Claim{Kind: TaskRelease, Ref: "O1"})
		if o.Status() != Refunded || tasks(o.Changes()) != "+release O1" {
			t.Fatalf("status %s, tasks %s", o.Status(), tasks(o.Changes()))
		}
	})
	t.Run("a paid order's undecided deduction ends with it", func(t *testing.T) {
		o := orderIn(Paid)
		o.RecordRefund(report(1000, total))
		if o.Status() != Refunding || tasks(o.Changes()) != "+release O1, done deduct O1" {
			t.Fatalf("status %s, tasks %s", o.Status(), tasks(o.Changes()))
		}
	})
	t.Run("a part given back at the provider leaves the order as it is", func(t *testing.T) {
		o := orderIn(Fulfilled)
		if v := o.RecordRefund(report(1, ref("re_1"))); v != VerdictRefund || o.Status() != Fulfilled {
			t.Fatalf("verdict %s, status %s", v, o.Status())
		}
		o.RecordRefund(report(999, ref("re_2")))
		if o.Status() != Refunding {
			t.Fatalf("the rest: status %s", o.Status())
		}
	})
	t.Run("one refund told by its id and as a sum, in any order, is one", func(t *testing.T) {
		for _, order := range [][]Notice{
			{report(300, ref("re_1")), report(300, total)},
			{report(300, total), report(300, ref("re_1"))},
			{report(300, total), report(300, total), report(300, ref("re_1")), report(300, ref("re_1"))},
		} {
			o := orderIn(Fulfilled)
			for _, n := range order {
				o.RecordRefund(n)
			}
			if len(o.Refunds()) != 1 || o.Refunds()[0].Amount.Minor != 300 {
				t.Errorf("refunds %+v", o.Refunds())
			}
		}
	})
	t.Run("a sum that covers our refund confirms it", func(t *testing.T) {
		o := withRefund(Unfulfillable, RefundSent, 1000)
		if v := o.RecordRefund(report(1000, total)); v != VerdictRefund || o.Status() != Refunded || len(o.Refunds()) != 1 {
			t.Fatalf("verdict %s, status %s, refunds %+v", v, o.Status(), o.Refunds())
		}
	})
	t.Run("the provider was first: what we had not sent is given up, and only the rest goes back", func(t *testing.T) {
		o := withRefund(Unfulfillable, RefundRequested, 1000)
		o.RecordRefund(report(400, confirmed))
		want := []Refund{
			{Number: "W-1", State: RefundFailed, Amount: Money{1000, "CNY"}},
			{Number: "W-2", State: RefundConfirmed, Amount: Money{400, "CNY"}},
			{Number: "W-3", State: RefundRequested, Amount: Money{600, "CNY"}},
		}
		for i, r := range o.Refunds() {
			if r.Number != want[i].Number || r.State != want[i].State || r.Amount != want[i].Amount {
				t.Errorf("refund %+v, want %+v", r, want[i])
			}
		}
		if got := tasks(o.Changes()); got != "+refund W-3, done refund W-1" {
			t.Errorf("tasks %s", got)
		}
	})
	t.Run("a refund that bounced after it was confirmed needs a person", func(t *testing.T) {
		o := withRefund(Refunded, RefundConfirmed, 1000)
		n := report(1000, RefundNotice{Number: "W-1", State: RefundFailed})
		if v := o.RecordRefund(n); v != VerdictConflict || o.Status() != Refunded {
			t.Fatalf("verdict %s, status %s", v, o.Status())
		}
	})
	t.Run("the provider's sum of refunds knows no chargebacks and nothing done by hand", func(t *testing.T) {
		o := orderIn(Fulfilled)
		o.refunds = []Refund{{Number: "W-1", Payment: "W", Amount: Money{200, "CNY"}, Source: SourceByHand, State: RefundConfirmed}}
		o.RecordRefund(report(300, RefundNotice{Ref: "dp_1", State: RefundConfirmed, Chargeback: true}))
		if v := o.RecordRefund(report(100, total)); v != VerdictRefund || o.confirmed(winner(t, o)) != 600 {
			t.Fatalf("verdict %s, refunds %+v", v, o.Refunds())
		}
	})
	t.Run("a refused refund's task ends when the money goes back at the provider's console", func(t *testing.T) {
		o := withRefund(Unfulfillable, RefundFailed, 1000)
		o.RecordRefund(report(1000, ref("re_1")))
		if o.Status() != Refunded || tasks(o.Changes()) != "done refund W-1" {
			t.Fatalf("status %s, tasks %s", o.Status(), tasks(o.Changes()))
		}
	})
	t.Run("more than was paid is a conflict", func(t *testing.T) {
		o := withRefund(Refunded, RefundConfirmed, 1000)
		for _, n := range []Notice{report(1, ref("dp_1")), report(1001, total)} {
			if v := o.RecordRefund(n); v != VerdictConflict || len(o.Refunds()) != 1 {
				t.Errorf("verdict %s, refunds %+v", v, o.Refunds())
			}
		}
	})
	t.Run("a refund that is not done yet, and not ours, changes nothing", func(t *testing.T) {
		for _, state := range []RefundState{RefundSent, RefundFailed} {
			o := orderIn(Fulfilled)
			if v := o.RecordRefund(report(1000, RefundNotice{Ref: "re_1", State: state})); v != VerdictReplay || len(o.Refunds()) != 0 {
				t.Errorf("%s: verdict %s, refunds %+v", state, v, o.Refunds())
			}
		}
	})
	t.Run("a payment that some came back of cannot win any more", func(t *testing.T) {
		o := orderIn(Created)
		o.payments = []Payment{{Number: "P0", Provider: "standard", TransactionID: "tx-winner", OrderNumber: "O1", Amount: Money{1000, "CNY"}, Disposition: Orphan}}
		o.RecordRefund(report(1000, confirmed))
		o.AdoptOrphans()
		if o.Status() != Created || o.Payments()[0].Disposition != Late {
			t.Fatalf("status %s, payment %+v", o.Status(), o.Payments()[0])
		}
	})
}

func TestSettleByHand(t *testing.T) {
	t.Run("money given by hand ends the refund and its task", func(t *testing.T) {
		o := withRefund(Unfulfillable, RefundSent, 1000)
		if err := o.SettleByHand("W-1", "bank transfer 17", "ann"); err != nil {
			t.Fatal(err)
		}
		r := o.Refunds()[0]
		if r.State != RefundConfirmed || r.Source != SourceByHand || r.By != "ann" || o.Status() != Refunded || tasks(o.Changes()) != "done refund W-1" {
			t.Fatalf("refund %+v, status %s, tasks %s", r, o.Status(), tasks(o.Changes()))
		}
	})
	t.Run("a failed refund gets a successor by hand", func(t *testing.T) {
		o := withRefund(Unfulfillable, RefundFailed, 1000)
		if err := o.SettleByHand("W-1", "cash", "ann"); err != nil || o.Status() != Refunded || len(o.Refunds()) != 2 {
			t.Fatalf("%v, status %s, refunds %+v", err, o.Status(), o.Refunds())
		}
	})
	t.Run("not when the money went back on another way", func(t *testing.T) {
		o := withRefund(Unfulfillable, RefundSent, 1000)
		o.RecordRefund(report(1000, RefundNotice{Ref: "dp_1", State: RefundConfirmed, Chargeback: true}))
		if err := o.SettleByHand("W-1", "cash", "ann"); !errors.Is(err, ErrNotRefundable) || o.confirmed(winner(t, o)) != 1000 {
			t.Fatalf("%v, refunds %+v", err, o.Refunds())
		}
	})
	t.Run("all tasks of refunds that failed end with the last of the money", func(t *testing.T) {
		o := withRefund(Unfulfillable, RefundFailed, 1000)
		o.refunds = append(o.refunds, Refund{Number: "W-2", Payment: "W", Amount: Money{1000, "CNY"}, State: RefundFailed})
		if err := o.SettleByHand("W-1", "cash", "ann"); err != nil || !strings.Contains(tasks(o.Changes()), "done refund W-2") {
			t.Fatalf("%v, tasks %s", err, tasks(o.Changes()))
		}
	})
	t.Run("not twice, and not before the stock is back", func(t *testing.T) {
		if err := withRefund(Refunded, RefundConfirmed, 1000).SettleByHand("W-1", "", "ann"); !errors.Is(err, ErrRefundDone) {
			t.Errorf("confirmed: %v", err)
		}
		o := withRefund(Refunding, RefundRequested, 1000)
		o.stockBack = false
		if err := o.SettleByHand("W-1", "", "ann"); !errors.Is(err, ErrNotRefundable) {
			t.Errorf("stock is out: %v", err)
		}
		if err := o.SettleByHand("W-9", "", "ann"); !errors.Is(err, ErrUnknownRefund) {
			t.Errorf("unknown: %v", err)
		}
	})
}
