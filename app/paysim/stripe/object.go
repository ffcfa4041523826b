package stripe

import (
	"strings"

	"github.com/stockonce/stockonce/app/paysim/book"
)

// intent is a PaymentIntent. LatestCharge is an id, or the charge when asked for.
// https://docs.stripe.com/api/payment_intents/object
type intent struct {
	ID                 string            `json:"id"`
	Object             string            `json:"object"`
	Amount             int64             `json:"amount"`
	AmountCapturable   int64             `json:"amount_capturable"`
	AmountReceived     int64             `json:"amount_received"`
	CanceledAt         *int64            `json:"canceled_at"`
	CancellationReason *string           `json:"cancellation_reason"`
	CaptureMethod      string            `json:"capture_method"`
	ConfirmationMethod string            `json:"confirmation_method"`
	Created            int64             `json:"created"`
	Currency           string            `json:"currency"`
	Customer           *string           `json:"customer"`
	Description        *string           `json:"description"`
	LatestCharge       any               `json:"latest_charge"`
	LiveMode           bool              `json:"livemode"`
	Metadata           map[string]string `json:"metadata"`
	PaymentMethodTypes []string          `json:"payment_method_types"`
	Status             string            `json:"status"`
}

func (p *Provider) intent(pay book.Payment) intent {
	i := intent{
		ID: pay.TransactionID, Object: "payment_intent", Amount: pay.Amount, CaptureMethod: "automatic",
		ConfirmationMethod: "automatic", Created: pay.CreatedAt.Unix(), Currency: strings.ToLower(pay.Currency),
		Metadata: p.metadata(pay), PaymentMethodTypes: []string{"card"},
	}
	switch pay.State {
	case book.Paid:
		i.Status, i.AmountReceived, i.LatestCharge = "succeeded", pay.Amount, chargeID(pay)
	case book.Pending:
		i.Status = "requires_payment_method"
		if pay.Word == intentProcessing || pay.Word == checkoutUnpaid {
			i.Status = "processing"
		}
	case book.Failed:
		i.Status = "requires_payment_method"
	case book.Closed:
		at, reason := pay.ClosedAt.Unix(), "requested_by_customer"
		i.Status, i.CanceledAt, i.CancellationReason = "canceled", &at, &reason
	}
	return i
}

func (p *Provider) metadata(pay book.Payment) map[string]string {
	return map[string]string{p.keys.OrderKey: pay.OrderNumber}
}

// suffix is what the ids of all objects of one payment share.
func suffix(p book.Payment) string { return strings.TrimPrefix(p.TransactionID, "pi_") }

func chargeID(p book.Payment) string { return "ch_" + suffix(p) }

// session is a Checkout Session.
// https://docs.stripe.com/api/checkout/sessions/object
type session struct {
	ID                string            `json:"id"`
	Object            string            `json:"object"`
	AmountSubtotal    int64             `json:"amount_subtotal"`
	AmountTotal       int64             `json:"amount_total"`
	ClientReferenceID *string           `json:"client_reference_id"`
	Created           int64             `json:"created"`
	Currency          string            `json:"currency"`
	Customer          *string           `json:"customer"`
	LiveMode          bool              `json:"livemode"`
	Metadata          map[string]string `json:"metadata"`
	Mode              string            `json:"mode"`
	PaymentIntent     string            `json:"payment_intent"`
	PaymentStatus     string            `json:"payment_status"`
	Status            string            `json:"status"`
}

func (p *Provider) checkout(pay book.Payment) session {
	s := session{
		ID: "cs_test_" + suffix(pay), Object: "checkout.session", AmountSubtotal: pay.Amount, AmountTotal: pay.Amount,
		Created: pay.CreatedAt.Unix(), Currency: strings.ToLower(pay.Currency), Metadata: p.metadata(pay), Mode: "payment",
		PaymentIntent: pay.TransactionID, PaymentStatus: "unpaid", Status: "complete",
	}
	if pay.State == book.Paid {
		s.PaymentStatus = "paid"
	}
	if pay.State == book.Closed {
		s.Status = "expired"
	}
	return s
}

// charge is how a PaymentIntent was paid. It has the intent's metadata.
// https://docs.stripe.com/api/charges/object
type charge struct {
	ID             string            `json:"id"`
	Object         string            `json:"object"`
	Amount         int64             `json:"amount"`
	AmountCaptured int64             `json:"amount_captured"`
	AmountRefunded int64             `json:"amount_refunded"`
	Captured       bool              `json:"captured"`
	Created        int64             `json:"created"`
	Currency       string            `json:"currency"`
	Disputed       bool              `json:"disputed"`
	LiveMode       bool              `json:"livemode"`
	Metadata       map[string]string `json:"metadata"`
	Paid           bool              `json:"paid"`
	PaymentIntent  string            `json:"payment_intent"`
	Refunded       bool              `json:"refunded"`
	Status         string            `json:"status"`
}

func (p *Provider) charge(pay book.Payment) charge {
	return charge{
		ID: chargeID(pay), Object: "charge", Amount: pay.Amount, AmountCaptured: pay.Amount, AmountRefunded: pay.Refunded,
		Captured: true, Created: pay.PaidAt.Unix(), Currency: strings.ToLower(pay.Currency), Metadata: p.metadata(pay),
		Paid: true, PaymentIntent: pay.TransactionID, Refunded: pay.Refunded == pay.Amount, Status: "succeeded",
	}
}

// refund is one refund.
// https://docs.stripe.com/api/refunds/object
type refund struct {
	ID            string            `json:"id"`
	Object        string            `json:"object"`
	Amount        int64             `json:"amount"`
	Charge        string            `json:"charge"`
	Created       int64             `json:"created"`
	Currency      string            `json:"currency"`
	FailureReason string            `json:"failure_reason,omitempty"`
	Metadata      map[string]string `json:"metadata"`
	PaymentIntent string            `json:"payment_intent"`
	Reason        *string           `json:"reason"`
	Status        string            `json:"status"`
}

func refundOf(r book.Refund) refund {
	told := refund{
		ID: r.ID, Object: "refund", Amount: r.Amount, Charge: chargeID(book.Payment{TransactionID: r.TransactionID}),
		Created: r.CreatedAt.Unix(), Currency: strings.ToLower(r.Currency), Metadata: r.Metadata,
		PaymentIntent: r.TransactionID, Status: refundStates[r.State],
	}
	if told.Metadata == nil {
		told.Metadata = map[string]string{}
	}
	if r.Reason != "" {
		told.Reason = &r.Reason
	}
	if r.State == book.RefundFailed {
		told.FailureReason = "expired_or_canceled_card"
	}
	return told
}

var refundStates = map[book.RefundState]string{
	book.RefundPending: "pending", book.RefundConfirmed: "succeeded", book.RefundFailed: "failed",
}
