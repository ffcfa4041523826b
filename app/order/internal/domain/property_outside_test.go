package domain

import (
	"fmt"

	"pgregory.net/rapid"
)

// trade is a payment as its provider knows it. The provider is honest: it refunds a
// number once, and all together never more than was paid.
type trade struct {
	transaction string
	// telling is how the provider tells of refunds.
	telling telling
	paid    Money
	flows   []*flow
	byHand  int64 // given back past the provider
}

type telling string

const (
	each    telling = "each refund"              // as WeChat Pay
	total   telling = "the total and our number" // as Alipay
	bothWay telling = "ours, and the total"      // as Stripe
)

// flow is money on its way back.
type flow struct {
	number     string // ours, if we asked for it
	ref        string
	amount     int64
	state      RefundState
	chargeback bool
}

// left is what the provider would still give back.
func (tr *trade) left() int64 {
	left := tr.paid.Minor
	for _, f := range tr.flows {
		if f.state != RefundFailed {
			left -= f.amount
		}
	}
	return left
}

// back is what is back for good, on whichever way.
func (tr *trade) back() int64 {
	back := tr.byHand
	for _, f := range tr.flows {
		if f.state == RefundConfirmed {
			back += f.amount
		}
	}
	return back
}

func (tr *trade) flow(number string) *flow {
	for _, f := range tr.flows {
		if f.number == number {
			return f
		}
	}
	return nil
}

func (tr *trade) add(f *flow) *flow {
	f.ref = fmt.Sprintf("%s-ref%d", tr.transaction, len(tr.flows))
	tr.flows = append(tr.flows, f)
	return f
}

// refund is what the provider's API does. state is what it makes of a number that
// it sees for the first time, when there is enough left.
func (tr *trade) refund(r RefundRequest, state RefundState, stuck bool) RefundReport {
	f := tr.flow(r.Number)
	if f == nil {
		if r.Amount.Minor > tr.left() {
			state = RefundFailed
		}
		f = tr.add(&flow{number: r.Number, amount: r.Amount.Minor, state: state})
	}
	return RefundReport{State: f.state, Ref: f.ref, Stuck: stuck && f.state == RefundSent, Reason: "told when asked"}
}

// notices are what the provider tells when a flow has a new state.
func (tr *trade) notices(f *flow) []Notice {
	single := tr.notice(f.amount, RefundNotice{Number: f.number, Ref: f.ref, State: f.state, Chargeback: f.chargeback})
	var sum int64
	for _, other := range tr.flows {
		if other.state == RefundConfirmed && !other.chargeback {
			sum += other.amount
		}
	}
	all := tr.notice(sum, RefundNotice{State: RefundConfirmed, Cumulative: true})
	switch {
	case f.chargeback || tr.telling == each:
		return []Notice{single}
	case f.state != RefundConfirmed && (tr.telling == total || f.number == ""):
		return nil
	case f.state != RefundConfirmed:
		return []Notice{single}
	case tr.telling == total:
		all.Refund.Number = f.number
		return []Notice{all}
	case f.number == "":
		return []Notice{all}
	}
	return []Notice{single, all}
}

func (tr *trade) notice(amount int64, r RefundNotice) Notice {
	return Notice{
		Provider: "standard", TransactionID: tr.transaction, OrderNumber: "O1", Amount: Money{amount, tr.paid.Currency}, Refund: &r,
	}
}

func (tr *trade) paidNotice() Notice {
	return Notice{Provider: "standard", TransactionID: tr.transaction, OrderNumber: "O1", Amount: tr.paid, State: "paid"}
}

// product is the order's stock as the product service keeps it: whoever comes first
// decides, and the answer stays.
type product struct{ state string }

func (p *product) deduct(t *rapid.T) Outcome {
	if p.state == "" {
		p.state = rapid.SampledFrom([]string{"deducted", "deducted", "refused"}).Draw(t, "stock")
	}
	if p.state == "deducted" {
		return Deducted
	}
	return Refused
}

func (p *product) release() {
	if p.state != "refused" {
		p.state = "released"
	}
}
