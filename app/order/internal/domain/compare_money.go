package domain

import (
	"fmt"
	"slices"
)

// missingRefunds are the payments of which something is neither kept by a paid order,
// nor back or on its way, nor held, nor a person's already.
func (r *Record) missingRefunds() (found []Finding) {
	for _, p := range r.Order.payments {
		left := r.Order.refundable(p)
		if left <= 0 || r.keeps(p) || r.waitsForPerson(p) {
			continue
		}
		f := Finding{
			Kind: MissingRefund, Ref: p.Number, Order: r.Order.number,
			Detail: fmt.Sprintf("payment %s is %s, the order is %s, and %d of %s do not go back", p.Number, p.Disposition, r.Order.status, left, p.Amount),
		}
		if r.Order.owes(p) {
			f.Remedy = TaskRefund
		}
		found = append(found, f)
	}
	return found
}

// keeps tells whether a payment may stay: it pays the order, or is held.
func (r *Record) keeps(p Payment) bool {
	switch p.Disposition {
	case Winner:
		return r.Order.winner == p.Number && (r.Order.status == Paid || r.Order.status == Fulfilled)
	case Mismatch:
		return r.Order.status == Created
	case Orphan:
		return true // see forgotten
	case Duplicate, Late:
	}
	return false
}

// waitsForPerson tells whether a payment's refund failed, and its task waits for
// somebody to decide.
func (r *Record) waitsForPerson(p Payment) bool {
	return slices.ContainsFunc(r.Order.refunds, func(refund Refund) bool {
		return refund.Payment == p.Number && refund.State == RefundFailed && r.open(TaskRefund, refund.Number)
	})
}

// owes tells whether the service itself sends a payment back: what Pay, Settle and
// Cancel do in the transaction that finds out.
func (o *Order) owes(p Payment) bool {
	switch p.Disposition {
	case Duplicate, Late:
		return true
	case Mismatch:
		return o.status != Created
	case Winner:
		return o.winner == p.Number && o.status == Unfulfillable
	case Orphan:
	}
	return false
}

// NeededTask is a task that an order's state needs, and why.
type NeededTask struct {
	Kind TaskKind
	Ref  string
	why  string
	// held: a failed refund's task, which need not be there: somebody may have decided.
	held bool
}

// Needed lists the tasks that the order's state needs: what it says about itself is
// true only with them.
func (r *Record) Needed() (needed []NeededTask) {
	o := r.Order
	if o.status == Paid {
		needed = append(needed, NeededTask{Kind: TaskDeduct, Ref: o.number, why: "the order is paid"})
	}
	if o.status == Refunding && !o.stockBack {
		needed = append(needed, NeededTask{Kind: TaskRelease, Ref: o.number, why: "the order is refunding"})
	}
	if o.HasOrphans() {
		needed = append(needed, NeededTask{Kind: TaskQueryPayment, Ref: o.number, why: "a payment waits to be judged"})
	}
	for _, refund := range o.refunds {
		p, _ := o.payment(refund.Payment)
		if refund.State == RefundFailed || refund.State != RefundConfirmed && !o.awaitsStock(p) {
			needed = append(needed, NeededTask{
				Kind: TaskRefund, Ref: refund.Number, why: "refund " + refund.Number + " is " + string(refund.State),
				held: refund.State == RefundFailed,
			})
		}
	}
	return needed
}

// forgotten are the tasks that the order's state needs and that no one will do.
func (r *Record) forgotten() (found []Finding) {
	for _, n := range r.Needed() {
		if n.held || r.open(n.Kind, n.Ref) {
			continue
		}
		found = append(found, Finding{
			Kind: StuckTask, Ref: TaskRef(n.Kind, n.Ref), Order: r.Order.number,
			Detail: fmt.Sprintf("%s, and there is no %s task", n.why, n.Kind), Remedy: n.Kind,
		})
	}
	return found
}
