package proof

import (
	"slices"

	"github.com/stockonce/stockonce/app/order/internal/domain"
	"github.com/stockonce/stockonce/app/product/decision"
)

// world is one state of everything: what is true of each order number, and of stock.
// A world that was handed out is never changed; see edit.
type world struct {
	*scenario

	blocks   []*block
	stock    [skus]int64
	restocks int
}

const skus = 2

// block is all that concerns one order number, wherever it is kept.
type block struct {
	// Order's database.
	placed     bool
	status     domain.Status
	winner     string
	stockBack  bool
	writtenOff bool   // the history says that the goods are lost
	accepted   string // payment that a person accepted, by the history
	payments   []domain.Payment
	refunds    []domain.Refund
	tasks      []task
	held       []domain.Notice // about refunds of payments not known yet

	// Order's processes.
	workers []worker

	// On the wire to product and provider: requests that nobody waits for any more.
	stray []request

	// Product's database.
	state           decision.State
	fingerprint     string
	sales, releases int // sets of movements

	// The provider.
	expired bool // the time to pay is over
	closed  bool // the trade is
	paid    []bool
	told    []bool // the notice was answered "ok"
	there   []refundThere
	refused int // refunds that the provider refused for no reason

	faults []breach // what should not have been done

	sealed bool
	id     blockID  // of all of the above
	broken []breach // what of it must not be
}

// task is a row of order's tasks.
type task struct {
	kind  domain.TaskKind
	ref   string // of a refund; other tasks are about the order
	state domain.TaskState
	token string
}

// request asks product or the provider for something, once more.
type request struct {
	kind domain.TaskKind
	ref  string
}

// worker is a process of order at work on a task: a relay, or the request that made
// the task.
type worker struct {
	request

	token string
	phase phase

	late    bool               // query: asked after the order's expiry
	paid    int                // query and close: the charge that the provider told, from 1
	outcome domain.Outcome     // deduct: product's answer
	report  domain.RefundState // refund: the provider's answer
}

// phase is how far a worker has come.
type phase byte

const (
	claimed  phase = iota // has done nothing yet
	asked                 // its request is on the wire
	answered              // knows the answer, which is not recorded
	ending                // has only its task to end
)

// edit returns a copy of the world in which the block of order i may be changed.
func (w *world) edit(i int) (*world, *block) {
	next := *w
	next.blocks = slices.Clone(w.blocks)
	b := *w.blocks[i]
	b.payments, b.refunds, b.tasks = slices.Clone(b.payments), slices.Clone(b.refunds), slices.Clone(b.tasks)
	b.workers, b.stray, b.held = slices.Clone(b.workers), slices.Clone(b.stray), slices.Clone(b.held)
	b.faults = slices.Clone(b.faults)
	b.paid, b.told, b.there = slices.Clone(b.paid), slices.Clone(b.told), slices.Clone(b.there)
	b.sealed, b.broken = false, nil
	next.blocks[i] = &b
	return &next, &b
}

// open tells that a task is there and not done.
func (b *block) open(kind domain.TaskKind, ref string) bool {
	return slices.ContainsFunc(b.tasks, func(t task) bool {
		return t.kind == kind && t.ref == ref && t.state != domain.TaskDone
	})
}

// working counts the workers on a task.
func (b *block) working(kind domain.TaskKind, ref string) int {
	n := 0
	for _, v := range b.workers {
		if v.kind == kind && v.ref == ref {
			n++
		}
	}
	return n
}
