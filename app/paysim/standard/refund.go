package standard

import "github.com/stockonce/stockonce/app/paysim/book"

// RefundNotice is what the provider reports about one refund.
type RefundNotice struct {
	TransactionID string `json:"transactionId"`
	OrderNumber   string `json:"orderNumber"`
	// RefundNumber is the merchant's; empty when the refund began at the provider.
	RefundNumber string `json:"refundNumber"`
	// RefundID is the provider's own.
	RefundID string `json:"refundId"`
	// Amount is this refund's, in minor units.
	Amount   int64  `json:"amount"`
	Currency string `json:"currency"`
	// State is refunded, refund_pending or refund_failed.
	State  string `json:"state"`
	Reason string `json:"reason,omitempty"`
}

func refundNotice(r book.Refund) RefundNotice {
	return RefundNotice{
		TransactionID: r.TransactionID, OrderNumber: r.OrderNumber, RefundNumber: r.Number, RefundID: r.ID,
		Amount: r.Amount, Currency: r.Currency, State: refundStates[r.State], Reason: r.Failure,
	}
}

var refundStates = map[book.RefundState]string{
	book.RefundPending: "refund_pending", book.RefundConfirmed: "refunded", book.RefundFailed: "refund_failed",
}
