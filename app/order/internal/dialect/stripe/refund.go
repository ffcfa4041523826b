package stripe

import (
	"fmt"

	"github.com/stockonce/stockonce/app/order/internal/dialect"
	"github.com/stockonce/stockonce/app/order/internal/domain"
)

// Refund is money on its way back (https://docs.stripe.com/api/refunds/object).
type Refund struct {
	ID            string            `json:"id"`
	Amount        int64             `json:"amount"`
	Currency      string            `json:"currency"`
	Status        string            `json:"status"`
	FailureReason string            `json:"failure_reason"`
	PendingReason string            `json:"pending_reason"`
	PaymentIntent string            `json:"payment_intent"`
	Metadata      map[string]string `json:"metadata"`
}

// Number is our number of the refund; empty when it is not one of ours.
func (r Refund) Number() string { return r.Metadata[RefundKey] }

// Report says how far the refund is (https://docs.stripe.com/refunds#failed-refunds).
// An error is a status that Stripe does not document.
//
// A refund may still fail after it succeeded, when the customer's bank sends the
// money back: what is confirmed here is that Stripe sent it.
func (r Refund) Report() (domain.RefundReport, error) {
	report := domain.RefundReport{Ref: dialect.Identifier(r.ID)}
	switch r.Status {
	case "succeeded":
		report.State = domain.RefundConfirmed
	case "pending":
		report.State = domain.RefundSent
		report.Reason = r.PendingReason
		// Stripe pays it once there is money in the account.
		report.Stuck = r.PendingReason == "insufficient_funds"
	case "requires_action":
		// Of the customer, whom Stripe asks for a bank account by e-mail.
		report.State = domain.RefundSent
		report.Reason = r.Status
	case "failed", "canceled":
		report.State = domain.RefundFailed
		report.Reason = r.Status
		if r.FailureReason != "" {
			report.Reason = fmt.Sprintf("%s: %.200s", r.Status, r.FailureReason)
		}
	default:
		return report, fmt.Errorf("status: %.40q is none of a refund", r.Status)
	}
	return report, nil
}

// Notice is what the refund says, if it is one of ours; broken is the error of Decode.
func (r Refund) Notice(orderKey string, broken error) domain.Notice {
	n := domain.Notice{
		State: r.Status, TransactionID: dialect.Identifier(r.PaymentIntent), OrderNumber: dialect.Identifier(r.Metadata[orderKey]),
	}
	if broken != nil {
		return dialect.Unreadable(n, broken.Error())
	}
	report, err := r.Report()
	if err != nil {
		return dialect.Unreadable(n, err.Error())
	}
	switch {
	case r.Number() == "":
		return dialect.Unreadable(n, "metadata."+RefundKey+": the refund is not one of ours")
	case len(r.Number()) > dialect.MaxRefundNumber || !domain.ValidIdentifier(r.Number()):
		return dialect.Unreadable(n, fmt.Sprintf("metadata.%s: must be 1 to %d visible ASCII characters", RefundKey, dialect.MaxRefundNumber))
	case report.Ref == "":
		return dialect.Unreadable(n, "id"+dialect.IdentifierRule)
	case n.TransactionID == "":
		return dialect.Unreadable(n, "payment_intent"+dialect.IdentifierRule)
	}
	if n.Amount, err = Money("amount", r.Amount, r.Currency); err != nil {
		return dialect.Unreadable(n, err.Error())
	}
	n.Refund = &domain.RefundNotice{
		Number: r.Number(), Ref: report.Ref, State: report.State, Stuck: report.Stuck, Reason: report.Reason,
	}
	return n
}
