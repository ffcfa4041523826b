package domain

// RecordRefund records a verified notice about a refund of one of the order's
// payments, whoever asked for it. Nothing is recorded twice: a refund is known by our
// number, by the provider's, and by the sum of all.
func (o *Order) RecordRefund(n Notice) Verdict {
	verdict := o.ApplyRefund(n)
	o.changes.Callback = &Callback{Notice: n, Verdict: verdict}
	return verdict
}

// ApplyRefund does the same with a notice that is kept already.
func (o *Order) ApplyRefund(n Notice) Verdict {
	var p Payment
	for _, known := range o.payments {
		if known.Provider == n.Provider && known.TransactionID == n.TransactionID {
			p = known
		}
	}
	switch {
	case p.Number == "":
		return VerdictOrphan
	case n.Amount.Currency != "" && n.Amount.Currency != p.Amount.Currency:
		return VerdictConflict
	}
	if i := o.known(p, n); i >= 0 {
		differs := o.refunds[i].Amount.Minor != n.Amount.Minor && !n.Refund.Cumulative
		// Banks may send money back days after the provider confirmed: a person must look.
		bounced := o.refunds[i].State == RefundConfirmed && n.Refund.State == RefundFailed
		if differs || bounced {
			return VerdictConflict
		}
		if changed := o.noted(i, n); changed || !n.Refund.Cumulative {
			return recorded(changed)
		}
	}
	if n.Refund.State != RefundConfirmed {
		return VerdictReplay // not ours and not done: there will be another notice when it is
	}
	return o.startedElsewhere(p, n)
}

// known finds the refund that a notice is about, -1 when it is none of ours.
func (o *Order) known(p Payment, n Notice) int {
	if i := o.findRefund(func(r Refund) bool { return n.Refund.Number != "" && r.Number == n.Refund.Number }); i >= 0 {
		return i
	}
	if i := o.findRefund(func(r Refund) bool { return n.Refund.Ref != "" && r.Payment == p.Number && r.Ref == n.Refund.Ref }); i >= 0 {
		return i
	}
	if n.Refund.Cumulative || n.Refund.Chargeback || n.Refund.Ref == "" {
		return -1
	}
	// A notice of the sum may have been first, which does not name the refund.
	return o.findRefund(func(r Refund) bool {
		return r.Payment == p.Number && r.Source == SourceProvider && r.Ref == "" && r.Amount.Minor == n.Amount.Minor
	})
}

// noted records what a notice says about a refund we know, and reports whether it
// was news.
func (o *Order) noted(i int, n Notice) bool {
	r := o.refunds[i]
	if r.State == RefundConfirmed || r.State == RefundFailed && n.Refund.State != RefundConfirmed {
		if r.Ref == "" && n.Refund.Ref != "" {
			o.changeRefund(i, func(r *Refund) { r.Ref = n.Refund.Ref })
		}
		return false
	}
	state, reason := o.report(i, RefundReport{
		State: n.Refund.State, Ref: n.Refund.Ref, Stuck: n.Refund.Stuck, Reason: n.Refund.Reason,
	})
	if state != "" {
		o.settleTask(TaskRefund, r.Number, state, reason)
	}
	return state != ""
}

func recorded(changed bool) Verdict {
	if changed {
		return VerdictRefund
	}
	return VerdictReplay
}

// startedElsewhere records money that went back although we did not ask for it.
func (o *Order) startedElsewhere(p Payment, n Notice) Verdict {
	amount, ours := n.Amount.Minor, int64(0)
	if n.Refund.Cumulative {
		if amount > p.Amount.Minor {
			return VerdictConflict
		}
		amount -= o.confirmedThere(p)
		ours = o.attribute(p, amount)
		amount -= ours
	}
	switch {
	case amount <= 0:
		return recorded(ours > 0)
	case o.confirmed(p)+amount > p.Amount.Minor:
		return VerdictConflict
	}
	wasWanted := o.giveUpUnsent(p, amount)
	source := SourceProvider
	if n.Refund.Chargeback {
		source = SourceChargeback
	}
	r := o.addRefund(p, Refund{
		Amount: Money{Minor: amount, Currency: p.Amount.Currency}, Source: source,
		State: RefundConfirmed, Reason: "begun at the provider", Ref: n.Refund.Ref,
	})
	o.record(Event{Kind: EventRefundConfirmed, Subject: r.Number, Note: r.Reason})
	rest := wasWanted && o.refund(p, SourceService, "what is left", "")
	if !rest && o.refundable(p) <= 0 {
		o.settleFailed(p)
	}
	if p.Number == o.winner && o.confirmed(p) >= p.Amount.Minor {
		o.giveBack()
	}
	o.finishRefunding()
	return VerdictRefund
}

// attribute confirms refunds of ours that a sum covers, and returns how much of it
// they are.
func (o *Order) attribute(p Payment, sum int64) int64 {
	var ours int64
	for i, r := range o.refunds {
		if r.Payment == p.Number && r.State == RefundSent && ours+r.Amount.Minor <= sum {
			o.report(i, RefundReport{State: RefundConfirmed})
			o.settleTask(TaskRefund, r.Number, TaskDone, "")
			ours += r.Amount.Minor
		}
	}
	return ours
}

// giveUpUnsent gives up refunds that the provider was not asked for yet and that,
// with so much more, would be more than was paid. It reports whether there was one.
func (o *Order) giveUpUnsent(p Payment, amount int64) bool {
	gaveUp := false
	for i, r := range o.refunds {
		if r.Payment == p.Number && r.State == RefundRequested && o.refundable(p) < amount {
			o.changeRefund(i, func(r *Refund) { r.State = RefundFailed })
			o.record(Event{Kind: EventRefundFailed, Subject: r.Number, Note: "the provider was first"})
			gaveUp = true
		}
	}
	return gaveUp
}
