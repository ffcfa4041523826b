package proof

import (
	"errors"
	"slices"
	"strings"

	"github.com/stockonce/stockonce/app/order/internal/domain"
)

// people decide what is held, and what died.
func (s *steps) people(i int) {
	b := s.blocks[i]
	for _, p := range b.payments {
		if s.accepts {
			s.try(byPerson, i, say{"an operator accepts payment %s", p.Number}, func(w *world) error {
				return w.updatePayments(i, func(o *domain.Order) error { return o.Accept(p.Number, "ann") })
			})
		}
		if s.givesBack && s.sensible(i, p) {
			s.giveBack(i, p, say{"an operator refunds payment %s", p.Number}, false)
		}
		if s.writesOff {
			s.giveBack(i, p, say{"an operator refunds payment %s and writes the goods off", p.Number}, true)
		}
	}
	for _, r := range b.refunds {
		if s.byHand(i, r) {
			s.settleByHand(i, r)
		}
	}
	for _, task := range b.tasks {
		if s.parks {
			s.decide(i, task, domain.TaskParked)
		}
		s.decide(i, task, domain.TaskRetried)
		if b.placed {
			s.decide(i, task, domain.TaskDropped)
		}
	}
}

// decide is HandleTask.Do.
func (s *steps) decide(i int, t task, action domain.TaskAction) {
	ref := t.ref
	if ref == "" {
		ref = s.orders[i].number
	}
	d := domain.TaskDecision{Action: action, Kind: t.kind, Ref: ref, By: "ann", Reason: "looked at it"}
	if t.state != d.From() || d.Check() != nil {
		return
	}
	about := strings.TrimSpace(string(t.kind) + " " + t.ref)
	s.try(byPerson, i, say{"the task %s is " + string(action) + " by an operator", about}, func(w *world) error {
		err := w.updatePayments(i, func(o *domain.Order) error { o.DecideTask(d); return nil })
		if errors.Is(err, errOrderNotFound) {
			err = w.blocks[i].decideTask(d)
		}
		return err
	})
}

func (s *steps) giveBack(i int, p domain.Payment, what say, keepStock bool) {
	s.try(byPerson, i, what, func(w *world) error {
		return w.updatePayments(i, func(o *domain.Order) error { return o.GiveBack(p.Number, "asked", "ann", keepStock) })
	})
}

// sensible tells that a refund of a payment is worth asking for: once one was refused,
// people look at the provider's console before they ask for another.
func (s *steps) sensible(i int, p domain.Payment) bool {
	b := s.blocks[i]
	refused := slices.ContainsFunc(b.refunds, func(r domain.Refund) bool {
		return r.Payment == p.Number && r.State == domain.RefundFailed
	})
	return !refused || p.Amount.Minor-b.goingBack(p.Number) <= s.left(i, p.Number)-b.handed(p.Number)
}

// byHand tells whether an honest operator may give a refund's money back by hand: the
// provider never heard of it and is not being asked, or has definitely refused it.
func (s *steps) byHand(i int, r domain.Refund) bool {
	b := s.blocks[i]
	if s.quickRefunds || r.Amount.Minor > s.left(i, r.Payment)-b.handed(r.Payment) {
		return false
	}
	return r.State == domain.RefundFailed || r.State == domain.RefundRequested
}

func (s *steps) settleByHand(i int, r domain.Refund) {
	s.try(byPerson, i, say{"an operator gives refund %s by hand", r.Number}, func(w *world) error {
		return w.updatePayments(i, func(o *domain.Order) error { return o.SettleByHand(r.Number, "by hand", "ann") })
	})
}
