package domain

import (
	"errors"
	"fmt"
)

// ErrNotDroppable is returned for a task on which stock or money hangs.
var ErrNotDroppable = errors.New("stock or money hangs on the task, so it cannot be dropped")

// TaskAction is what a person can do about a task.
type TaskAction string

const (
	TaskRetried TaskAction = "retried" // a dead task begins anew
	TaskParked  TaskAction = "parked"  // a pending task is not to be tried for now: dead until it is retried
	TaskDropped TaskAction = "dropped" // nothing will come of a dead task: done
)

// TaskDecision is what a person decided about a task, and why.
type TaskDecision struct {
	Action TaskAction
	Kind   TaskKind
	Ref    string
	By     string
	Reason string
}

// Check returns ErrNotDroppable when the task is of a kind that must come to its end.
func (d TaskDecision) Check() error {
	if d.Action != TaskDropped {
		return nil
	}
	switch d.Kind {
	case TaskQueryPayment, TaskClosePayment, TaskNotify:
		return nil
	case TaskDeduct, TaskRelease, TaskRefund:
	}
	return fmt.Errorf("%s: %w", d.Kind, ErrNotDroppable)
}

// From is the state that the task must be in, and To the one it gets.
func (d TaskDecision) From() TaskState {
	if d.Action == TaskParked {
		return TaskPending
	}
	return TaskDead
}

// To is the state that the task gets.
func (d TaskDecision) To() TaskState {
	switch d.Action {
	case TaskRetried:
		return TaskPending
	case TaskDropped:
		return TaskDone
	case TaskParked:
	}
	return TaskDead
}

// Note says what was decided, for the task itself.
func (d TaskDecision) Note() string { return fmt.Sprintf("%s by %s: %s", d.Action, d.By, d.Reason) }

// DecideTask carries out what a person decided about a task of the order. Its keeper
// refuses it when the task is not there or in another state.
func (o *Order) DecideTask(d TaskDecision) {
	o.changes.DecidedTasks = append(o.changes.DecidedTasks, d)
	kind, subject := EventTaskRetried, string(d.Kind)
	switch d.Action {
	case TaskParked:
		kind = EventTaskParked
	case TaskDropped:
		kind = EventTaskDropped
	case TaskRetried:
	}
	if d.Kind == TaskRefund {
		subject = d.Ref
	}
	o.record(Event{Kind: kind, Subject: subject, Note: fmt.Sprintf("by %s: %s", d.By, d.Reason)})
}
