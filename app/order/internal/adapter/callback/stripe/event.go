package stripe

import (
	"encoding/json"
	"time"

	"github.com/stockonce/stockonce/app/order/internal/dialect"
	"github.com/stockonce/stockonce/app/order/internal/dialect/stripe"
	"github.com/stockonce/stockonce/app/order/internal/domain"
)

// event is the envelope (https://docs.stripe.com/api/events/object).
type event struct {
	Object   string `json:"object"`
	Type     string `json:"type"`
	Account  string `json:"account"`
	LiveMode *bool  `json:"livemode"`
	Created  int64  `json:"created"` // Unix seconds
	Data     struct {
		Object json.RawMessage `json:"object"`
	} `json:"data"`
}

// read makes a notice of a verified body, whatever it finds.
func (m Merchant) read(body []byte) domain.Notice {
	var e event
	err := stripe.Decode(body, &e)
	n := domain.Notice{State: e.Type}
	switch {
	case err != nil:
		return dialect.Unreadable(n, err.Error())
	case e.Object != "event" || e.LiveMode == nil:
		// Thin events name the object alone: the endpoint must be set to snapshots.
		return dialect.Unreadable(n, "not a snapshot event: see the endpoint's payload style")
	case e.Account != m.Account:
		n.Verdict = domain.VerdictForeign
		n.Problem = "account: not the configured one"
		return n
	case *e.LiveMode != m.LiveMode:
		n.Verdict = domain.VerdictForeign
		n.Problem = "livemode: not the configured one"
		return n
	}
	n = m.dispatch(e)
	if n.State == "" {
		n.State = e.Type
	}
	if n.Verdict == "" && n.Refund == nil {
		n.PaidAt = moment(e.Created)
	}
	return n
}

// dispatch reads the event by its type (https://docs.stripe.com/api/events/types).
// Types that are not named here have no effect: an endpoint may be sent any.
func (m Merchant) dispatch(e event) domain.Notice {
	switch e.Type {
	case "payment_intent.succeeded":
		return m.intent(e.Data.Object, true)
	case "payment_intent.created", "payment_intent.processing", "payment_intent.requires_action",
		"payment_intent.payment_failed", "payment_intent.canceled",
		"payment_intent.amount_capturable_updated", "payment_intent.partially_funded":
		return m.intent(e.Data.Object, false)

	case "checkout.session.completed", "checkout.session.async_payment_succeeded":
		return m.session(e.Data.Object, true)
	case "checkout.session.expired", "checkout.session.async_payment_failed":
		return m.session(e.Data.Object, false)

	case "charge.refunded":
		return m.refundedCharge(e.Data.Object)
	case "refund.created", "refund.updated", "refund.failed", "charge.refund.updated":
		return m.refund(e.Data.Object)
	case "charge.dispute.funds_withdrawn":
		return m.dispute(e.Data.Object)
	case "charge.dispute.funds_reinstated":
		return won(m.dispute(e.Data.Object))
	}
	return domain.Notice{Verdict: domain.VerdictNotPaid}
}

// intent reads a PaymentIntent. It pays only when event and status both say so.
func (m Merchant) intent(object []byte, pays bool) domain.Notice {
	var i stripe.PaymentIntent
	broken := stripe.Decode(object, &i)
	n := i.Notice(m.OrderKey, broken)
	if !pays {
		return dialect.NotPaid(n, "")
	}
	if n.Verdict == domain.VerdictNotPaid && i.Status != stripe.IntentSucceeded {
		return dialect.Unreadable(n, "status: must be succeeded in payment_intent.succeeded")
	}
	return n
}

// session reads a Checkout Session. One that is completed may be paid later.
func (m Merchant) session(object []byte, pays bool) domain.Notice {
	var s stripe.CheckoutSession
	broken := stripe.Decode(object, &s)
	n := s.Notice(m.OrderKey, broken)
	if !pays {
		return dialect.NotPaid(n, "")
	}
	return n
}

// moment is a time that every database can keep, or none.
func moment(unix int64) time.Time {
	t := time.Unix(unix, 0).UTC()
	if t.Year() < 2000 || t.Year() > 9000 {
		return time.Time{}
	}
	return t
}
