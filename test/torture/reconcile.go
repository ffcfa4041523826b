package main

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"slices"
	"time"
)

const (
	betweenPasses = 2 * time.Second
	passTime      = 30 * time.Second // of one that chaos may hold up; then it is killed
)

// reconcile has order compare its books with product's and the providers', and repair
// what it finds, again and again until ctx ends. What it finds is judged in the end.
func (s *scene) reconcile(ctx context.Context) {
	for i := 0; pause(ctx, betweenPasses); i++ {
		s.pass(ctx, orders[i%len(orders)])
	}
}

// reconcileAll compares everything when all is settled, and tells whether it could.
func (s *scene) reconcileAll(ctx context.Context) (done bool) {
	pause(ctx, orphanWindow) // what a payment without order is given
	for again := true; again && !done; again = pause(ctx, time.Second) {
		done = s.pass(ctx, orders[0], "--full")
	}
	return done
}

// pass begins a reconciliation and tells whether it came to its end. It does not when a
// database or product is away, as it should.
func (s *scene) pass(ctx context.Context, by string, more ...string) bool {
	ctx, cancel := context.WithTimeout(ctx, passTime)
	defer cancel()
	out, err := s.replicas[by].Command(ctx, append([]string{"reconcile", "--repair", "--unchanged-for", "0s"}, more...)...)
	const found = 3
	exit, ended := errors.AsType[*exec.ExitError](err)
	switch {
	case err == nil, ended && exit.ExitCode() == found:
		s.ledger.add("reconciliations\tto the end", 1)
		return true
	case ended, ctx.Err() != nil:
		s.ledger.add("reconciliations\tcut short", 1)
	default:
		s.ledger.faultf("reconcile: %v: %s", err, out)
	}
	return false
}

// damage is what a reconciliation found.
type damage struct{ kind, ref, order, detail string }

func (s *scene) damaged(ctx context.Context) (all []damage, err error) {
	rows, err := s.orderDB.QueryContext(ctx, "SELECT kind, ref, order_number, detail FROM findings ORDER BY id")
	if err != nil {
		return nil, fmt.Errorf("read what reconciliations found: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var d damage
		if err := rows.Scan(&d.kind, &d.ref, &d.order, &d.detail); err != nil {
			return nil, fmt.Errorf("read what reconciliations found: %w", err)
		}
		all = append(all, d)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("read what reconciliations found: %w", err)
	}
	return all, nil
}

// homeless is how a reconciliation calls a payment of an order that nobody placed.
const homeless = "payment_without_order"

// meaning of what a reconciliation finds.
var meaning = map[string]wrong{
	"missing_deduction": lost, "missed_callback": lost, homeless: lost,
	"extra_deduction": oversold, "edited_stock": oversold, "missing_refund": unrefunded, "stuck_task": unsettled,
}

// damages are what reconciliations found: nothing may ever have been, but payments of
// orders that nobody placed, and in the end all of these.
func damages(e *evidence) (all []finding) {
	for _, d := range e.damaged {
		if d.kind != homeless || !e.nobodys[d.order] {
			all = append(all, finding{meaning[d.kind], d.order, fmt.Sprintf("a reconciliation found %s %s: %s", d.kind, d.ref, d.detail)})
		}
	}
	for _, p := range e.books.Payments {
		found := slices.ContainsFunc(e.damaged, func(d damage) bool { return d.kind == homeless && d.ref == p.Number })
		if e.compared && p.Disposition == "orphan" && !found {
			all = append(all, finding{lost, p.Order, "payment " + p.Number + " is of no order, and reconciliations did not find it"})
		}
	}
	return all
}
