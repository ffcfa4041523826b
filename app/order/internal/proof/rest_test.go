package proof

import "github.com/stockonce/stockonce/app/order/internal/domain"

// atRest tells that nothing is left for the services to do: what waits, waits for a
// person or a customer.
func (w *world) atRest() bool {
	for _, b := range w.blocks {
		if !b.atRest() {
			return false
		}
	}
	return true
}

func (b *block) atRest() bool {
	if len(b.workers) > 0 {
		return false
	}
	dead := false
	for _, t := range b.tasks {
		if t.state == domain.TaskPending {
			return false
		}
		dead = dead || t.state == domain.TaskDead
	}
	for c := range b.paid {
		if b.paid[c] && !b.told[c] {
			return false
		}
	}
	switch b.status {
	case domain.Paid, domain.Unfulfillable, domain.Refunding:
		return dead
	case domain.Created, domain.Cancelled, domain.Fulfilled, domain.Refunded:
	}
	return true
}

// settled tells that nothing waits for anybody either: each order has come to its
// end, and of each payment the winner of a fulfilled order is kept, all else is back,
// at the provider as in the books.
func (w *world) settled() bool {
	for i, b := range w.blocks {
		if !b.atRest() || b.status == domain.Paid || b.status == domain.Unfulfillable || b.status == domain.Refunding {
			return false
		}
		for _, t := range b.tasks {
			if t.state == domain.TaskDead {
				return false
			}
		}
		for c, charge := range w.orders[i].charges {
			if b.told[c] && !w.settledCharge(i, charge) {
				return false
			}
		}
	}
	return true
}

func (w *world) settledCharge(i int, c charge) bool {
	b := w.blocks[i]
	back := b.handed(c.payment)
	for _, r := range b.there {
		if r.payment == c.payment && r.state != domain.RefundFailed {
			back += r.amount
		}
	}
	if b.goingBack(c.payment) != back {
		return false
	}
	return back == c.amount || c.payment == b.winner && b.status == domain.Fulfilled
}
