package stripe_test

import (
	"testing"

	"github.com/stockonce/stockonce/app/order/internal/domain"
)

func TestRefundEvents(t *testing.T) {
	five := domain.Money{Minor: 500, Currency: "USD"}
	all := domain.Money{Minor: 1999, Currency: "USD"}
	succeeded := domain.RefundNotice{Number: "P1-1", Ref: "re_1", State: domain.RefundConfirmed}
	for _, c := range []struct {
		name   string
		body   string
		amount domain.Money
		want   domain.RefundNotice
	}{
		{"the total of a charge", event("charge.refunded", charge), five, domain.RefundNotice{State: domain.RefundConfirmed, Cumulative: true}},
		{"of an old version, without what was captured", event("charge.refunded", with(charge, `"amount_captured":1999,`, ``)), five, domain.RefundNotice{State: domain.RefundConfirmed, Cumulative: true}},
		{"one of ours", event("refund.updated", ours), five, succeeded},
		{"created", event("refund.created", ours), five, succeeded},
		{"in older words", event("charge.refund.updated", ours), five, succeeded},
		{"under way", event("refund.updated", with(ours, `"succeeded"`, `"pending","pending_reason":"processing"`)), five, domain.RefundNotice{Number: "P1-1", Ref: "re_1", State: domain.RefundSent, Reason: "processing"}},
		{"the account is empty", event("refund.updated", with(ours, `"succeeded"`, `"pending","pending_reason":"insufficient_funds"`)), five, domain.RefundNotice{Number: "P1-1", Ref: "re_1", State: domain.RefundSent, Stuck: true, Reason: "insufficient_funds"}},
		{"the customer must say where to", event("refund.updated", with(ours, `"succeeded"`, `"requires_action"`)), five, domain.RefundNotice{Number: "P1-1", Ref: "re_1", State: domain.RefundSent, Reason: "requires_action"}},
		{"failed", event("refund.failed", with(ours, `"succeeded"`, `"failed","failure_reason":"expired_or_canceled_card"`)), five, domain.RefundNotice{Number: "P1-1", Ref: "re_1", State: domain.RefundFailed, Reason: "failed: expired_or_canceled_card"}},
		{"cancelled", event("refund.updated", with(ours, `"succeeded"`, `"canceled"`)), five, domain.RefundNotice{Number: "P1-1", Ref: "re_1", State: domain.RefundFailed, Reason: "canceled"}},
		{"a chargeback", event("charge.dispute.funds_withdrawn", taken), all, domain.RefundNotice{Ref: "dp_1", State: domain.RefundConfirmed, Chargeback: true, Reason: "dispute: fraudulent"}},
	} {
		n := read(t, c.body)
		if n.Verdict != "" || n.Problem != "" || n.Refund == nil || *n.Refund != c.want ||
			n.Amount != c.amount || n.TransactionID != "pi_1" || !n.PaidAt.IsZero() {
			t.Errorf("%s: notice %+v, refund %+v", c.name, n, n.Refund)
		}
	}
	if n := read(t, event("charge.refunded", charge)); n.OrderNumber != "O1" {
		t.Errorf("notice %+v", n)
	}
	if n := read(t, event("charge.refunded", with(charge, `{"order":"O1"}`, `{}`))); n.OrderNumber != "" || n.Refund == nil {
		t.Errorf("the payment is enough to name the order: %+v", n)
	}
}

func TestARefundStartedAtStripeCountsByTheChargesTotalAlone(t *testing.T) {
	for _, kind := range []string{"refund.created", "refund.updated", "charge.refund.updated"} {
		if n := read(t, event(kind, theirs)); n.Verdict != domain.VerdictNotPaid || n.Refund != nil || n.Problem == "" {
			t.Errorf("%s: notice %+v", kind, n)
		}
	}
	n := read(t, event("refund.failed", with(theirs, `"succeeded"`, `"failed"`)))
	if n.Verdict != domain.VerdictUnreadable || n.Refund != nil {
		t.Errorf("its failure is told by nothing else, so a person must look: %+v", n)
	}
}

func TestMoneyThatIsNoPaymentOfOursIsNoRefund(t *testing.T) {
	for name, body := range map[string]string{
		"a charge without PaymentIntent":  event("charge.refunded", with(charge, `"pi_1"`, `null`)),
		"an authorization released":       event("charge.refunded", with(charge, `"captured":true`, `"captured":false`)),
		"a dispute without PaymentIntent": event("charge.dispute.funds_withdrawn", with(taken, `"pi_1"`, `null`)),
		"its end":                         event("charge.dispute.funds_reinstated", with(taken, `"pi_1"`, `null`)),
	} {
		if n := read(t, body); n.Verdict != domain.VerdictNotPaid || n.Refund != nil {
			t.Errorf("%s: notice %+v", name, n)
		}
	}
}

func TestAWonDisputeNeedsAPerson(t *testing.T) {
	n := read(t, event("charge.dispute.funds_reinstated", taken))
	if n.Verdict != domain.VerdictUnreadable || n.Refund != nil || n.TransactionID != "pi_1" || n.Problem == "" {
		t.Errorf("notice %+v", n)
	}
}
