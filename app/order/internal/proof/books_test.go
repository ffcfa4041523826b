package proof

import (
	"errors"
	"slices"
	"time"

	"github.com/stockonce/stockonce/app/order/internal/domain"
)

// What order's store answers when it stores nothing. The names are the usecases'.
var (
	errOrderNotFound    = errors.New("order not found")
	errTransactionTaken = errors.New("transaction is kept already")
	errLeaseLost        = errors.New("the task was taken by another")
	errConflict         = errors.New("a row changed under the transaction")
	errTaskState        = errors.New("the task is in another state")
	errDuplicate        = errors.New("a key is taken") // nobody expects it
)

const (
	holder   = "holder"   // token of the claim that holds
	outdated = "outdated" // token of every claim that ran out and was taken
)

var (
	placedAt  = time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)
	expiresAt = placedAt.Add(time.Hour)
)

// now is the database's clock, as far as it matters.
func (b *block) now() time.Time {
	if b.expired {
		return expiresAt.Add(time.Hour)
	}
	return placedAt.Add(time.Minute)
}

// load restores the order as Orders.Update does, or its payments alone.
func (w *world) load(i int) *domain.Order {
	b, shape := w.blocks[i], w.orders[i]
	s := domain.Stored{
		Number: shape.number, Now: b.now(),
		Payments: slices.Clone(b.payments), Refunds: slices.Clone(b.refunds),
	}
	if b.placed {
		s.Provider, s.Status, s.Total, s.Lines = w.provider, b.status, shape.total, shape.lines
		s.Winner, s.StockBack = b.winner, b.stockBack
		s.CreatedAt, s.ExpiresAt = placedAt, expiresAt
	}
	return domain.Restore(s)
}

// update is Orders.Update, in a world of the caller's own.
func (w *world) update(i int, change func(*domain.Order) error) error {
	if !w.blocks[i].placed {
		return errOrderNotFound
	}
	o := w.load(i)
	if err := change(o); err != nil {
		return err
	}
	return w.commit(i, func(w *world) error { return w.save(i, o) })
}

// commit stores all that write writes, or nothing when it fails.
func (w *world) commit(i int, write func(*world) error) error {
	next, b := w.edit(i)
	if err := write(next); err != nil {
		return err
	}
	*w.blocks[i] = *b
	return nil
}

// updatePayments is Orders.UpdatePayments, likewise.
func (w *world) updatePayments(i int, change func(*domain.Order) error) error {
	b := w.blocks[i]
	if b.placed {
		return w.update(i, change)
	}
	if len(b.payments) == 0 {
		return errOrderNotFound
	}
	o := w.load(i)
	if err := change(o); err != nil {
		return err
	}
	return w.commit(i, func(w *world) error { return w.saveParts(i, o.Changes()) })
}

// add is Orders.Add.
func (w *world) add(i int, o *domain.Order) error {
	b := w.blocks[i]
	b.placed, b.status = true, o.Status()
	return b.insertTasks(o.Changes().NewTasks)
}

func (w *world) save(i int, o *domain.Order) error {
	b, changes := w.blocks[i], o.Changes()
	if changes.Status || len(changes.Events) > 0 {
		b.status, b.winner, b.stockBack = o.Status(), o.Winner(), o.StockBack()
	}
	for _, e := range changes.Events {
		switch e.Kind {
		case domain.EventStockKept:
			b.writtenOff = true
		case domain.EventPaymentAccepted:
			b.accepted = e.Subject
		case domain.EventExpired:
			if !b.expired {
				b.faults = append(b.faults, breach{"expiry", "the order expires before its time"})
			}
		}
	}
	return w.saveParts(i, changes)
}

func (w *world) saveParts(i int, changes domain.Changes) error {
	b := w.blocks[i]
	for _, p := range changes.Payments {
		if err := w.insertPayment(i, p); err != nil {
			return err
		}
	}
	for _, p := range changes.Judged {
		at := slices.IndexFunc(b.payments, func(known domain.Payment) bool { return known.Number == p.Number })
		if d := b.payments[at].Disposition; d != domain.Orphan && d != domain.Mismatch {
			return errConflict
		}
		b.payments[at].Disposition = p.Disposition
	}
	for _, r := range changes.Refunds {
		b.refunds = append(b.refunds, bare(r))
	}
	for _, r := range changes.RefundsChanged {
		at := slices.IndexFunc(b.refunds, func(known domain.Refund) bool { return known.Number == r.Number })
		b.refunds[at] = bare(r)
	}
	if err := b.insertTasks(w.remembered(changes.NewTasks)); err != nil {
		return err
	}
	for _, end := range w.claimedEnds(changes.EndTasks) {
		if err := b.endTask(end); err != nil {
			return err
		}
		if end.Claim.Kind == domain.TaskDeduct && end.State == domain.TaskDead {
			b.faults = append(b.faults, breach{"I3", "order and product disagree: " + end.Reason})
		}
	}
	for _, end := range changes.SettledTasks {
		b.settleTask(end)
	}
	for _, d := range changes.DecidedTasks {
		if err := b.decideTask(d); err != nil {
			return err
		}
	}
	return nil
}

// bare is a refund without what is for people to read.
func bare(r domain.Refund) domain.Refund {
	r.Reason, r.By = "", ""
	return r
}

// insertPayment keeps a provider's transaction once, whatever order it names.
func (w *world) insertPayment(i int, p domain.Payment) error {
	if _, _, taken := w.transaction(p.TransactionID); taken {
		return errTransactionTaken
	}
	w.blocks[i].payments = append(w.blocks[i].payments, p)
	return nil
}

// transaction is Payments.FindByTransaction. All payments are one provider's.
func (w *world) transaction(id string) (order int, p domain.Payment, found bool) {
	for i, b := range w.blocks {
		for _, p := range b.payments {
			if p.TransactionID == id {
				return i, p, true
			}
		}
	}
	return 0, domain.Payment{}, false
}
