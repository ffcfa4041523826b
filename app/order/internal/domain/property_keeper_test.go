package domain

import (
	"cmp"
	"errors"
	"reflect"
	"slices"

	"pgregory.net/rapid"
)

// keeper keeps one order in memory the way a store does: it hands out what is
// stored, and stores what Changes says and nothing else.
type keeper struct {
	stored Stored
	tasks  map[task]*taskRow
}

type task struct {
	kind TaskKind
	ref  string
}

type taskRow struct {
	state TaskState
	token string
}

var errLeaseLost = errors.New("lease lost")

// load makes the order anew, as after a restart of the process.
func (k *keeper) load() *Order {
	s := k.stored
	s.Lines, s.Payments, s.Refunds = slices.Clone(s.Lines), slices.Clone(s.Payments), slices.Clone(s.Refunds)
	return Restore(s)
}

// update is one transaction. It fails the test when the changes cannot be stored,
// or leave something unsaid.
func (k *keeper) update(t *rapid.T, change func(*Order) error) error {
	t.Helper()
	o := k.load()
	if err := change(o); err != nil {
		return err
	}
	before := k.stored.Status
	if err := k.store(t, o); err != nil {
		return err
	}
	if !canFollow(before, k.stored.Status) {
		t.Fatalf("the order went from %q to %q", before, k.stored.Status)
	}
	again := k.load()
	for what, same := range map[string]bool{
		"status": again.Status() == o.Status(), "winner": again.Winner() == o.Winner(),
		"stock":    again.StockBack() == o.StockBack(),
		"payments": reflect.DeepEqual(again.Payments(), o.Payments()),
		"refunds":  reflect.DeepEqual(again.Refunds(), o.Refunds()),
	} {
		if !same {
			t.Fatalf("the changes do not tell all about the order's %s: %+v", what, o.Changes())
		}
	}
	return nil
}

// store does as Changes says, all or nothing.
func (k *keeper) store(t *rapid.T, o *Order) error {
	t.Helper()
	c := o.Changes()
	for _, end := range c.EndTasks {
		row := k.tasks[task{end.Claim.Kind, end.Claim.Ref}]
		if row == nil || row.state != TaskPending || row.token != end.Claim.Token {
			return errLeaseLost
		}
	}
	if k.stored.Status != "" && (c.Status || len(c.Events) > 0) {
		k.stored.Status, k.stored.Winner, k.stored.StockBack = o.Status(), o.Winner(), o.StockBack()
	}
	k.storePayments(t, c)
	k.storeRefunds(t, c)
	for _, n := range c.NewTasks {
		if k.tasks[task{n.Kind, n.Ref}] != nil {
			t.Fatalf("there is a %s task %s already", n.Kind, n.Ref)
		}
		k.tasks[task{n.Kind, n.Ref}] = &taskRow{TaskPending, n.Token}
	}
	for _, end := range c.EndTasks {
		k.tasks[task{end.Claim.Kind, end.Claim.Ref}].state = end.State
	}
	for _, end := range c.SettledTasks {
		if row := k.tasks[task{end.Claim.Kind, end.Claim.Ref}]; row != nil && row.state != TaskDone {
			row.state = end.State
		}
	}
	return nil
}

func (k *keeper) storePayments(t *rapid.T, c Changes) {
	t.Helper()
	for _, p := range c.Payments {
		for _, known := range k.stored.Payments {
			if known.Number == p.Number || known.TransactionID == p.TransactionID {
				t.Fatalf("payment %+v is kept already", p)
			}
		}
		k.stored.Payments = append(k.stored.Payments, p)
	}
	for _, p := range c.Judged {
		i := slices.IndexFunc(k.stored.Payments, func(known Payment) bool { return known.Number == p.Number })
		if held := k.stored.Payments[i].Disposition; held != Mismatch && held != Orphan {
			t.Fatalf("payment %s was judged as %s and again as %s", p.Number, held, p.Disposition)
		}
		if p.Disposition == Winner && k.load().refundable(p) < p.Amount.Minor {
			t.Fatalf("payment %+v pays the order, and some of it is back: %+v", p, k.stored.Refunds)
		}
		k.stored.Payments[i].Disposition = p.Disposition
	}
}

func (k *keeper) storeRefunds(t *rapid.T, c Changes) {
	t.Helper()
	index := func(number string) int {
		return slices.IndexFunc(k.stored.Refunds, func(r Refund) bool { return r.Number == number })
	}
	for _, r := range c.Refunds {
		if index(r.Number) >= 0 {
			t.Fatalf("the number of refund %+v is taken", r)
		}
		k.stored.Refunds = append(k.stored.Refunds, r)
	}
	for _, r := range c.RefundsChanged {
		i := index(r.Number)
		if i < 0 {
			t.Fatalf("refund %s changed before it was there", r.Number)
		}
		if from := k.stored.Refunds[i].State; !refundCanFollow(from, r.State) {
			t.Fatalf("refund %s went from %s to %s", r.Number, from, r.State)
		}
		k.stored.Refunds[i] = r
	}
}

// claim takes a task for a worker, whoever had it before.
func (k *keeper) claim(which task, token string) Claim {
	k.tasks[which].token = token
	return Claim{Kind: which.kind, Ref: which.ref, Token: token}
}

// wake makes a task, or has the one there is begin anew.
func (k *keeper) wake(kind TaskKind, ref string) {
	k.tasks[task{kind, ref}] = &taskRow{state: TaskPending}
}

// end ends a claimed task apart from any change of the order.
func (k *keeper) end(c Claim) {
	if row := k.tasks[task{c.Kind, c.Ref}]; row.state == TaskPending && row.token == c.Token {
		row.state = TaskDone
	}
}

// open tells whether a task is there and not done: it will be tried again, or a
// person knows of it.
func (k *keeper) open(kind TaskKind, ref string) bool {
	row := k.tasks[task{kind, ref}]
	return row != nil && row.state != TaskDone
}

// pending lists the tasks that workers may take, in a fixed order.
func (k *keeper) pending() []task {
	var all []task
	for which, row := range k.tasks {
		if row.state == TaskPending {
			all = append(all, which)
		}
	}
	slices.SortFunc(all, func(a, b task) int { return cmp.Compare(string(a.kind)+a.ref, string(b.kind)+b.ref) })
	return all
}

// canFollow is the state machine as docs and design draw it.
func canFollow(from, to Status) bool {
	return from == to || slices.Contains(map[Status][]Status{
		Created: {Cancelled, Paid}, Paid: {Fulfilled, Unfulfillable, Refunding}, Fulfilled: {Refunding},
		Unfulfillable: {Refunded}, Refunding: {Refunded},
	}[from], to)
}

func refundCanFollow(from, to RefundState) bool {
	return from == to || slices.Contains(map[RefundState][]RefundState{
		RefundRequested: {RefundSent, RefundConfirmed, RefundFailed}, RefundSent: {RefundConfirmed, RefundFailed},
	}[from], to)
}
