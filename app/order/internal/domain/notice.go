package domain

import "time"

// Verdict is what became of a verified notice. A payment's disposition is one of
// its values.
type Verdict string

const (
	VerdictWinner             = Verdict(Winner)
	VerdictDuplicate          = Verdict(Duplicate)
	VerdictLate               = Verdict(Late)
	VerdictMismatch           = Verdict(Mismatch)
	VerdictOrphan             = Verdict(Orphan)
	VerdictRefund     Verdict = "refund"     // tells of a refund: recorded
	VerdictReplay     Verdict = "replay"     // told before: nothing changed
	VerdictConflict   Verdict = "conflict"   // a known transaction with another order or amount: no effect
	VerdictNotPaid    Verdict = "not_paid"   // the provider says that no money arrived
	VerdictUnreadable Verdict = "unreadable" // verified, but not understood: a person must look
	VerdictForeign    Verdict = "foreign"    // meant for another merchant
)

// NeedsPerson tells whether somebody should look at a notice with this verdict.
func (v Verdict) NeedsPerson() bool {
	switch v {
	case VerdictMismatch, VerdictOrphan, VerdictConflict, VerdictUnreadable, VerdictForeign:
		return true
	case VerdictWinner, VerdictDuplicate, VerdictLate, VerdictReplay, VerdictNotPaid, VerdictRefund:
		return false
	}
	return true
}

// Notice is what a provider reported, in our words, after its signature was
// verified. Paid notices carry all fields; others what could be read.
type Notice struct {
	Provider      string
	OrderNumber   string
	TransactionID string
	Amount        Money
	PaidAt        time.Time
	// State is the provider's own word for the trade's state.
	State string
	// Refund is set when the notice reports a refund. Amount is the refund's then, and
	// its currency may be missing: the payment's is meant. TransactionID names the
	// payment.
	Refund *RefundNotice
	// Verdict is empty for a paid notice and for a refund, which the order judges. Otherwise it says
	// why there is nothing to judge.
	Verdict Verdict
	// Problem says what could not be read, for the person who looks.
	Problem string
	// Delivery is how the notice arrived.
	Delivery Delivery
}

// RefundNotice is what a notice says about a refund, whoever asked for it.
type RefundNotice struct {
	// Number is the one we gave the refund, if the provider repeats it.
	Number string
	// Ref is the provider's own id of the refund, if it tells one.
	Ref string
	// State is RefundSent while the provider is at it, RefundConfirmed or RefundFailed.
	State RefundState
	// Cumulative tells that Amount is everything refunded of the payment so far, and
	// that the notice does not say which refund it is about.
	Cumulative bool
	// Chargeback tells that the customer's bank took the money: the provider counts it
	// apart from refunds.
	Chargeback bool
	// Stuck tells that the provider will not go on without a person at its console.
	Stuck bool
	// Reason says why it failed or is stuck, in the provider's words.
	Reason string
}

// Delivery is a provider's HTTP request and our answer to it, kept as evidence.
type Delivery struct {
	Headers []Header
	Body    []byte
	Answer  Answer
	// Replay is set when there was no request: a person has a kept notice judged again.
	Replay *Replay
}

// Header is one HTTP header field.
type Header struct{ Name, Value string }

// Answer is what the provider is told once the notice is recorded.
type Answer struct {
	Status      int
	ContentType string
	Body        string
}

// Callback is a notice with its verdict, as it is kept.
type Callback struct {
	Notice
	Verdict Verdict
}
