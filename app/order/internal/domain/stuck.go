package domain

import (
	"fmt"
	"strings"
	"time"
)

// refundsTake is how long a provider may be at a refund: banks take days.
const refundsTake = 72 * time.Hour

// Stuck tells whether a task has been waiting for too long, by the database's clock:
// a dead one for a person, one that is due for anybody to begin, and one whose work
// takes seconds for its end. For what providers and customers take their time, only
// being overdue counts.
func (t TaskRecord) Stuck(now time.Time, after time.Duration) (string, bool) {
	limit := time.Duration(0)
	switch t.Kind {
	case TaskDeduct, TaskRelease:
		limit = after
	case TaskRefund:
		limit = after + refundsTake
	case TaskQueryPayment, TaskClosePayment, TaskNotify:
	}
	switch age := now.Sub(t.CreatedAt); {
	case t.State == TaskDead && now.Sub(t.UpdatedAt) >= after:
		return "dead since " + t.UpdatedAt.UTC().Format(time.RFC3339) + ": " + t.LastError, true
	case t.State != TaskPending:
	case now.Sub(t.NextAt) >= after:
		return "due since " + t.NextAt.UTC().Format(time.RFC3339), true
	case limit > 0 && age >= limit:
		return fmt.Sprintf("pending since %s: %s", t.CreatedAt.UTC().Format(time.RFC3339), t.LastError), true
	}
	return "", false
}

// Parked tells whether a person wants the task left alone.
func (t TaskRecord) Parked() bool {
	return t.State == TaskDead && strings.HasPrefix(t.LastError, string(TaskParked)+" by ")
}
