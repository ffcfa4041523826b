package proof

import (
	"slices"

	"github.com/stockonce/stockonce/app/order/internal/domain"
)

// find is the index of a task, whatever its state, or -1: kind and ref are unique.
func (b *block) find(kind domain.TaskKind, ref string) int {
	return slices.IndexFunc(b.tasks, func(t task) bool { return t.kind == kind && t.ref == ref })
}

// named is what a task of the block is called: tasks about the order itself need no name.
func named(kind domain.TaskKind, ref string) string {
	if kind == domain.TaskRefund {
		return ref
	}
	return ""
}

func (b *block) insertTasks(tasks []domain.NewTask) error {
	for _, t := range tasks {
		ref := named(t.Kind, t.Ref)
		if b.find(t.Kind, ref) >= 0 {
			return errDuplicate
		}
		b.tasks = append(b.tasks, task{kind: t.Kind, ref: ref, state: domain.TaskPending, token: t.Token})
	}
	return nil
}

// endTask ends a task while the claim on it holds.
func (b *block) endTask(end domain.TaskEnd) error {
	i := b.find(end.Claim.Kind, named(end.Claim.Kind, end.Claim.Ref))
	if i < 0 || b.tasks[i].state != domain.TaskPending || b.tasks[i].token != end.Claim.Token {
		return errLeaseLost
	}
	b.tasks[i].state = end.State
	return nil
}

// settleTask ends a task whoever has it.
func (b *block) settleTask(end domain.TaskEnd) {
	i := b.find(end.Claim.Kind, named(end.Claim.Kind, end.Claim.Ref))
	if i >= 0 && b.tasks[i].state != domain.TaskDone {
		b.tasks[i].state = end.State
	}
}

// decideTask carries out what a person decided.
func (b *block) decideTask(d domain.TaskDecision) error {
	i := b.find(d.Kind, named(d.Kind, d.Ref))
	if i < 0 || b.tasks[i].state != d.From() {
		return errTaskState
	}
	if d.To() == domain.TaskPending {
		b.begin(i)
	}
	b.tasks[i].state = d.To()
	return nil
}

// claim gives a task to a new worker. Whoever had it finishes nothing any more.
func (b *block) claim(i int, v worker) {
	b.dispossess(i)
	b.tasks[i].token = holder
	v.token = holder
	b.workers = append(b.workers, v)
}

// begin has a task begin anew: woken, or revived by a person.
func (b *block) begin(i int) {
	b.dispossess(i)
	b.tasks[i].state, b.tasks[i].token = domain.TaskPending, ""
}

func (b *block) dispossess(i int) {
	for j, v := range b.workers {
		if v.kind == b.tasks[i].kind && v.ref == b.tasks[i].ref {
			b.workers[j].token = outdated
		}
	}
}

// wake makes a task of the order, or has the one there is begin anew.
func (b *block) wake(kind domain.TaskKind) {
	if i := b.find(kind, ""); i >= 0 {
		b.begin(i)
		return
	}
	b.tasks = append(b.tasks, task{kind: kind, state: domain.TaskPending})
}

// leave has a worker end: done, dead, or given up. A claim that nobody holds is as
// good as none.
func (b *block) leave(v int) {
	gone := b.workers[v]
	b.workers = slices.Delete(b.workers, v, v+1)
	if i := b.find(gone.kind, gone.ref); i >= 0 && gone.token == holder {
		b.tasks[i].token = ""
	}
}

// claimOf is the claim that a worker shows.
func (w *world) claimOf(i int, v worker) domain.Claim {
	ref := v.ref
	if ref == "" {
		ref = w.orders[i].number
	}
	return domain.Claim{Kind: v.kind, Lane: w.provider, Ref: ref, Token: v.token}
}
