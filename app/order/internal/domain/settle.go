package domain

import "fmt"

// Outcome is product's stored answer to a deduction. There is none for "did not
// answer": only an answer decides.
type Outcome string

const (
	Deducted Outcome = "deducted" // the stock is taken
	Refused  Outcome = "refused"  // nothing is taken, and never will be
	Conflict Outcome = "conflict" // product knows the order number with other lines
)

// Settle records product's answer and ends the deduct task behind claim. It
// reports how the task ended.
//
// Only a paid order moves. In any other status an answer that agrees ends the task;
// one that disagrees leaves status and money alone and waits for a person, as does
// a conflict.
func (o *Order) Settle(answer Outcome, claim Claim) TaskEnd {
	end := TaskEnd{Claim: claim, State: TaskDone}
	switch {
	case answer == Deducted && o.move(deduct):
		o.record(Event{Kind: EventFulfilled})
	case answer == Refused && o.move(refuse):
		o.record(Event{Kind: EventUnfulfillable})
		o.refundWinner()
	case !o.agrees(answer):
		end.State = TaskDead
		end.Reason = fmt.Sprintf("product answered %s, the order is %s", answer, o.status)
		o.record(Event{Kind: EventTaskDead, Subject: string(claim.Kind), Note: end.Reason})
	}
	o.changes.EndTasks = append(o.changes.EndTasks, end)
	return end
}

// agrees tells whether an answer says what the order's status already says.
func (o *Order) agrees(answer Outcome) bool {
	switch o.status {
	case Fulfilled:
		return answer == Deducted
	case Unfulfillable:
		return answer == Refused
	case Refunding, Refunded:
		// The stock is released, or was never taken: product's last word is the
		// release's, and both answers may have come before it.
		return answer != Conflict
	case Created, Paid, Cancelled:
		return false
	}
	return false
}

// refundWinner sends back the money of an order that cannot be fulfilled.
func (o *Order) refundWinner() {
	for _, p := range o.payments {
		if p.Number == o.winner {
			o.refund(p, SourceService, string(Unfulfillable), "")
		}
	}
}
