package domain

import (
	"slices"

	"pgregory.net/rapid"
)

// A person accepts, refunds and settles whatever there is, and is refused often.
func (w *world) accept(t *rapid.T) {
	p := pick(t, "payment", w.stored.Payments)
	w.tolerate(t, w.update(t, func(o *Order) error { return o.Accept(p.Number, "ann") }), ErrNotAcceptable)
}

func (w *world) giveBack(t *rapid.T) {
	p := pick(t, "payment", w.stored.Payments)
	keepStock := rapid.Bool().Draw(t, "keep stock")
	err := w.update(t, func(o *Order) error { return o.GiveBack(p.Number, "asked", "ann", keepStock) })
	w.kept = w.kept || err == nil && keepStock
	if after, _ := w.load().payment(p.Number); err == nil && after.Disposition == Orphan {
		t.Fatalf("payment %+v goes back, and may still pay for an order that appears", after)
	}
	w.tolerate(t, err, ErrNotRefundable, ErrStockUndecided)
}

// settleByHand is for refunds that the provider will not make: it does not know
// them, or refused, and nobody is about to ask. The person looks at the provider's
// console first, and pays only when the books tell the same.
func (w *world) settleByHand(t *rapid.T) {
	r := pick(t, "refund", w.stored.Refunds)
	p, _ := w.load().payment(r.Payment)
	tr := w.trade(p)
	f := tr.flow(r.Number)
	asking := slices.ContainsFunc(w.hands, func(h *work) bool { return h.request.Number == r.Number })
	if f != nil && f.state != RefundFailed || asking || w.booked(p) != tr.paid.Minor-tr.left()+tr.byHand {
		t.Skip("it may still come")
	}
	err := w.update(t, func(o *Order) error { return o.SettleByHand(r.Number, "cash", "ann") })
	if err == nil {
		tr.byHand += r.Amount.Minor
	}
	w.tolerate(t, err, ErrNotRefundable, ErrRefundDone)
}

// booked is how much of a payment is back by the order's own books.
func (w *world) booked(p Payment) int64 {
	var back int64
	for _, r := range w.stored.Refunds {
		if r.Payment == p.Number && r.State == RefundConfirmed {
			back += r.Amount.Minor
		}
	}
	return back
}
