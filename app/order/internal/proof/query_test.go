package proof

import (
	"errors"
	"slices"
	"time"

	"github.com/stockonce/stockonce/app/order/internal/domain"
)

// look is QueryPayment.Do up to its question: a relay claims the task, judges what is
// held, and sees what is left to do.
func (s *steps) look(i, t int, r request) {
	what := say{"a relay looks after the order's payments", ""}
	w, b := s.edit(i)
	b.claim(t, worker{request: r})
	v := len(b.workers) - 1
	applied, err := w.applyHeldRefunds(i)
	if err != nil {
		return
	}
	hopeless := func() {
		_ = b.endTask(domain.TaskEnd{Claim: w.claimOf(i, b.workers[v]), State: domain.TaskDead}) // just claimed
		b.leave(v)
		s.add(byService, i, say{what.what + " in vain for too long, and leaves it to a person", ""}, w)
	}
	if !b.placed {
		hopeless()
		return
	}
	status := b.status // as it was found
	if slices.ContainsFunc(b.payments, func(p domain.Payment) bool { return p.Disposition == domain.Orphan }) {
		if err := w.update(i, func(o *domain.Order) error { o.AdoptOrphans(); return nil }); err != nil {
			return
		}
		s.add(byChaos, i, say{what.what + ", judges the held ones, and dies", ""}, w.without(i, v))
	}
	switch {
	case status == domain.Created && w.asksProvider():
		b.workers[v].phase, b.workers[v].late = asked, b.expired
		s.add(byService, i, say{what.what + " and asks the provider", ""}, w)
	case !applied:
		hopeless()
	default:
		b.workers[v].phase = ending
		s.add(byService, i, say{what.what + " and finds nothing left to do", ""}, w)
	}
}

// without is the world with a worker gone.
func (w *world) without(i, v int) *world {
	next, b := w.edit(i)
	b.leave(v)
	return next
}

// applyHeldRefunds is ConfirmPayment.ApplyHeldRefunds.
func (w *world) applyHeldRefunds(i int) (bool, error) {
	all := true
	if len(w.blocks[i].held) == 0 {
		return true, nil
	}
	err := w.updatePayments(i, func(o *domain.Order) error {
		for _, n := range w.blocks[i].held {
			if o.ApplyRefund(n) == domain.VerdictOrphan {
				all = false
			}
		}
		return nil
	})
	if errors.Is(err, errOrderNotFound) {
		return false, nil
	}
	return all, err
}

// askPayment goes on with the provider's answer about the order's trade.
func (s *steps) askPayment(i, v int) {
	b := s.blocks[i]
	worker := b.workers[v]
	switch worker.phase {
	case asked:
		s.do(byService, i, say{"the provider tells of the trade: %s", paidOrNot(b.firstPaid())}, func(_ *world, b *block) {
			b.workers[v].phase, b.workers[v].paid = answered, b.firstPaid()
		})
		s.lost(i, v, say{"the question to the provider is lost", ""})
	case answered:
		if worker.paid > 0 {
			s.confirm(byService, i, worker.paid-1, say{"the answer is recorded: paid", ""}, s.end(i, v))
			return
		}
		s.notPaid(i, v)
	case ending:
		s.record(i, v, say{"the task query_payment ends", ""}, s.ended(i))
	case claimed:
	}
}

func paidOrNot(charge int) string {
	if charge > 0 {
		return "paid"
	}
	return "not paid"
}

// end ends a worker's task after what it did.
func (s *steps) end(i, v int) func(*world) error {
	claim := s.claimOf(i, s.blocks[i].workers[v])
	return func(w *world) error {
		_ = w.blocks[i].endTask(domain.TaskEnd{Claim: claim, State: domain.TaskDone}) // lost is well, too
		w.blocks[i].leave(v)
		return nil
	}
}

// ended is Tasks.End, done.
func (s *steps) ended(i int) func(*world, domain.Claim) error {
	return func(w *world, c domain.Claim) error {
		return w.blocks[i].endTask(domain.TaskEnd{Claim: c, State: domain.TaskDone})
	}
}

func (s *steps) notPaid(i, v int) {
	worker := s.blocks[i].workers[v]
	when := placedAt.Add(time.Second)
	if worker.late {
		when = expiresAt
	}
	w, b := s.edit(i)
	var expired bool
	err := w.update(i, func(o *domain.Order) error { expired = o.NotPaid(when); return nil })
	if err != nil {
		return
	}
	if !expired {
		b.leave(v)
		s.add(byService, i, say{"not paid yet: the provider will be asked again", ""}, w)
		return
	}
	b.workers[v].phase = ending
	s.add(byService, i, say{"not paid in time: the order expires", ""}, w)
	s.add(byChaos, i, say{"not paid in time: the order expires, and the relay dies", ""}, w.without(i, v))
}

// askClose is ClosePayment.Do from the call on.
func (s *steps) askClose(i, v int) {
	b := s.blocks[i]
	worker := b.workers[v]
	switch worker.phase {
	case asked:
		if paid := b.firstPaid(); paid > 0 {
			s.confirm(byService, i, paid-1, say{"the trade cannot be closed, it is paid, and that is recorded", ""}, s.end(i, v))
			return
		}
		s.do(byService, i, say{"the provider closes the trade", ""}, func(_ *world, b *block) {
			b.closed, b.workers[v].phase = true, ending
		})
		s.do(byChaos, i, say{"the provider closes the trade, and its answer is lost", ""}, func(_ *world, b *block) {
			b.closed = true
			b.leave(v)
		})
		s.lost(i, v, say{"the request to close the trade is lost", ""})
	case ending:
		s.record(i, v, say{"the task close_payment ends", ""}, s.ended(i))
	case claimed, answered:
	}
}
