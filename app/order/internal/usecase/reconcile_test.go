package usecase_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/stockonce/stockonce/app/order/internal/domain"
	"github.com/stockonce/stockonce/app/order/internal/usecase"
)

func TestSoundBooksAreComparedWithoutAFinding(t *testing.T) {
	audits(t, 1, func(t *testing.T, a *auditor) {
		a.order("created")
		if a.find(a.paid("fulfilled")).Status() != domain.Fulfilled || a.find(a.paid("short")).Status() != domain.Unfulfillable {
			t.Fatal("want a fulfilled and an unfulfillable order")
		}
		if report := a.finds(full()); report.Orders != 3 || report.Moving != 0 {
			t.Errorf("report %+v", report)
		}
	})
}

func TestAMissingDeductionIsFoundRepairedAndThenInOrder(t *testing.T) {
	audits(t, 5, func(t *testing.T, a *auditor) {
		number := a.paid("r1")
		a.product.forget(number)
		a.finds(full(), "missing_deduction "+number+" deduct")
		a.finds(full(), "missing_deduction "+number+" deduct") // nothing was repaired
		options := full()
		options.Repair = true
		if report := a.finds(options, "missing_deduction "+number+" deduct"); report.Repaired != 1 {
			t.Errorf("%d repaired", report.Repaired)
		}
		if n := a.count("SELECT COUNT(*) FROM order_events WHERE order_number = ? AND kind = 'task_retried' AND note = 'by reconcile: missing_deduction'", number); n != 1 {
			t.Errorf("%d entries in the history", n)
		}
		a.pass(a.deduct)
		a.finds(full())
		if open := a.open(); len(open) != 0 || a.find(number).Status() != domain.Fulfilled {
			t.Errorf("open %q, order %s", open, a.find(number).Status())
		}
	})
}

func TestWhatMovesBetweenTheLooksIsNoFinding(t *testing.T) {
	a := auditsSQLite(t, 5)
	number := a.paid("r1")
	a.product.forget(number)
	again := 0
	a.stock.onLook = func() { // the order changes while product is read, again and again
		again++
		a.exec("UPDATE orders SET updated_at = ? WHERE number = ?", time.Now().Add(time.Duration(again)*time.Second).UTC(), number)
	}
	if report := a.finds(full()); report.Moving != 1 || again != 3 {
		t.Errorf("%d in motion after %d looks", report.Moving, again)
	}
	a.stock.onLook = func() { // and here product's answer is there on the second look
		a.product.answers[number] = domain.Deducted
	}
	if report := a.finds(full()); report.Moving != 0 {
		t.Errorf("%d in motion", report.Moving)
	}
}

func TestWhatChangedALittleWhileAgoIsLeftAlone(t *testing.T) {
	a := auditsSQLite(t, 5)
	number := a.paid("r1")
	a.product.forget(number)
	options := full()
	options.UnchangedFor = 10 * time.Minute
	a.finds(options)
	a.exec("UPDATE orders SET updated_at = ? WHERE number = ?", time.Now().Add(-time.Hour).UTC(), number)
	a.finds(options, "missing_deduction "+number+" deduct")
	// The order is old, but product moves.
	a.stock.extra = []domain.StockRecord{{OrderNumber: number, State: domain.StockRefused, Unchanged: time.Minute}}
	if report := a.finds(options); report.Moving == 0 || len(a.open()) != 1 {
		t.Errorf("report %+v, open %q", report, a.open())
	}
}

func TestARepairIsCheckedUnderTheOrdersLock(t *testing.T) {
	a := auditsSQLite(t, 0)
	number := a.order("r1")
	a.stock.extra = []domain.StockRecord{{OrderNumber: number, State: domain.StockDeducted, Taken: twoA, Unchanged: time.Hour}}
	if _, err := a.cancel.Do(t.Context(), number); err != nil {
		t.Fatal(err)
	}
	ports := a.ports
	ports.Findings = stealing{a.findings, func() { a.exec("UPDATE orders SET status = 'created' WHERE number = ?", number) }}
	a.do = usecase.NewReconcile(ports)
	options := full()
	options.Repair = true
	report, _ := a.reconcile(options)
	if n := a.count("SELECT COUNT(*) FROM tasks WHERE kind = 'release'"); n != 0 {
		t.Errorf("the stock of an order that is not cancelled any more is released: %+v", report)
	}
}

// stealing changes the order between the second look and its repair.
type stealing struct {
	usecase.Findings

	change func()
}

func (s stealing) Found(ctx context.Context, findings []domain.Finding) ([]domain.Finding, error) {
	open, err := s.Findings.Found(ctx, findings)
	s.change()
	return open, err
}

func TestAPassGoesOnWhereTheLastOneEnded(t *testing.T) {
	a := auditsSQLite(t, 5)
	a.paid("r1")
	a.finds(full())
	last, err := a.passes.LastPass(t.Context(), usecase.Incremental)
	if err != nil || last.ComparedUntil.IsZero() {
		t.Fatalf("last pass %+v, %v", last, err)
	}
	options := full()
	options.Full = false
	report := a.finds(options)
	if want := last.ComparedUntil.Add(-10 * time.Minute); !report.Since.Equal(want) || !a.stock.since[len(a.stock.since)-1].Equal(want) {
		t.Errorf("compared since %s and %s, want %s", report.Since, a.stock.since, want)
	}
	next, err := a.passes.LastPass(t.Context(), usecase.Incremental)
	if err != nil || !next.ComparedUntil.After(last.ComparedUntil) {
		t.Errorf("after it %+v, %v", next, err)
	}
	options.Since = time.Now().Add(time.Hour)
	if report := a.finds(options); report.Orders != 1 { // product's fake tells all
		t.Errorf("report %+v", report)
	}
	if kept, err := a.passes.LastPass(t.Context(), usecase.Incremental); err != nil || kept != next {
		t.Errorf("a pass of a person's choice is kept: %+v, %v", kept, err)
	}
}

func TestAPassThatFailsIsNotKeptAndItsFindingsAre(t *testing.T) {
	a := auditsSQLite(t, 5)
	number := a.paid("r1")
	a.product.forget(number)
	stop := errors.New("stop")
	options := full()
	options.Progress = func(r usecase.Report) error {
		if r.Found > 0 {
			return stop
		}
		return nil
	}
	report, err := a.do.Do(t.Context(), options)
	if !errors.Is(err, stop) || report.Found != 1 || !slices.Equal(a.open(), []string{number}) {
		t.Errorf("report %+v, open %q, %v", report, a.open(), err)
	}
	if last, err := a.passes.LastPass(t.Context(), usecase.Full); err != nil || last != (usecase.Pass{}) {
		t.Errorf("kept %+v, %v", last, err)
	}
}

func TestEditedStockIsAPersonsUntilItChanges(t *testing.T) {
	a := auditsSQLite(t, 0)
	a.stock.levels = []domain.StockLevel{{SKU: "A", Stock: 3, Moved: 4}, {SKU: "B", Stock: 1, Moved: 1}}
	options := full()
	options.Repair = true
	if report := a.finds(options, "edited_stock A"); report.SKUs != 2 || report.Repaired != 0 {
		t.Errorf("report %+v", report)
	}
	if err := a.findings.Settle(t.Context(), domain.EditedStock, "A", "ann", "the shelf says 3"); err != nil {
		t.Fatal(err)
	}
	a.finds(options)
	a.stock.levels[0].Stock = 2
	a.finds(options, "edited_stock A")
	a.stock.levels[0].Stock = 4
	a.finds(options)
	if open := a.open(); len(open) != 0 {
		t.Errorf("open %q", open)
	}
}

func TestMoneyOfNobodyIsFoundOnceItsTimeIsOver(t *testing.T) {
	audits(t, 0, func(t *testing.T, a *auditor) {
		a.notify(paid("NOBODYS", "tx"))
		a.finds(full())
		a.exec("UPDATE payments SET created_at = ?", time.Now().Add(-2*orphanWindow).UTC())
		// Its task gave up: one damage, not two.
		a.exec("UPDATE tasks SET state = 'dead', updated_at = ? WHERE kind = 'query_payment'", time.Now().Add(-2*time.Hour).UTC())
		var payment string
		if err := a.db.Read.QueryRowContext(t.Context(), "SELECT number FROM payments").Scan(&payment); err != nil {
			t.Fatal(err)
		}
		a.finds(full(), "payment_without_order "+payment)
		a.finds(full(), "payment_without_order "+payment)
		if err := a.handle.Refund(t.Context(), payment, "nobody's", "ann", false); err != nil {
			t.Fatal(err)
		}
		a.settle()
		a.finds(full())
		if open := a.open(); len(open) != 0 {
			t.Errorf("open %q", open)
		}
	})
}

func TestAStuckTaskIsTriedAgainUnlessAPersonParkedIt(t *testing.T) {
	audits(t, 5, func(t *testing.T, a *auditor) {
		stuck, parked := a.unanswered("r1"), a.unanswered("r2")
		a.finds(full())
		old := time.Now().Add(-2 * time.Hour).UTC()
		a.exec("UPDATE tasks SET created_at = ? WHERE kind = 'deduct' AND ref = ?", old, stuck)
		a.exec("UPDATE tasks SET state = 'dead', updated_at = ?, last_error = 'parked by ann: wait' WHERE kind = 'deduct' AND ref = ?", old, parked)
		options := full()
		options.Repair = true
		report := a.finds(options, "stuck_task deduct/"+stuck+" deduct", "stuck_task deduct/"+parked)
		if report.Repaired != 1 {
			t.Errorf("%d repaired", report.Repaired)
		}
		a.finds(full(), "stuck_task deduct/"+parked)
		a.product.fail(nil, false)
		a.dueNow()
		a.pass(a.deduct)
		if status := a.find(stuck).Status(); status != domain.Fulfilled {
			t.Errorf("order is %s", status)
		}
	})
}

func TestAForgottenTaskIsFoundOfAnyAge(t *testing.T) {
	a := auditsSQLite(t, 5)
	number := a.unanswered("r1")
	a.exec("DELETE FROM tasks WHERE kind = 'deduct'")
	options := full()
	options.Repair = true
	a.finds(options, "stuck_task deduct/"+number+" deduct")
	a.product.fail(nil, false)
	a.pass(a.deduct)
	a.finds(full())
	if open := a.open(); len(open) != 0 || a.find(number).Status() != domain.Fulfilled {
		t.Errorf("open %q, order %s", open, a.find(number).Status())
	}
}

func TestAMissedCallbackIsFoundByAskingTheProvider(t *testing.T) {
	audits(t, 5, func(t *testing.T, a *auditor) {
		number := a.order("r1")
		told := paid(number, "tx")
		told.PaidAt = time.Now()
		a.provider.paid[number] = told
		if report := a.finds(full()); report.Asked != 0 {
			t.Errorf("asked about a young order: %+v", report)
		}
		a.exec("UPDATE orders SET created_at = ?", time.Now().Add(-2*time.Hour).UTC())
		if report := a.finds(full()); report.Asked != 1 { // its callback may be on its way
			t.Errorf("report %+v", report)
		}
		told.PaidAt = time.Now().Add(-2 * time.Hour)
		a.provider.paid[number] = told
		a.exec("DELETE FROM tasks WHERE kind = 'query_payment'")
		options := full()
		options.Repair = true
		a.finds(options, "missed_callback "+number+" query_payment")
		a.pass(a.queries)
		if status := a.find(number).Status(); status != domain.Fulfilled {
			t.Fatalf("order is %s", status)
		}
		a.finds(full())
		if open := a.open(); len(open) != 0 {
			t.Errorf("open %q", open)
		}
	})
}

func TestAProviderThatDoesNotAnswerIsNotAskedForEver(t *testing.T) {
	a := auditsSQLite(t, 0)
	for _, request := range []string{"r1", "r2", "r3", "r4", "r5"} {
		a.order(request)
	}
	a.exec("UPDATE orders SET created_at = ?", time.Now().Add(-2*time.Hour).UTC())
	a.provider.away = errAway
	if report := a.finds(full()); report.Asked != 3 || report.Unasked != 5 {
		t.Errorf("asked %d, without answer %d", report.Asked, report.Unasked)
	}
}
