package proof

import (
	"slices"

	"github.com/stockonce/stockonce/app/order/internal/domain"
)

// askRefund is SendRefund.Do from the claim on.
func (s *steps) askRefund(i, v int) {
	worker := s.blocks[i].workers[v]
	switch worker.phase {
	case claimed:
		s.start(i, v)
		s.lost(i, v, say{"order dies before it asks for refund %s", worker.ref})
	case asked:
		s.send(i, v)
	case answered:
		s.record(i, v, say{"the provider's answer about refund " + worker.ref + " is recorded: %s", string(worker.report)},
			func(w *world, c domain.Claim) error { return w.report(i, worker, c) })
	case ending:
	}
}

// start records that the provider may have been asked, before it is.
func (s *steps) start(i, v int) {
	claim := s.claimOf(i, s.blocks[i].workers[v])
	s.do(byService, i, say{"that refund %s is asked for is recorded", claim.Ref}, func(w *world, b *block) {
		var open bool
		err := w.updatePayments(i, func(o *domain.Order) error {
			_, open = o.StartRefund(claim.Ref, claim)
			return nil
		})
		if err != nil || !open {
			b.leave(v)
			return
		}
		b.workers[v].phase = asked
	})
}

// send asks the provider.
func (s *steps) send(i, v int) {
	ref := s.blocks[i].workers[v].ref
	for _, a := range s.refund(i, ref) {
		w, b := a.edit(i)
		b.workers[v].phase, b.workers[v].report = answered, a.state
		s.add(byService, i, say{"the provider answers about refund " + ref + ": %s" + a.why, string(a.state)}, w)
		w, b = a.edit(i)
		b.leave(v)
		s.add(byChaos, i, say{"the provider decides refund " + ref + ": %s" + a.why + "; its answer is lost or order dies", string(a.state)}, w)
	}
	s.lost(i, v, say{"the request for refund %s is lost", ref})
	s.late(i, v, say{"the request for refund %s times out and is still under way", ref})
}

func (w *world) report(i int, v worker, c domain.Claim) error {
	return w.updatePayments(i, func(o *domain.Order) error {
		o.ReportRefund(v.ref, domain.RefundReport{State: v.report, Ref: "R" + v.ref}, c)
		return nil
	})
}

// quickRefund is all of it in one step, confirmed.
func (s *steps) quickRefund(i, t int, r request) {
	s.try(byService, i, say{"refund %s is asked for, answered and recorded", r.ref}, func(w *world) error {
		w.blocks[i].claim(t, worker{request: r})
		v := len(w.blocks[i].workers) - 1
		claim := w.claimOf(i, w.blocks[i].workers[v])
		var open bool
		err := w.updatePayments(i, func(o *domain.Order) error {
			_, open = o.StartRefund(r.ref, claim)
			return nil
		})
		if err == nil && open {
			answer := w.refund(i, r.ref)[0]
			*w = *answer.world
			err = w.report(i, worker{request: r, report: answer.state}, claim)
		}
		w.blocks[i].leave(v)
		return err
	})
}

// console is what begins or goes on at the provider without order.
func (s *steps) console(i int) {
	b := s.blocks[i]
	for r, there := range b.there {
		if there.state != domain.RefundSent {
			continue
		}
		s.do(byService, i, say{"the provider confirms refund %s", there.number}, func(w *world, _ *block) {
			w.finish(i, r, domain.RefundConfirmed)
		})
		if b.refused < s.refusals {
			s.do(byPerson, i, say{"the provider gives refund %s up", there.number}, func(w *world, b *block) {
				b.refused++
				w.finish(i, r, domain.RefundFailed)
			})
		}
	}
	for c, charge := range s.orders[i].charges {
		if b.paid[c] {
			s.atConsole(i, charge)
		}
	}
	for _, n := range s.refundNotices(i) {
		s.refundNotice(i, n)
	}
}

// atConsole begins a refund of a charge at the provider, or a chargeback.
func (s *steps) atConsole(i int, c charge) {
	begun := 0
	for _, r := range s.blocks[i].there {
		if r.number == "" {
			begun++
		}
	}
	if begun > 0 {
		return
	}
	begin := func(amount int64, chargeback bool, what say) {
		if amount > s.left(i, c.payment)-s.blocks[i].handed(c.payment) {
			return
		}
		s.do(byPerson, i, what, func(w *world, b *block) {
			b.there = append(b.there, refundThere{ref: "X" + c.payment, payment: c.payment, amount: amount, chargeback: chargeback})
			w.finish(i, len(b.there)-1, domain.RefundConfirmed)
		})
	}
	for _, amount := range s.abroad {
		if amount < c.amount {
			begin(amount, false, say{"somebody refunds a part of payment %s at the provider's console", c.payment})
		} else {
			begin(c.amount, false, say{"somebody refunds payment %s at the provider's console", c.payment})
		}
	}
	if s.chargebacks {
		begin(c.amount, true, say{"the customer's bank takes payment %s back", c.payment})
	}
}

// refundNotice is ConfirmPayment.Do with a notice about a refund.
func (s *steps) refundNotice(i int, n domain.Notice) {
	s.try(byService, i, say{"a notice says: %s", n.State}, func(w *world) error {
		if _, _, known := w.transaction(n.TransactionID); known {
			return w.updatePayments(i, func(o *domain.Order) error { o.RecordRefund(n); return nil })
		}
		b := w.blocks[i]
		if !slices.ContainsFunc(b.held, func(h domain.Notice) bool { return h.State == n.State }) {
			b.held = append(b.held, n)
		}
		b.wake(domain.TaskQueryPayment)
		return nil
	})
}
