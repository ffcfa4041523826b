package domain

import (
	"fmt"
	"reflect"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// Whatever happens to an order, in whatever order and however often, these rules
// hold after every step, and in the end everything is settled.
func TestAnOrderKeepsItsRulesWhateverHappens(t *testing.T) {
	for round := range 10 {
		t.Run(fmt.Sprintf("round %d", round), rapid.MakeCheck(inAWorld))
	}
}

func inAWorld(t *rapid.T) {
	w := newWorld()
	if rapid.IntRange(0, 3).Draw(t, "order first") > 0 {
		w.place(t)
	}
	t.Repeat(map[string]func(*rapid.T){
		"": w.check,

		"place": w.place, "tick": w.tick, "pay": w.pay, "deliver": w.deliver, "cancel": w.cancel, "expire": w.expire,
		"refund at the provider": w.atProvider, "provider decides": w.decide,
		"accept": w.accept, "give back": w.giveBack, "settle by hand": w.settleByHand,
		"claim": w.claimTask, "claim another": w.claimTask, "go on": w.goOn, "crash": w.crash,
	})
	w.settle(t)
	w.check(t)
	w.mustRest(t)
}

func (w *world) check(t *rapid.T) {
	w.checkWinner(t)
	w.checkStock(t)
	for _, p := range w.stored.Payments {
		w.checkMoney(t, p)
	}
	w.checkTasks(t)
	w.checkReplays(t)
	w.checkStrayAnswers(t)
}

// At most one payment wins, and an order that was paid has one.
func (w *world) checkWinner(t *rapid.T) {
	winner := ""
	for _, p := range w.stored.Payments {
		if p.Disposition == Winner {
			if winner != "" {
				t.Fatalf("payments %s and %s both won", winner, p.Number)
			}
			winner = p.Number
		}
	}
	unpaid := slices.Contains([]Status{"", Created, Cancelled}, w.stored.Status)
	if w.stored.Winner != winner || unpaid != (winner == "") {
		t.Fatalf("the order is %s with the winner %q, of its payments %q won", w.stored.Status, w.stored.Winner, winner)
	}
}

// Goods are the customer's only for money, and money goes back only for goods.
func (w *world) checkStock(t *rapid.T) {
	switch w.stored.Status {
	case "", Created, Cancelled:
		if w.product.state != "" {
			t.Fatalf("the order is %s, its stock %s", w.stored.Status, w.product.state)
		}
	case Fulfilled:
		if w.product.state != "deducted" {
			t.Fatalf("the order is fulfilled, its stock %q", w.product.state)
		}
	case Paid, Unfulfillable, Refunding, Refunded:
	}
	p, ok := w.load().payment(w.stored.Winner)
	if !ok {
		return
	}
	tr := w.trade(p)
	if tr.byHand > 0 && w.product.state == "deducted" && !w.kept {
		t.Fatal("the winner was given back by hand, and the goods are gone")
	}
	for _, f := range tr.flows {
		if f.number != "" && f.state != RefundFailed && w.product.state == "deducted" && !w.kept {
			t.Fatalf("refund %s of the winner is %s, and the goods are gone", f.number, f.state)
		}
	}
}

// Captured = kept + refunded + held: what is not back, nor on its way, of a payment
// is kept for the goods, or held for a person who knows.
func (w *world) checkMoney(t *rapid.T, p Payment) {
	var confirmed, ours, open, asked int64
	sequence, failed := 0, false
	for _, r := range w.stored.Refunds {
		if r.Payment != p.Number {
			continue
		}
		sequence++
		if r.Number != fmt.Sprintf("%s-%d", p.Number, sequence) || r.Amount.Currency != p.Amount.Currency || r.Amount.Minor <= 0 {
			t.Fatalf("refund %d of payment %+v is %+v", sequence, p, r)
		}
		failed = failed || r.State == RefundFailed && w.open(TaskRefund, r.Number)
		switch r.State {
		case RefundConfirmed:
			confirmed += r.Amount.Minor
		case RefundRequested:
			open += r.Amount.Minor
		case RefundSent:
			open += r.Amount.Minor
			asked += r.Amount.Minor
		case RefundFailed:
			continue
		}
		if r.Source != SourceProvider && r.Source != SourceChargeback {
			ours += r.Amount.Minor
		}
	}
	if confirmed > p.Amount.Minor || ours > p.Amount.Minor {
		t.Fatalf("of payment %+v %d are back, %d because of us: %+v", p, confirmed, ours, w.stored.Refunds)
	}
	if asked == 0 && confirmed+open > p.Amount.Minor {
		t.Fatalf("of payment %+v %d are back and %d will be asked for: %+v", p, confirmed, open, w.stored.Refunds)
	}
	kept := p.Number == w.stored.Winner && (w.stored.Status == Paid || w.stored.Status == Fulfilled)
	held := p.Disposition == Mismatch && w.stored.Status == Created ||
		p.Disposition == Orphan && (!w.placed || w.open(TaskQueryPayment, "O1"))
	if confirmed+open < p.Amount.Minor && !kept && !held && !failed {
		t.Fatalf("of payment %+v %d are back and %d on their way, the order is %s: who cares for the rest?",
			p, confirmed, open, w.stored.Status)
	}
	if p.Number != w.stored.Winner {
		return
	}
	back := confirmed == p.Amount.Minor
	if back && w.stored.Status == Unfulfillable || !back && w.stored.Status == Refunded {
		t.Fatalf("of the winner %+v %d are back, the order is %s", p, confirmed, w.stored.Status)
	}
}

// What is not at its end has a task that somebody works on.
func (w *world) checkTasks(t *rapid.T) {
	switch {
	case w.stored.Status == Paid && !w.open(TaskDeduct, "O1"):
		t.Fatal("the order is paid, and nobody takes its stock")
	case w.stored.Status == Refunding && !w.stored.StockBack && !w.open(TaskRelease, "O1"):
		t.Fatal("the order's stock is to come back, and nobody sees to it")
	case w.stored.Status == Refunding && w.open(TaskDeduct, "O1"):
		t.Fatal("the order's stock is to come back, and somebody still takes it")
	}
	for _, r := range w.stored.Refunds {
		waits := r.Payment == w.stored.Winner && w.stored.Status == Refunding && !w.stored.StockBack
		open := r.State == RefundRequested || r.State == RefundSent
		if open && !waits && !w.open(TaskRefund, r.Number) {
			t.Fatalf("refund %+v is open, and nobody works on it", r)
		}
	}
}

// What was heard before changes nothing. (It may tell the provider's own number of a
// refund that was decided already.)
func (w *world) checkReplays(t *rapid.T) {
	for _, n := range w.heard {
		o := w.load()
		if n.Refund == nil {
			if slices.ContainsFunc(o.payments, func(p Payment) bool { return p.Disposition == Orphan }) {
				continue // it is judged now that its order is there
			}
			if verdict := o.Pay(n, "again", "token"); verdict != VerdictReplay {
				t.Fatalf("a payment told again is judged %s", verdict)
			}
		} else if verdict := o.RecordRefund(n); verdict != VerdictReplay && verdict != VerdictConflict {
			t.Fatalf("a refund told again is judged %s: %+v", verdict, *n.Refund)
		}
		c := o.Changes()
		c.RefundsChanged = slices.DeleteFunc(c.RefundsChanged, func(r Refund) bool {
			known := w.refund(r.Number)
			known.Ref = r.Ref
			return known == r
		})
		c.Callback = nil
		if !reflect.DeepEqual(c, Changes{RefundsChanged: c.RefundsChanged[:0]}) {
			t.Fatalf("%+v, told again, changed %+v", n, c)
		}
	}
}

// What an honest provider tells is no conflict, unless a person was there before, or
// the provider gave up a refund that its own total had been taken for.
func (w *world) checkVerdict(t *rapid.T, n Notice, verdict Verdict) {
	tr := w.trade(Payment{TransactionID: n.TransactionID})
	failed := slices.ContainsFunc(tr.flows, func(f *flow) bool { return f.state == RefundFailed })
	if verdict == VerdictConflict && tr.byHand == 0 && !failed {
		t.Fatalf("%+v is judged %s: %+v", *n.Refund, verdict, w.stored.Refunds)
	}
}

// An answer of product moves only an order that is paid.
func (w *world) checkStrayAnswers(t *rapid.T) {
	for _, answer := range []Outcome{Deducted, Refused, Conflict, "?"} {
		o := w.load()
		end := o.Settle(answer, Claim{Kind: TaskDeduct, Ref: "O1"})
		moved := o.Status() != w.stored.Status
		if want := w.stored.Status == Paid && (answer == Deducted || answer == Refused); moved != want {
			t.Fatalf("%s moved the order from %s to %s", answer, w.stored.Status, o.Status())
		}
		c := o.Changes()
		if !moved && len(c.Refunds)+len(c.NewTasks) > 0 {
			t.Fatalf("%s of a %s order changed %+v", answer, o.Status(), c)
		}
		if end.State != TaskDone && end.State != TaskDead {
			t.Fatalf("after %s the task is %q", answer, end.State)
		}
	}
}

// mustRest holds when everything is settled: nothing waits, and the books agree
// with what the providers did.
func (w *world) mustRest(t *rapid.T) {
	for _, p := range w.stored.Payments {
		booked, tr := w.booked(p), w.trade(p)
		kept := p.Number == w.stored.Winner && w.stored.Status == Fulfilled
		agree := booked == tr.back() || tr.byHand > 0 && booked < tr.back() // by hand and at the provider: a conflict
		if !agree || !kept && booked != p.Amount.Minor {
			t.Fatalf("payment %+v: %d are back, by the books %d: %+v", p, tr.back(), booked, w.stored.Refunds)
		}
	}
	for which, row := range w.tasks {
		looksForOrder := which.kind == TaskQueryPayment && !w.placed
		if row.state != TaskDone && !looksForOrder {
			t.Fatalf("the task %v is %s", which, row.state)
		}
	}
	if slices.Contains([]Status{Created, Paid, Unfulfillable, Refunding}, w.stored.Status) {
		t.Fatalf("the order is still %s", w.stored.Status)
	}
}
