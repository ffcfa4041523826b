package domain

import "slices"

// Reconciler is who repairs in an order's history.
const Reconciler = "reconcile"

// Mend has a finding's task done once more and keeps in the history that it was. It is
// called with the finding that Compare makes of the order as it stands; all it does is
// safe to be done twice. It reports whether there was something to do.
func (o *Order) Mend(f Finding) bool {
	switch {
	case f.Remedy == "":
		return false
	case f.Kind == MissingRefund:
		p, ok := o.payment(f.Ref)
		if !ok || !o.owes(p) || !o.refund(p, SourceService, Reconciler, Reconciler) {
			return false
		}
	default:
		task, ok := o.remedy(f)
		if !ok {
			return false
		}
		o.changes.WokenTasks = append(o.changes.WokenTasks, task)
	}
	o.record(Event{Kind: EventTaskRetried, Subject: string(f.Remedy), Note: "by " + Reconciler + ": " + string(f.Kind)})
	return true
}

// remedy is the task that repairs a finding.
func (o *Order) remedy(f Finding) (NewTask, bool) {
	task := NewTask{Kind: f.Remedy, Ref: o.number}
	switch f.Remedy {
	case TaskDeduct, TaskRelease:
	case TaskQueryPayment:
		task.Lane = o.queryLane()
	case TaskRefund:
		_, number, err := ParseTaskRef(f.Ref)
		i := o.findRefund(func(r Refund) bool { return r.Number == number })
		if err != nil || i < 0 || o.refunds[i].State == RefundFailed {
			return NewTask{}, false
		}
		p, _ := o.payment(o.refunds[i].Payment)
		task.Ref, task.Lane = number, p.Provider
	case TaskClosePayment, TaskNotify:
		return NewTask{}, false
	}
	return task, true
}

// queryLane is the provider who is asked about the order, or who told of a payment
// that waits for it.
func (o *Order) queryLane() string {
	if i := slices.IndexFunc(o.payments, func(p Payment) bool { return p.Disposition == Orphan }); o.provider == "" && i >= 0 {
		return o.payments[i].Provider
	}
	return o.provider
}

// CanMend tells whether a task can be done once more by Mend.
func (o *Order) CanMend(kind TaskKind, ref string) bool {
	_, ok := o.remedy(Finding{Ref: TaskRef(kind, ref), Remedy: kind})
	return ok
}
