package domain

import "fmt"

// Pay judges a verified paid notice and records it with everything that follows.
// It never refuses: money that arrived is a fact. First match wins:
//
//  1. The transaction is known: a replay if it names the same amount, else a
//     conflict; nothing changes. A known orphan is judged now that its order exists.
//  2. The order is cancelled, unfulfillable, refunding or refunded: late, refunded.
//  3. The order is paid or fulfilled: duplicate, refunded.
//  4. Amount or currency differ: mismatch, held.
//  5. Winner: the order is paid, and its stock must be taken.
//
// (An order number that does not exist is no order's to judge: see Hold.)
//
// The payment gets the number given; a winner's deduct task is claimed with token,
// so that the caller may try it at once.
func (o *Order) Pay(n Notice, number, token string) Verdict {
	verdict := o.pay(n, number, token)
	o.changes.Callback = &Callback{Notice: n, Verdict: verdict}
	return verdict
}

func (o *Order) pay(n Notice, number, token string) Verdict {
	for i, known := range o.payments {
		if known.Provider != n.Provider || known.TransactionID != n.TransactionID {
			continue
		}
		verdict := known.Repeated(n)
		if verdict == VerdictReplay && known.Disposition == Orphan {
			return o.adopt(i, token)
		}
		return verdict
	}
	p := newPayment(n, number)
	p.Disposition = o.judge(p.Amount)
	o.payments = append(o.payments, p)
	o.changes.Payments = append(o.changes.Payments, p)
	o.settlePayment(p, token)
	return Verdict(p.Disposition)
}

// AdoptOrphans judges the held payments that named this order before it was known.
func (o *Order) AdoptOrphans() {
	for i, p := range o.payments {
		if p.Disposition == Orphan {
			o.adopt(i, "")
		}
	}
}

// adopt judges the orphan at index i as if it arrived now.
func (o *Order) adopt(i int, token string) Verdict {
	p := o.payments[i]
	disposition := o.judge(p.Amount)
	if o.refundable(p) < p.Amount.Minor {
		disposition = Late // some of it is back already: it pays nothing any more
	}
	p = o.judged(p, disposition)
	o.settlePayment(p, token)
	return Verdict(p.Disposition)
}

// HasOrphans tells whether payments wait to be judged again.
func (o *Order) HasOrphans() bool {
	for _, p := range o.payments {
		if p.Disposition == Orphan {
			return true
		}
	}
	return false
}

// judged gives a held payment its disposition.
func (o *Order) judged(p Payment, d Disposition) Payment {
	for i := range o.payments {
		if o.payments[i].Number == p.Number {
			o.payments[i].Disposition = d
			p = o.payments[i]
		}
	}
	o.changes.Judged = append(o.changes.Judged, p)
	return p
}

// judge decides what a payment of this amount means to the order as it stands.
func (o *Order) judge(amount Money) Disposition {
	switch o.status {
	case Cancelled, Unfulfillable, Refunding, Refunded:
		return Late
	case Paid, Fulfilled:
		return Duplicate
	case Created:
		if amount != o.total {
			return Mismatch
		}
		return Winner
	}
	// Not reached: ParseStatus lets no other status in. Money is held, never guessed at.
	return Mismatch
}

// settlePayment records what follows from a payment's disposition.
func (o *Order) settlePayment(p Payment, token string) {
	switch p.Disposition {
	case Winner:
		o.move(win)
		o.winner = p.Number
		o.changes.NewTasks = append(o.changes.NewTasks, NewTask{Kind: TaskDeduct, Ref: o.number, Token: token})
		o.record(Event{Kind: EventPaid, Subject: p.Number})
		o.refundHeld()
	case Duplicate, Late:
		o.record(Event{Kind: EventPaymentRecorded, Subject: p.Number, Note: string(p.Disposition)})
		o.refund(p, SourceService, string(p.Disposition), "")
	case Mismatch, Orphan:
		o.record(Event{
			Kind: EventPaymentRecorded, Subject: p.Number,
			Note: fmt.Sprintf("%s: %s, expected %s", p.Disposition, p.Amount, o.total),
		})
	}
}

// refundHeld sends back the mismatches of an order that went another way: nobody
// can accept them any more.
func (o *Order) refundHeld() {
	for _, p := range o.payments {
		if p.Disposition == Mismatch {
			o.refund(p, SourceService, string(Mismatch), "")
		}
	}
}

// Hold makes the payment of a notice that names no order, to be kept until it does
// or a person decides.
func Hold(n Notice, number string) Payment {
	p := newPayment(n, number)
	p.Disposition = Orphan
	return p
}

func newPayment(n Notice, number string) Payment {
	return Payment{
		Number: number, Provider: n.Provider, TransactionID: n.TransactionID,
		OrderNumber: n.OrderNumber, Amount: n.Amount, PaidAt: n.PaidAt,
	}
}
