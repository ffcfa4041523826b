package main

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/stockonce/stockonce/app/paysim/book"
	"github.com/stockonce/stockonce/test/harness/audit"
)

// gather collects what is known once all has settled.
func (s *scene) gather(ctx context.Context, waiting string) (*evidence, error) {
	books, err := audit.Read(ctx, s.orderDB, s.productDB)
	if err != nil {
		return nil, fmt.Errorf("gather the evidence: %w", err)
	}
	e := &evidence{books: books, waiting: waiting, taken: map[string]int{}, recorded: map[string]int{}}
	for _, by := range []string{byTransaction, byProvider} {
		if err := count(ctx, s.orderDB, by, e.recorded); err != nil {
			return nil, err
		}
	}
	if e.damaged, err = s.damaged(ctx); err != nil {
		return nil, err
	}
	s.kept.keep(func() {
		e.placed, e.nobodys, e.cancelled = maps.Clone(s.kept.placed), maps.Clone(s.kept.nobodys), slices.Clone(s.kept.cancelled)
		e.refunded, e.delivered = slices.Clone(s.kept.refunded), slices.Clone(s.kept.delivered)
	})
	for name, p := range s.providers {
		e.payments = append(e.payments, p.Payments()...)
		for _, d := range p.Deliveries() {
			if d.State == book.Taken {
				e.hear(name, d.Payment, d.Refund != nil)
			}
		}
		p.mu.Lock()
		for _, paid := range p.told {
			e.hear(name, paid, false)
		}
		e.forged = append(e.forged, p.forged...)
		p.mu.Unlock()
	}
	return e, nil
}

// How often callbacks came from outside and were answered "ok", under the names that
// hear gives them.
const (
	byTransaction = "SELECT CONCAT(provider, ' ', transaction_id), COUNT(*) FROM callbacks " +
		"WHERE answer_status BETWEEN 200 AND 299 AND replay_of = 0 AND refund_state = '' GROUP BY 1"
	byProvider = "SELECT CONCAT(provider, ' all'), COUNT(*) FROM callbacks " +
		"WHERE answer_status BETWEEN 200 AND 299 AND replay_of = 0 GROUP BY 1"
)

// hear counts a callback that was answered "ok". Those of payments that failed do not
// all name the transaction; those of refunds, and of a payment whose money went back,
// are recorded as being about a refund by some providers and not by others.
func (e *evidence) hear(provider string, of book.Payment, refund bool) {
	e.taken[provider+" all"]++
	if of.State == book.Paid && of.Refunded == 0 && !refund {
		e.taken[provider+" "+of.TransactionID]++
	}
}

// countCallbacks counts the callbacks that the providers sent by themselves, and what
// became of all.
func (s *scene) countCallbacks(ctx context.Context) error {
	for _, p := range s.providers {
		for _, d := range p.Deliveries() {
			s.ledger.add("callbacks sent", d.Tries)
			switch d.State {
			case book.Taken:
				s.ledger.add("callbacks accepted", 1)
			case book.GivenUp:
				s.ledger.add("callbacks given up", 1)
			case book.Waiting:
			}
		}
	}
	for what, query := range map[string]string{
		"callbacks recorded": "SELECT verdict, COUNT(*) FROM callbacks WHERE answer_status > 0 GROUP BY verdict",
		"found by asking":    "SELECT verdict, COUNT(*) FROM callbacks WHERE answer_status = 0 GROUP BY verdict",
	} {
		recorded := map[string]int{}
		if err := count(ctx, s.orderDB, query, recorded); err != nil {
			return err
		}
		for verdict, n := range recorded {
			s.ledger.add(what+"\t"+verdict, n)
		}
	}
	return nil
}
