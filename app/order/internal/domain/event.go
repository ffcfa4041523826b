package domain

import "time"

// EventKind is what happened to an order.
type EventKind string

const (
	EventPlaced          EventKind = "placed"
	EventCancelled       EventKind = "cancelled"
	EventExpired         EventKind = "expired"
	EventPaid            EventKind = "paid"
	EventPaymentRecorded EventKind = "payment_recorded" // with any other disposition
	EventFulfilled       EventKind = "fulfilled"
	EventUnfulfillable   EventKind = "unfulfillable"
	EventPaymentAccepted EventKind = "payment_accepted" // a mismatch, by a person
	EventRefundRequested EventKind = "refund_requested"
	EventRefundConfirmed EventKind = "refund_confirmed"
	EventRefundFailed    EventKind = "refund_failed"
	EventRefunding       EventKind = "refunding"      // stock and money are to go back
	EventStockReleased   EventKind = "stock_released" // or was never taken
	EventStockKept       EventKind = "stock_kept"     // the goods are lost
	EventRefunded        EventKind = "refunded"       // the winner's money is back in full
	EventTaskDead        EventKind = "task_dead"
	EventTaskRetried     EventKind = "task_retried" // by a person or a repair; the next two by a person
	EventTaskParked      EventKind = "task_parked"
	EventTaskDropped     EventKind = "task_dropped"
)

// Event is one entry of an order's history. Entries are numbered by the store and
// never changed.
type Event struct {
	Kind    EventKind
	Subject string // number of the payment or refund it is about
	Note    string
}

// OrderEvent is an entry of an order's history as it was stored.
type OrderEvent struct {
	OrderNumber string
	// Sequence counts an order's events from 1 without gaps.
	Sequence int64
	Event
	// Status is the order's after the change that the event is a part of.
	Status Status
	At     time.Time
}

// Changes is what happened to an order since it was loaded. Its keeper stores all
// of it in one transaction.
type Changes struct {
	// Status tells whether status, winner or provider of the order row changed.
	Status bool
	// Payments arrived; Judged were known, and have another disposition now.
	Payments []Payment
	Judged   []Payment
	// Refunds are new; RefundsChanged were known.
	Refunds        []Refund
	RefundsChanged []Refund
	NewTasks       []NewTask
	EndTasks       []TaskEnd
	// WokenTasks are made, or begin anew where they are known already.
	WokenTasks []NewTask
	// SettledTasks end although somebody else may be at work on them: what they were
	// for is decided. What that work finds will not be stored.
	SettledTasks []TaskEnd
	// DecidedTasks are what a person decided about.
	DecidedTasks []TaskDecision
	Events       []Event
	Callback     *Callback
}
