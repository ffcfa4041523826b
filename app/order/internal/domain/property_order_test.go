package domain

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"pgregory.net/rapid"
)

// world is one order with everybody who acts on it: customers and providers, the
// product service, workers between two transactions, a person, and the clock.
type world struct {
	keeper

	placed  bool
	product product
	trades  []*trade
	mail    []Notice // what providers have told, in no order
	heard   []Notice // what was recorded of it
	held    []Notice // refunds of payments that were not known
	hands   []*work
	names   int  // of payments and tokens, so far
	kept    bool // a person left the stock out

	settling bool // nothing fails any more
}

// work is a claimed task in a worker's hands, and how far it is.
type work struct {
	claim   Claim
	next    func(t *rapid.T)
	request RefundRequest
}

func newWorld() *world {
	w := &world{}
	w.tasks = map[task]*taskRow{}
	w.stored = Stored{Number: "O1", Now: today}
	return w
}

func (w *world) name() string {
	w.names++
	return fmt.Sprintf("N%d", w.names)
}

// place stores the order, which may come after its first payment.
func (w *world) place(t *rapid.T) {
	if w.placed {
		t.Skip("placed already")
	}
	wish, err := NewWish("c", "r", "standard", []Item{{"A", 4}})
	if err != nil {
		t.Fatal(err)
	}
	o, err := Place("O1", wish, map[string]Money{"A": price}, w.stored.Now, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	w.placed = true
	w.stored.Status, w.stored.Total, w.stored.Lines, w.stored.Provider = o.Status(), o.Total(), o.Lines(), o.Provider()
	w.stored.CreatedAt, w.stored.ExpiresAt = o.CreatedAt(), o.ExpiresAt()
	w.wake(TaskQueryPayment, "O1")
}

func (w *world) tick(t *rapid.T) {
	w.stored.Now = w.stored.Now.Add(rapid.SampledFrom([]time.Duration{time.Minute, time.Hour}).Draw(t, "pass"))
}

// pay has a customer pay: the right amount mostly.
func (w *world) pay(t *rapid.T) {
	if len(w.trades) == 4 {
		t.Skip("enough")
	}
	tr := &trade{
		transaction: fmt.Sprintf("tx%d", len(w.trades)),
		telling:     rapid.SampledFrom([]telling{each, total, bothWay}).Draw(t, "telling"),
		paid:        rapid.SampledFrom([]Money{{1000, "CNY"}, {1000, "CNY"}, {1000, "CNY"}, {999, "CNY"}, {1000, "USD"}, {1, "CNY"}}).Draw(t, "paid"),
	}
	w.trades = append(w.trades, tr)
	w.mail = append(w.mail, tr.paidNotice())
	if rapid.Bool().Draw(t, "told at once") {
		w.hear(t, tr.paidNotice())
	}
}

// deliver brings a provider's notice: any, again and again, in any order.
func (w *world) deliver(t *rapid.T) { w.hear(t, pick(t, "notice", w.mail)) }

// hear records a notice as the service does.
func (w *world) hear(t *rapid.T, n Notice) {
	t.Helper()
	known := slices.ContainsFunc(w.stored.Payments, func(p Payment) bool { return p.TransactionID == n.TransactionID })
	switch {
	case n.Refund != nil && !known:
		w.held = append(w.held, n)
		w.wake(TaskQueryPayment, "O1")
		return
	case n.Refund != nil:
		var verdict Verdict
		w.must(t, func(o *Order) error { verdict = o.RecordRefund(n); return nil })
		w.checkVerdict(t, n, verdict)
	case w.placed:
		number, token := w.name(), w.name()
		var verdict Verdict
		w.must(t, func(o *Order) error { verdict = o.Pay(n, number, token); return nil })
		if verdict == VerdictWinner {
			w.begin(Claim{Kind: TaskDeduct, Ref: "O1", Token: token})
		}
	case !known:
		w.stored.Payments = append(w.stored.Payments, Hold(n, w.name()))
		w.wake(TaskQueryPayment, "O1")
	}
	w.heard = append(w.heard, n)
}

// must is update with what cannot be refused.
func (w *world) must(t *rapid.T, change func(*Order) error) {
	t.Helper()
	if err := w.update(t, change); err != nil {
		t.Fatal(err)
	}
}

// atProvider has somebody else give money back: at the provider's console, or the
// customer's bank.
func (w *world) atProvider(t *rapid.T) {
	tr := pick(t, "trade", w.trades)
	amount := tr.left() // which knows nothing of what was done by hand
	if amount == 0 {
		t.Skip("nothing left")
	}
	if rapid.Bool().Draw(t, "in part") {
		amount = rapid.Int64Range(1, amount).Draw(t, "amount")
	}
	f := tr.add(&flow{
		amount: amount, chargeback: rapid.IntRange(0, 3).Draw(t, "chargeback") == 0,
		state: rapid.SampledFrom([]RefundState{RefundConfirmed, RefundConfirmed, RefundSent}).Draw(t, "state"),
	})
	if f.chargeback {
		f.state = RefundConfirmed
	}
	w.mail = append(w.mail, tr.notices(f)...)
}

// decide has a provider make up its mind about a refund it is at.
func (w *world) decide(t *rapid.T) {
	tr := pick(t, "trade", w.trades)
	for _, f := range tr.flows {
		if f.state == RefundSent {
			f.state = rapid.SampledFrom([]RefundState{RefundConfirmed, RefundConfirmed, RefundFailed}).Draw(t, "state")
			w.mail = append(w.mail, tr.notices(f)...)
			return
		}
	}
	t.Skip("nothing to decide")
}

func (w *world) cancel(t *rapid.T) {
	w.onOrder(t)
	if err := w.update(t, func(o *Order) error { return o.Cancel(true) }); err != nil && !errors.Is(err, ErrNotCancellable) {
		t.Fatal(err)
	}
}

func (w *world) expire(t *rapid.T) {
	w.onOrder(t)
	w.must(t, func(o *Order) error { o.Expire(time.Hour); return nil })
}

func (w *world) onOrder(t *rapid.T) {
	if !w.placed {
		t.Skip("no order yet")
	}
}

func (w *world) tolerate(t *rapid.T, err error, expected ...error) {
	t.Helper()
	if err != nil && !slices.ContainsFunc(expected, func(e error) bool { return errors.Is(err, e) }) {
		t.Fatal(err)
	}
}

// trade finds the trade of a payment.
func (w *world) trade(p Payment) *trade {
	for _, tr := range w.trades {
		if tr.transaction == p.TransactionID {
			return tr
		}
	}
	return nil
}

// refund is a refund as it is stored.
func (w *world) refund(number string) Refund {
	i := slices.IndexFunc(w.stored.Refunds, func(r Refund) bool { return r.Number == number })
	return w.stored.Refunds[i]
}

// pick draws one of some, and skips the step when there is none.
func pick[V any](t *rapid.T, label string, from []V) V {
	if len(from) == 0 {
		t.Skip("no " + label)
	}
	return from[rapid.IntRange(0, len(from)-1).Draw(t, label)]
}
