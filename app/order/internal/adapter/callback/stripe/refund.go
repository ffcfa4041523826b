package stripe

import (
	"fmt"

	"github.com/stockonce/stockonce/app/order/internal/dialect"
	"github.com/stockonce/stockonce/app/order/internal/dialect/stripe"
	"github.com/stockonce/stockonce/app/order/internal/domain"
)

// A refund is told by several events, in any order, and counts once, because each
// kind of event is about other refunds:
//
//   - refund.* and charge.refund.updated carry the refund. They count when it is one
//     of ours: its metadata holds our number, which is unique. Others are the next
//     event's, but for one that fails: a person must look, because a total that
//     shrinks is told by no event.
//   - charge.refunded carries no refund but the total of the charge, ours included.
//     What the total has more than the refunds known was started at Stripe.
//   - charge.dispute.funds_withdrawn carries a dispute, which is no refund at Stripe
//     and in no total; the dispute's id is unique.

// refund reads an event about one refund.
func (m Merchant) refund(object []byte) domain.Notice {
	var r stripe.Refund
	broken := stripe.Decode(object, &r)
	n := r.Notice(m.OrderKey, broken)
	if broken != nil || r.Number() != "" {
		return n
	}
	report, err := r.Report()
	switch {
	case err != nil:
		return n
	case report.State == domain.RefundFailed:
		return dialect.Unreadable(n, "a refund that was started at Stripe has failed: the money is back, and a person must look")
	}
	return dialect.NotPaid(n, "a refund that was started at Stripe: charge.refunded tells the total")
}

// charge is a charge (https://docs.stripe.com/api/charges/object).
type charge struct {
	ID             string            `json:"id"`
	PaymentIntent  string            `json:"payment_intent"`
	Amount         int64             `json:"amount"`
	AmountCaptured *int64            `json:"amount_captured"` // not told by old versions
	AmountRefunded int64             `json:"amount_refunded"` // so far
	Captured       *bool             `json:"captured"`
	Currency       string            `json:"currency"`
	Metadata       map[string]string `json:"metadata"` // of the PaymentIntent, when it was charged
}

// refundedCharge reads the total that was refunded of a charge.
func (m Merchant) refundedCharge(object []byte) domain.Notice {
	var c charge
	broken := stripe.Decode(object, &c)
	n := named(c.PaymentIntent, c.Metadata[m.OrderKey])
	switch {
	case broken != nil:
		return dialect.Unreadable(n, broken.Error())
	case c.PaymentIntent == "":
		return dialect.NotPaid(n, "payment_intent: a charge without one is no payment of ours")
	case n.TransactionID == "":
		return dialect.Unreadable(n, "payment_intent"+dialect.IdentifierRule)
	case c.Captured != nil && !*c.Captured:
		return dialect.NotPaid(n, "captured: an authorization was released, no money had arrived")
	case c.AmountCaptured != nil && *c.AmountCaptured != c.Amount:
		// The rest, which was never received, may be a part of the total.
		return dialect.Unreadable(n, "amount_captured: the charge was captured in part, a person must look")
	}
	amount, err := stripe.Money("amount_refunded", c.AmountRefunded, c.Currency)
	if err != nil {
		return dialect.Unreadable(n, err.Error())
	}
	n.Amount = amount
	n.Refund = &domain.RefundNotice{State: domain.RefundConfirmed, Cumulative: true}
	return n
}

// dispute is a chargeback (https://docs.stripe.com/api/disputes/object).
type dispute struct {
	ID            string            `json:"id"`
	PaymentIntent string            `json:"payment_intent"`
	Amount        int64             `json:"amount"`
	Currency      string            `json:"currency"`
	Reason        string            `json:"reason"`
	Metadata      map[string]string `json:"metadata"`
}

// dispute reads money that the customer's bank took back.
func (m Merchant) dispute(object []byte) domain.Notice {
	var d dispute
	broken := stripe.Decode(object, &d)
	n := named(d.PaymentIntent, d.Metadata[m.OrderKey])
	switch {
	case broken != nil:
		return dialect.Unreadable(n, broken.Error())
	case d.PaymentIntent == "":
		return dialect.NotPaid(n, "payment_intent: a charge without one is no payment of ours")
	case n.TransactionID == "":
		return dialect.Unreadable(n, "payment_intent"+dialect.IdentifierRule)
	case !domain.ValidIdentifier(d.ID):
		return dialect.Unreadable(n, "id"+dialect.IdentifierRule)
	}
	amount, err := stripe.Money("amount", d.Amount, d.Currency)
	if err != nil {
		return dialect.Unreadable(n, err.Error())
	}
	n.Amount = amount
	n.Refund = &domain.RefundNotice{
		Ref: d.ID, State: domain.RefundConfirmed, Chargeback: true, Reason: fmt.Sprintf("dispute: %.100s", d.Reason),
	}
	return n
}

// won makes a notice of a dispute whose money came back: what follows, in goods or
// money, is nothing that a machine can know.
func won(n domain.Notice) domain.Notice {
	if n.Verdict == domain.VerdictNotPaid {
		return n
	}
	n.Refund = nil
	return dialect.Unreadable(n, "a dispute's money was reinstated: a person must look")
}

// named is a notice with what names payment and order, as far as it can be kept.
func named(intent, order string) domain.Notice {
	var n domain.Notice
	if domain.ValidIdentifier(intent) {
		n.TransactionID = intent
	}
	if domain.ValidIdentifier(order) {
		n.OrderNumber = order
	}
	return n
}
