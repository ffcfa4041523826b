package proof

import (
	"errors"

	"github.com/stockonce/stockonce/app/order/internal/domain"
)

// customers place, pay and cancel, and time passes.
func (s *steps) customers(i int) {
	b := s.blocks[i]
	// An order that is not there when the window for its held payments ends never is.
	if q := b.find(domain.TaskQueryPayment, ""); !b.placed && (q < 0 || b.tasks[q].state != domain.TaskDead) {
		s.try(byOthers, i, say{"the customer places the order", ""}, func(w *world) error { return w.place(i) })
	}
	for c := range b.paid {
		if !b.paid[c] && !b.closed && s.asksProvider() {
			s.do(byOthers, i, say{"the customer makes payment %s", s.orders[i].charges[c].payment},
				func(_ *world, b *block) { b.paid[c] = true })
		}
	}
	if s.cancels && b.placed {
		s.try(byOthers, i, say{"the customer cancels", ""}, func(w *world) error {
			return w.update(i, func(o *domain.Order) error { return o.Cancel(s.asksProvider()) })
		})
	}
	if s.expiry && !b.expired {
		s.do(byService, i, say{"the time to pay is over", ""}, func(_ *world, b *block) { b.expired = true })
	}
	if s.expiry && b.expired && !s.asksProvider() && b.placed {
		s.try(byService, i, say{"the order expires", ""}, func(w *world) error {
			return w.update(i, func(o *domain.Order) error { o.Expire(0); return nil })
		})
	}
}

// supplier brings stock.
func (s *steps) supplier() {
	if s.restocks < s.deliveries {
		s.do(byOthers, 0, say{"stock arrives, one of each SKU", ""}, func(w *world, _ *block) {
			w.restocks++
			for sku := range w.stock {
				w.stock[sku]++
			}
		})
	}
}

// asksProvider tells that the provider has an API to ask about payments.
func (s *scenario) asksProvider() bool { return s.provider != "" }

// notices are the provider's calls about payments, again and again.
func (s *steps) notices(i int) {
	b := s.blocks[i]
	for c, charge := range s.orders[i].charges {
		if !b.paid[c] && s.asksProvider() {
			continue
		}
		who := byService // the provider repeats until it is told "ok"
		if !b.paid[c] {
			who = byOthers
		}
		s.confirm(who, i, c, say{"the notice of payment %s arrives", charge.payment}, nil)
		if s.lateOrder && b.placed {
			// It found no order, and is held only now that there is one.
			s.try(who, i, say{"the notice of payment %s, which was before the order, is held", charge.payment}, func(w *world) error {
				w.told(i, c)
				return w.hold(i, charge)
			})
		}
	}
	for _, charge := range s.orders[i].confused {
		if _, _, known := s.transaction(charge.notice.TransactionID); known {
			s.try(byOthers, i, say{"a notice repeats transaction %s with other content", charge.notice.TransactionID}, func(w *world) error {
				_, err := w.record(i, charge)
				return err
			})
		}
	}
}

// told notes that the provider was answered "ok".
func (w *world) told(i, c int) { w.blocks[i].paid[c], w.blocks[i].told[c] = true, true }

// confirm is ConfirmPayment.Do, and what follows in the same process. A winner's
// stock is asked for at once, unless that process dies first.
func (s *steps) confirm(who actor, i, c int, what say, then func(*world) error) {
	var verdict domain.Verdict
	recorded := s.try(who, i, what, func(w *world) (err error) {
		w.told(i, c)
		if verdict, err = w.record(i, s.orders[i].charges[c]); err == nil && then != nil {
			err = then(w)
		}
		return err
	})
	if recorded == nil || verdict != domain.VerdictWinner || s.quickStock {
		return
	}
	w, b := recorded.edit(i)
	b.workers = append(b.workers, worker{request: request{kind: domain.TaskDeduct}, token: holder, phase: asked})
	if t := b.find(domain.TaskDeduct, ""); t >= 0 {
		b.tasks[t].token = holder
	}
	s.add(who, i, say{what.what + "; product is asked at once", what.about}, w)
	if s.wrong == rpcInTransaction {
		w, _ := s.edit(i)
		w.deduct(i)
		s.add(byChaos, i, say{what.what + "; product is asked inside the transaction, which is then rolled back", what.about}, w)
	}
}

// record judges a notice in a world of the caller's own, and tells the verdict.
func (w *world) record(i int, charge charge) (verdict domain.Verdict, err error) {
	err = w.update(i, func(o *domain.Order) error {
		if w.wrong == secondIgnored && o.Winner() != "" {
			return nil
		}
		verdict = o.Pay(charge.notice, charge.payment, holder)
		return nil
	})
	if errors.Is(err, errOrderNotFound) {
		return domain.VerdictOrphan, w.hold(i, charge)
	}
	if errors.Is(err, errTransactionTaken) {
		return w.repeated(charge), nil
	}
	return verdict, err
}

// hold is Payments.Hold.
func (w *world) hold(i int, charge charge) error {
	err := w.insertPayment(i, domain.Hold(charge.notice, charge.payment))
	if errors.Is(err, errTransactionTaken) {
		return nil // repeated, without effect
	}
	w.blocks[i].wake(domain.TaskQueryPayment)
	return err
}

// repeated judges a transaction that is kept already, though not with this order.
func (w *world) repeated(charge charge) domain.Verdict {
	_, known, _ := w.transaction(charge.notice.TransactionID)
	return known.Repeated(charge.notice)
}
