package domain

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
	EventRefundRequested EventKind = "refund_requested"
	EventTaskDead        EventKind = "task_dead"
)

// Event is one entry of an order's history. Entries are numbered by the store and
// never changed.
type Event struct {
	Kind    EventKind
	Subject string // number of the payment or refund it is about
	Note    string
}

// Changes is what happened to an order since it was loaded. Its keeper stores all
// of it in one transaction.
type Changes struct {
	// Status tells whether status, winner or provider of the order row changed.
	Status bool
	// Payments arrived; Judged were known, and have another disposition now.
	Payments []Payment
	Judged   []Payment
	Refunds  []Refund
	NewTasks []NewTask
	EndTasks []TaskEnd
	Events   []Event
	Callback *Callback
}
