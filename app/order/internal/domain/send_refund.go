package domain

// StartRefund records that the provider is about to be asked for a refund, before it
// is: from now on it may have been. It returns what to ask for, or false when
// nothing is to be asked any more, which ends the task behind claim.
func (o *Order) StartRefund(number string, claim Claim) (RefundRequest, bool) {
	i := o.findRefund(func(r Refund) bool { return r.Number == number })
	if i < 0 || o.refunds[i].State == RefundConfirmed || o.refunds[i].State == RefundFailed {
		o.endStarted(i, claim)
		return RefundRequest{}, false
	}
	r := o.refunds[i]
	p, _ := o.payment(r.Payment)
	request := RefundRequest{
		Number: r.Number, TransactionID: p.TransactionID, OrderNumber: p.OrderNumber,
		Amount: r.Amount, Paid: p.Amount, Reason: r.Reason, Again: r.State == RefundSent,
	}
	if r.State == RefundRequested {
		o.changeRefund(i, func(r *Refund) { r.State = RefundSent })
	}
	return request, true
}

// endStarted ends the task of a refund that nothing is to be asked about. One that
// failed keeps waiting for a person, however often it is tried, while its money is
// neither back nor on its way.
func (o *Order) endStarted(i int, claim Claim) {
	end := TaskEnd{Claim: claim, State: TaskDone}
	if i >= 0 && o.refunds[i].State == RefundFailed {
		if p, _ := o.payment(o.refunds[i].Payment); o.refundable(p) > 0 {
			end.State, end.Reason = TaskDead, "the refund failed, and its money is not on its way otherwise"
		}
	}
	o.changes.EndTasks = append(o.changes.EndTasks, end)
}

// ReportRefund records what the provider answered, and ends the task behind claim
// unless the provider is still at it. It reports how the task ended; an empty state
// means that it did not.
func (o *Order) ReportRefund(number string, report RefundReport, claim Claim) TaskEnd {
	end := TaskEnd{Claim: claim}
	i := o.findRefund(func(r Refund) bool { return r.Number == number })
	if i < 0 {
		return end
	}
	end.State, end.Reason = o.report(i, report)
	if end.State != "" {
		o.changes.EndTasks = append(o.changes.EndTasks, end)
	}
	return end
}

// report records what became of the refund at index i, and says how its task ends.
func (o *Order) report(i int, report RefundReport) (TaskState, string) {
	r := o.refunds[i]
	p, _ := o.payment(r.Payment)
	switch {
	case r.State == RefundConfirmed || report.State == RefundConfirmed:
		if r.State != RefundConfirmed {
			r = o.changeRefund(i, func(r *Refund) {
				r.State = RefundConfirmed
				if report.Ref != "" {
					r.Ref = report.Ref
				}
			})
			o.record(Event{Kind: EventRefundConfirmed, Subject: r.Number})
			o.finishRefunding()
		}
		return TaskDone, ""
	case r.State == RefundFailed || report.State == RefundFailed:
		if r.State != RefundFailed {
			o.changeRefund(i, func(r *Refund) {
				r.State = RefundFailed
				if report.Ref != "" {
					r.Ref = report.Ref
				}
			})
			o.record(Event{Kind: EventRefundFailed, Subject: r.Number, Note: report.Reason})
		}
		if o.confirmed(p) >= p.Amount.Minor {
			return TaskDone, "" // the money went back on another way, so there was none left
		}
		return TaskDead, "the provider refused: " + report.Reason
	case report.Stuck:
		o.record(Event{Kind: EventTaskDead, Subject: r.Number, Note: report.Reason})
		return TaskDead, "the provider waits for a person: " + report.Reason
	}
	if report.Ref != "" && r.Ref == "" {
		o.changeRefund(i, func(r *Refund) { r.Ref = report.Ref })
	}
	return "", ""
}
