package domain

import (
	"math/rand/v2"
	"time"
)

// TaskKind is what a task is about.
type TaskKind string

const (
	// TaskDeduct takes the stock of a paid order; its ref is the order number.
	TaskDeduct TaskKind = "deduct"
	// TaskRefund sends a refund to its provider; its ref is the refund number.
	TaskRefund TaskKind = "refund"
	// TaskRelease gives back the stock of an order, its ref, or sees to it that none
	// is ever taken.
	TaskRelease TaskKind = "release"
	// TaskQueryPayment finds out about payments of an order number, its ref.
	TaskQueryPayment TaskKind = "query_payment"
	// TaskClosePayment closes the trade of an order, its ref, that nobody paid.
	TaskClosePayment TaskKind = "close_payment"
	// TaskNotify tells a target about an event; see NotifyRef.
	TaskNotify TaskKind = "notify"
)

// TaskState is how far a task has come.
type TaskState string

const (
	TaskPending TaskState = "pending"
	TaskDone    TaskState = "done"
	TaskDead    TaskState = "dead" // waits for a person
)

// NewTask is a task to store. It is the memory between two transactions: it ends
// only when what it is about is definite.
type NewTask struct {
	Kind TaskKind
	Ref  string
	// Lane separates tasks of one kind: what waits for one payment provider, or one
	// target, must not hold up what is for another.
	Lane string
	// In is when the task is due, from now on.
	In time.Duration
	// Token claims the task for the request that makes it, for ClaimedFor. Empty
	// means that the task is due at once, for anybody.
	Token string
}

// ClaimedFor is how long a request has its own new task for itself.
const ClaimedFor = 2 * time.Second

// Claim is the right to work on a task until Until. Whoever finishes the task shows
// the token: a claim that ran out and was taken by another finishes nothing.
type Claim struct {
	Kind    TaskKind
	Lane    string
	Ref     string
	Token   string
	Attempt int // how often the task was tried before
	// Until is on the clock of this process, so that a pause of the process counts.
	Until time.Time
	// Age is how long the task has existed, by the database's clock.
	Age time.Duration
}

// TaskEnd is how a claimed task ends.
type TaskEnd struct {
	Claim  Claim
	State  TaskState // done or dead
	Reason string    // why it is dead
}

const (
	firstBackoff = 200 * time.Millisecond
	maxBackoff   = time.Minute
)

// Backoff is the pause before a task is tried again after so many attempts failed:
// 200 ms doubled per attempt up to a minute, with full jitter, so that what failed
// together does not come back together.
func Backoff(attempt int) time.Duration {
	ceiling := maxBackoff
	if attempt < 10 {
		ceiling = min(firstBackoff<<attempt, maxBackoff)
	}
	return rand.N(ceiling) //nolint:gosec // jitter needs no secrecy
}
