package stripe

import (
	"github.com/stockonce/stockonce/app/order/internal/dialect"
	"github.com/stockonce/stockonce/app/order/internal/domain"
)

// The states of a PaymentIntent (https://docs.stripe.com/payments/paymentintents/lifecycle).
// Money has arrived in one of them alone.
const (
	IntentRequiresPaymentMethod = "requires_payment_method"
	IntentRequiresConfirmation  = "requires_confirmation"
	IntentRequiresAction        = "requires_action"
	IntentRequiresCapture       = "requires_capture"
	IntentProcessing            = "processing"
	IntentCanceled              = "canceled"
	IntentSucceeded             = "succeeded"
)

// PaymentIntent is a payment (https://docs.stripe.com/api/payment_intents/object).
type PaymentIntent struct {
	ID             string            `json:"id"`
	Status         string            `json:"status"`
	AmountReceived int64             `json:"amount_received"`
	Currency       string            `json:"currency"`
	Metadata       map[string]string `json:"metadata"`
	LiveMode       bool              `json:"livemode"`
	Created        int64             `json:"created"` // Unix seconds
}

// Notice is what the PaymentIntent says; broken is the error of Decode. It is to be
// judged only when the money has arrived. An amount is what was received, which is
// less than what was asked for when a part was captured.
func (p PaymentIntent) Notice(orderKey string, broken error) domain.Notice {
	n := domain.Notice{State: p.Status, TransactionID: dialect.Identifier(p.ID), OrderNumber: dialect.Identifier(p.Metadata[orderKey])}
	if broken != nil {
		return dialect.Unreadable(n, broken.Error())
	}
	if p.Status != IntentSucceeded {
		return dialect.NotPaid(n, "")
	}
	return paid(n, payment{
		order: p.Metadata[orderKey], orderField: "metadata." + orderKey, transactionField: "id",
		amount: p.AmountReceived, amountField: "amount_received", currency: p.Currency,
	})
}

// CheckoutSession is a payment page (https://docs.stripe.com/api/checkout/sessions/object).
type CheckoutSession struct {
	ID                string            `json:"id"`
	Status            string            `json:"status"`
	PaymentStatus     string            `json:"payment_status"` // paid, unpaid, no_payment_required
	PaymentIntent     string            `json:"payment_intent"`
	AmountTotal       int64             `json:"amount_total"`
	Currency          string            `json:"currency"`
	Metadata          map[string]string `json:"metadata"`
	ClientReferenceID string            `json:"client_reference_id"`
}

// Notice is what the session says about its PaymentIntent, under whose id the payment
// goes; broken is the error of Decode. The order is named in the metadata, or else by
// client_reference_id.
func (s CheckoutSession) Notice(orderKey string, broken error) domain.Notice {
	order, field := s.Metadata[orderKey], "metadata."+orderKey
	if order == "" {
		order, field = s.ClientReferenceID, "client_reference_id"
	}
	n := domain.Notice{
		State: s.PaymentStatus, TransactionID: dialect.Identifier(s.PaymentIntent), OrderNumber: dialect.Identifier(order),
	}
	if broken != nil {
		return dialect.Unreadable(n, broken.Error())
	}
	if s.PaymentStatus != "paid" {
		return dialect.NotPaid(n, "")
	}
	return paid(n, payment{
		order: order, orderField: field, transactionField: "payment_intent",
		amount: s.AmountTotal, amountField: "amount_total", currency: s.Currency,
	})
}

// payment is what a paid object says, with the names of its fields.
type payment struct {
	order, orderField     string
	transactionField      string
	amount                int64
	amountField, currency string
}

// paid checks that a payment can be judged.
//
// One that names no order has no effect: an account takes money for other things too,
// invoices for example, and of a Checkout Session and its PaymentIntent often one
// alone names the order, which is enough.
func paid(n domain.Notice, p payment) domain.Notice {
	if p.order == "" {
		return dialect.NotPaid(n, p.orderField+": paid, but names no order")
	}
	if n.OrderNumber == "" {
		return dialect.Unreadable(n, p.orderField+dialect.IdentifierRule)
	}
	if n.TransactionID == "" {
		return dialect.Unreadable(n, p.transactionField+dialect.IdentifierRule)
	}
	var err error
	if n.Amount, err = Money(p.amountField, p.amount, p.currency); err != nil {
		return dialect.Unreadable(n, err.Error())
	}
	return n
}
