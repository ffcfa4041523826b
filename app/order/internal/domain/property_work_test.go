package domain

import (
	"slices"
	"time"

	"pgregory.net/rapid"
)

// begin puts a claimed task into the hands of a worker.
func (w *world) begin(c Claim) {
	h := &work{claim: c}
	switch c.Kind {
	case TaskDeduct:
		h.next = func(t *rapid.T) { w.askProduct(t, h) }
	case TaskRelease:
		h.next = func(t *rapid.T) { w.askRelease(t, h) }
	case TaskRefund:
		h.next = func(t *rapid.T) { w.startRefund(t, h) }
	case TaskQueryPayment:
		h.next = func(t *rapid.T) { w.askTrade(t, h) }
	case TaskClosePayment, TaskNotify:
		h.next = func(*rapid.T) { w.end(c); w.done(h) }
	}
	w.hands = append(w.hands, h)
}

// claimTask has a worker take a pending task, also from another who is slow, and get
// so far with it.
func (w *world) claimTask(t *rapid.T) {
	w.begin(w.claim(pick(t, "task", w.pending()), w.name()))
	w.run(t, w.hands[len(w.hands)-1], rapid.IntRange(0, 3).Draw(t, "steps"))
}

// goOn has a worker do its next steps.
func (w *world) goOn(t *rapid.T) {
	w.run(t, pick(t, "worker", w.hands), rapid.IntRange(1, 3).Draw(t, "steps"))
}

func (w *world) run(t *rapid.T, h *work, steps int) {
	for ; steps > 0 && slices.Contains(w.hands, h); steps-- {
		h.next(t)
	}
}

// crash ends a worker where it stands.
func (w *world) crash(t *rapid.T) { w.done(pick(t, "worker", w.hands)) }

func (w *world) done(h *work) {
	w.hands = slices.DeleteFunc(w.hands, func(other *work) bool { return other == h })
}

// record is a worker's transaction: whose claim is lost has worked in vain.
func (w *world) record(t *rapid.T, change func(*Order)) bool {
	t.Helper()
	err := w.update(t, func(o *Order) error { change(o); return nil })
	w.tolerate(t, err, errLeaseLost)
	return err == nil
}

func (w *world) askProduct(t *rapid.T, h *work) {
	answer := w.product.deduct(t)
	h.next = func(t *rapid.T) {
		w.record(t, func(o *Order) { o.Settle(answer, h.claim) })
		w.done(h)
	}
}

func (w *world) askRelease(_ *rapid.T, h *work) {
	w.product.release()
	h.next = func(t *rapid.T) {
		w.record(t, func(o *Order) { o.Released(h.claim) })
		w.done(h)
	}
}

func (w *world) startRefund(t *rapid.T, h *work) {
	asks, before := false, w.refund(h.claim.Ref).State
	if !w.record(t, func(o *Order) { h.request, asks = o.StartRefund(h.claim.Ref, h.claim) }) || !asks {
		w.done(h)
		return
	}
	if before != RefundRequested && before != RefundSent || h.request.Again != (before == RefundSent) {
		t.Fatalf("the provider is asked for a refund that is %s: %+v", before, h.request)
	}
	h.next = func(t *rapid.T) { w.askRefund(t, h) }
}

func (w *world) askRefund(t *rapid.T, h *work) {
	p := Payment{TransactionID: h.request.TransactionID}
	tr := w.trade(p)
	known := tr.flow(h.request.Number) != nil
	state, stuck := RefundConfirmed, false
	if !w.settling {
		state = rapid.SampledFrom([]RefundState{RefundConfirmed, RefundSent, RefundFailed}).Draw(t, "answer")
		stuck = rapid.Bool().Draw(t, "stuck")
	}
	report := tr.refund(h.request, state, stuck)
	if !known {
		w.mail = append(w.mail, tr.notices(tr.flow(h.request.Number))...)
	}
	h.next = func(t *rapid.T) {
		w.record(t, func(o *Order) { o.ReportRefund(h.claim.Ref, report, h.claim) })
		w.done(h)
	}
}

// askTrade looks after payments and refunds that came before what they belong to,
// and asks the provider whether an order is paid that is not known to be.
func (w *world) askTrade(t *rapid.T, h *work) {
	asked := w.stored.Now
	unpaid := len(w.trades) == 0
	h.next = func(t *rapid.T) {
		w.done(h)
		applied := true
		w.must(t, func(o *Order) error {
			for _, n := range w.held {
				applied = o.ApplyRefund(n) != VerdictOrphan && applied
			}
			return nil
		})
		if !w.placed {
			return
		}
		w.must(t, func(o *Order) error { o.AdoptOrphans(); return nil })
		switch {
		case w.stored.Status == Created && unpaid:
			w.must(t, func(o *Order) error { o.NotPaid(asked); return nil })
		case w.stored.Status == Created:
			w.hear(t, w.trades[0].paidNotice())
			w.end(h.claim)
		}
		if w.stored.Status != Created && applied {
			w.end(h.claim)
		}
	}
}

// settle lets everything come to its end: what was told is heard, workers finish,
// providers decide, and a person gives back what nobody else does.
func (w *world) settle(t *rapid.T) {
	w.hands, w.settling = nil, true
	for range 12 {
		for _, n := range w.mail {
			w.hear(t, n)
		}
		for _, which := range w.pending() {
			w.begin(w.claim(which, w.name()))
			w.run(t, w.hands[len(w.hands)-1], 3)
		}
		for _, tr := range w.trades {
			for _, f := range tr.flows {
				if f.state == RefundSent {
					f.state = RefundConfirmed
					w.mail = append(w.mail, tr.notices(f)...)
				}
			}
		}
		for _, p := range w.stored.Payments {
			if p.Number != w.stored.Winner || w.stored.Status != Fulfilled {
				w.tolerate(t, w.update(t, func(o *Order) error { return o.GiveBack(p.Number, "", "ann", false) }), ErrNotRefundable)
			}
		}
		w.retryDead()
		w.stored.Now = w.stored.Now.Add(time.Hour)
		if w.placed {
			w.expire(t)
		}
	}
}

// retryDead is what "order tasks retry" does for a refund that its provider was stuck
// with.
func (w *world) retryDead() {
	for _, r := range w.stored.Refunds {
		if row := w.tasks[task{TaskRefund, r.Number}]; row != nil && row.state == TaskDead && r.State == RefundSent {
			row.state = TaskPending
		}
	}
}
