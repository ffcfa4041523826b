package domain

// RefundRequest is what a payment provider needs to send money back.
type RefundRequest struct {
	// Number names the refund: the provider pays it once, however often it is asked.
	Number        string
	TransactionID string // the provider's, of the payment
	OrderNumber   string // as the provider knows it
	Amount        Money
	Paid          Money  // the whole payment
	Reason        string // for people
	// Again tells that the provider may have been asked before, without an answer or
	// with a preliminary one: it is to be asked what became of that first.
	Again bool
}

// RefundReport is what a provider says about a refund.
type RefundReport struct {
	// State is RefundSent when the provider accepted the refund and tells the outcome
	// later, RefundConfirmed when the money is on its way for good, and RefundFailed
	// when the provider definitely refused and no money moved or ever will.
	State RefundState
	// Ref is the provider's own id of the refund, if it tells one.
	Ref string
	// Stuck tells that the provider will not go on without a person.
	Stuck bool
	// Reason says why it failed or is stuck, in the provider's words.
	Reason string
}
