package proof

import (
	"fmt"

	"github.com/stockonce/stockonce/app/order/internal/domain"
	"github.com/stockonce/stockonce/app/product/decision"
)

// breach is a rule that a state breaks, and how.
type breach struct{ rule, how string }

func (b breach) String() string { return b.rule + ": " + b.how }

// breaches are the rules that the block of order i breaks.
func (w *world) breaches(i int) (all []breach) {
	b := w.blocks[i]
	bad := func(rule, how string, args ...any) { all = append(all, breach{rule, fmt.Sprintf(how, args...)}) }
	w.stockRules(b, bad)
	w.moneyRules(i, bad)
	b.taskRules(bad)
	return all
}

// ledgerBreach tells how the world's stock breaks I2.
func (w *world) ledgerBreach() (breach, bool) {
	for sku, stock := range w.stock {
		sum := w.scenario.stock[sku] + int64(w.restocks)
		for i, b := range w.blocks {
			for _, line := range w.orders[i].deduction.Lines() {
				if line.SKU == codes[sku] {
					sum -= int64(b.sales-b.releases) * line.Quantity
				}
			}
		}
		if stock < 0 || stock != sum {
			return breach{"I2", fmt.Sprintf("stock of %s is %d, its movements sum to %d", codes[sku], stock, sum)}, true
		}
	}
	return breach{}, false
}

type report = func(rule, how string, args ...any)

// stockRules are I1, I3 and I4.
func (w *world) stockRules(b *block, bad report) {
	if b.sales > 1 || b.releases > b.sales {
		bad("I1", "the order took its stock %d times and gave it back %d times", b.sales, b.releases)
	}
	if b.status == domain.Fulfilled && b.state != decision.StateDeducted {
		bad("I3", "the order is fulfilled, product has stored %q", b.state)
	}
	if b.state == decision.StateDeducted {
		switch b.status {
		case domain.Paid, domain.Fulfilled, domain.Refunding:
		case domain.Refunded:
			if !b.writtenOff {
				bad("I4", "the money is back, and the stock is still taken")
			}
		case domain.Created, domain.Cancelled, domain.Unfulfillable:
			bad("I4", "stock is taken for an order that is %s", b.status)
		default:
			bad("I4", "stock is taken for no order")
		}
	}
	settled := b.state == decision.StateRefused || b.state == decision.StateReleased || b.writtenOff
	for _, r := range b.there {
		if r.number != "" && r.payment == b.winner && r.state != domain.RefundFailed && !settled {
			bad("stock first", "refund %s is paid out, and product has stored %q", r.number, b.state)
		}
	}
	if b.handed(b.winner) > 0 && !settled {
		bad("stock first", "payment %s is given back by hand, and product has stored %q", b.winner, b.state)
	}
}

// moneyRules are I5, I6 and I8.
func (w *world) moneyRules(i int, bad report) {
	b := w.blocks[i]
	winners := 0
	var captured, kept, refunded, held int64
	for _, p := range b.payments {
		captured += p.Amount.Minor
		back := b.goingBack(p.Number)
		rest := p.Amount.Minor - back
		refunded += back
		if asked := back - b.elsewhere(p.Number); asked > p.Amount.Minor {
			bad("I5", "of payment %s of %d, %d are asked back", p.Number, p.Amount.Minor, asked)
		}
		if sure := back - b.sent(p.Number); sure > p.Amount.Minor {
			bad("I5", "of payment %s of %d, %d go back", p.Number, p.Amount.Minor, sure)
		}
		if p.Number == b.winner && (b.status == domain.Paid || b.status == domain.Fulfilled) && b.back(p.Number) >= p.Amount.Minor {
			bad("I5", "all of payment %s is back, and the order is %s", p.Number, b.status)
		}
		if rest < 0 {
			// Somebody else was faster than the provider's answer to us, which will be that
			// there is nothing left. What counts is that the money does not go twice.
			refunded += rest
			rest = 0
		}
		if p.Disposition == domain.Winner {
			winners++
			if b.winner != p.Number {
				bad("I6", "payment %s is a winner, the order names %q", p.Number, b.winner)
			}
			if p.Amount != w.orders[i].total && b.accepted != p.Number {
				bad("I5", "payment %s of %s pays an order of %s", p.Number, p.Amount, w.orders[i].total)
			}
		}
		switch {
		case rest == 0:
		case b.waits(p):
			held += rest
		case p.Disposition == domain.Winner && b.keeps():
			kept += rest
		default:
			bad("I5", "payment %s is %s, the order is %q, and %d of it neither go back nor wait for a person",
				p.Number, p.Disposition, b.status, rest)
		}
	}
	if captured != kept+refunded+held {
		bad("I5", "captured %d, kept %d, refunded %d, held %d", captured, kept, refunded, held)
	}
	if winners > 1 {
		bad("I6", "%d payments won the order", winners)
	}
	for c, charge := range w.orders[i].charges {
		if _, _, known := w.transaction(charge.notice.TransactionID); b.told[c] && !known {
			bad("I5", "payment %s was answered ok and is not kept (I8)", charge.payment)
		}
	}
	for _, c := range w.orders[i].charges {
		if left := w.left(i, c.payment) - b.handed(c.payment); left < 0 {
			bad("I5", "%d more than payment %s was given back", -left, c.payment)
		}
	}
}

// goingBack is how much of a payment is back or on its way.
func (b *block) goingBack(payment string) int64 {
	return b.sum(payment, func(r domain.Refund) bool { return r.State != domain.RefundFailed })
}

// back is how much of a payment is back for sure.
func (b *block) back(payment string) int64 {
	return b.sum(payment, func(r domain.Refund) bool { return r.State == domain.RefundConfirmed })
}

// sent is how much of a payment the provider may have been asked for, without an answer.
func (b *block) sent(payment string) int64 {
	return b.sum(payment, func(r domain.Refund) bool { return r.State == domain.RefundSent })
}

// elsewhere is how much of a payment others gave back.
func (b *block) elsewhere(payment string) int64 {
	return b.sum(payment, func(r domain.Refund) bool {
		return r.Source == domain.SourceProvider || r.Source == domain.SourceChargeback
	})
}

// handed is how much of a payment people gave back past the provider.
func (b *block) handed(payment string) int64 {
	return b.sum(payment, func(r domain.Refund) bool {
		return r.Source == domain.SourceByHand && r.State == domain.RefundConfirmed
	})
}

func (b *block) sum(payment string, of func(domain.Refund) bool) int64 {
	var sum int64
	for _, r := range b.refunds {
		if r.Payment == payment && of(r) {
			sum += r.Amount.Minor
		}
	}
	return sum
}

// keeps tells that the order may have its winner's money.
func (b *block) keeps() bool {
	return b.status == domain.Paid || b.status == domain.Fulfilled || b.status == domain.Refunding
}

// waits tells that what is left of a payment waits for a person, or for the task that
// judges it again.
func (b *block) waits(p domain.Payment) bool {
	for _, r := range b.refunds {
		if r.Payment == p.Number && r.State == domain.RefundFailed && b.listed(r) {
			return true
		}
	}
	switch p.Disposition {
	case domain.Mismatch:
		return b.status == domain.Created
	case domain.Orphan:
		return !b.placed || b.open(domain.TaskQueryPayment, "")
	case domain.Winner, domain.Duplicate, domain.Late:
	}
	return false
}

// listed tells that a failed refund is on the operators' desk: its task is dead.
func (b *block) listed(r domain.Refund) bool { return b.open(domain.TaskRefund, r.Number) }

// taskRules are I7: nothing that is still to be done is forgotten.
func (b *block) taskRules(bad report) {
	release := b.open(domain.TaskRelease, "")
	working := release
	for _, r := range b.refunds {
		if b.open(domain.TaskRefund, r.Number) {
			working = working || r.Payment == b.winner
			continue
		}
		waits := release && r.Payment == b.winner
		if (r.State == domain.RefundRequested || r.State == domain.RefundSent) && !waits {
			bad("I7", "refund %s is %s, and no task sends it", r.Number, r.State)
		}
	}
	if b.status == domain.Paid && !b.open(domain.TaskDeduct, "") {
		bad("I7", "the order is paid, and no task takes its stock")
	}
	if b.status == domain.Refunding && !working {
		bad("I7", "the order is refunding, and no task works on it")
	}
}
