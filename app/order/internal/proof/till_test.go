package proof

import (
	"fmt"
	"slices"

	"github.com/stockonce/stockonce/app/order/internal/domain"
)

// refundThere is money on its way back as the provider knows it.
type refundThere struct {
	number     string // ours; empty when it began there
	ref        string // the provider's
	payment    string
	amount     int64
	state      domain.RefundState
	slow       bool // it was "at it" once, and may still tell so
	chargeback bool
	sum        int64 // all that was refunded of the payment when it was confirmed
}

// left is how much of a charge the provider has not given back, nor is about to.
func (w *world) left(i int, payment string) int64 {
	left := w.charge(i, payment).amount
	for _, r := range w.blocks[i].there {
		if r.payment == payment && r.state != domain.RefundFailed {
			left -= r.amount
		}
	}
	return left
}

// refund is the provider asked for a refund of ours: the same number is paid once. It
// returns the possible answers, of a new one in worlds of their own.
func (w *world) refund(i int, number string) []refundAnswer {
	b := w.blocks[i]
	known := slices.IndexFunc(b.there, func(r refundThere) bool { return r.number == number })
	if known >= 0 {
		return []refundAnswer{{w, b.there[known].state, ""}}
	}
	ours := b.refunds[slices.IndexFunc(b.refunds, func(r domain.Refund) bool { return r.Number == number })]
	begin := func(state domain.RefundState, why string) refundAnswer {
		next, b := w.edit(i)
		b.there = append(b.there, refundThere{
			number: number, ref: "R" + number, payment: ours.Payment, amount: ours.Amount.Minor,
			state: domain.RefundSent, slow: state == domain.RefundSent,
		})
		if state != domain.RefundSent {
			next.finish(i, len(b.there)-1, state)
		}
		return refundAnswer{next, state, why}
	}
	if ours.Amount.Minor > w.left(i, ours.Payment) {
		return []refundAnswer{begin(domain.RefundFailed, ": it is more than is left of the payment")}
	}
	answers := []refundAnswer{begin(domain.RefundConfirmed, "")}
	if w.slowRefunds {
		answers = append(answers, begin(domain.RefundSent, ""))
	}
	if b.refused < w.refusals {
		no := begin(domain.RefundFailed, "")
		no.blocks[i].refused++
		answers = append(answers, no)
	}
	return answers
}

type refundAnswer struct {
	*world

	state domain.RefundState
	why   string
}

// finish decides a refund at the provider, in the caller's own world.
func (w *world) finish(i, r int, state domain.RefundState) {
	there := &w.blocks[i].there[r]
	there.state = state
	if state != domain.RefundConfirmed || there.chargeback {
		return
	}
	for _, other := range w.blocks[i].there {
		if other.payment == there.payment && other.state == domain.RefundConfirmed && !other.chargeback {
			there.sum += other.amount
		}
	}
}

// refundNotices are what the provider may tell about refunds, now or again.
func (w *world) refundNotices(i int) []domain.Notice {
	var all []domain.Notice
	for _, r := range w.blocks[i].there {
		n := w.charge(i, r.payment).notice
		n.Amount = domain.Money{Minor: r.amount, Currency: n.Amount.Currency}
		n.State = fmt.Sprintf("refund %s of %d is %s", r.number+r.ref, r.amount, r.state)
		n.Refund = &domain.RefundNotice{Number: r.number, Ref: r.ref, State: r.state, Chargeback: r.chargeback}
		if w.sums && !r.chargeback {
			if r.state != domain.RefundConfirmed {
				continue // such providers tell of money that is back
			}
			n.Amount.Minor = r.sum
			n.State = fmt.Sprintf("%d is refunded in all", r.sum)
			n.Refund = &domain.RefundNotice{State: domain.RefundConfirmed, Cumulative: true}
		}
		all = append(all, n)
		if r.slow && r.state != domain.RefundSent && !w.sums {
			late := *n.Refund
			late.State = domain.RefundSent
			n.Refund, n.State = &late, fmt.Sprintf("refund %s is under way (said before)", r.number)
			all = append(all, n)
		}
	}
	return all
}

// firstPaid is the charge that the provider tells when it is asked about the trade,
// counted from 1; 0 when there is none.
func (b *block) firstPaid() int { return slices.Index(b.paid, true) + 1 }
