package usecase_test

import (
	"sync"
	"testing"
	"time"

	"github.com/stockonce/stockonce/app/internal/platform/identity"
	"github.com/stockonce/stockonce/app/order/internal/adapter/store"
	"github.com/stockonce/stockonce/app/order/internal/usecase"
)

// replica is one of several services that make scheduled passes.
func (a *auditor) replica(s *usecase.PassSettings) *usecase.ScheduleReconciliation {
	return usecase.NewScheduleReconciliation(a.do, store.NewLeases(store.New(a.db)), identity.New,
		func() usecase.PassSettings { return *s })
}

func runOnce(t *testing.T, uc *usecase.ScheduleReconciliation) {
	t.Helper()
	if n, err := uc.RunOnce(t.Context()); n != 0 || err != nil {
		t.Fatalf("%d, %v", n, err)
	}
}

func TestOfTwoReplicasOneComparesAtATime(t *testing.T) {
	audits(t, 5, func(t *testing.T, a *auditor) {
		number := a.paid("r1")
		a.product.forget(number)
		settings := &usecase.PassSettings{FullEvery: time.Hour, StuckAfter: time.Hour, OrphanWindow: time.Hour}
		one, two := a.replica(settings), a.replica(settings)
		began, carryOn := make(chan struct{}), make(chan struct{})
		a.stock.onLook = sync.OnceFunc(func() { close(began); <-carryOn })
		var group sync.WaitGroup
		group.Go(func() { runOnce(t, one) })
		<-began
		runOnce(t, two) // would wait for the books, which the first one has open
		close(carryOn)
		group.Wait()
		if last, err := a.passes.LastPass(t.Context(), usecase.Full); err != nil || last.FinishedAt.IsZero() {
			t.Errorf("last pass %+v, %v", last, err)
		}
		pages := a.stock.pages
		runOnce(t, two) // done by the other just now
		if a.stock.pages != pages {
			t.Errorf("%d pages were read for a pass that was not due", a.stock.pages-pages)
		}
		a.exec("UPDATE reconciliation_passes SET finished_at = ?", time.Now().Add(-2*time.Hour).UTC())
		runOnce(t, two)
		if a.stock.pages == pages {
			t.Error("a replica that did not hold the lease never gets it")
		}
	})
}

func TestAScheduledPassIsMadeWhenItIsDueAndRepairsNothing(t *testing.T) {
	a := auditsSQLite(t, 5)
	number := a.paid("r1")
	a.product.forget(number)
	settings := &usecase.PassSettings{}
	replica := a.replica(settings)
	runOnce(t, replica)
	if a.stock.pages != 0 {
		t.Fatal("a pass was made although none is wanted")
	}
	settings.Every = time.Hour
	settings.StuckAfter, settings.OrphanWindow = time.Hour, time.Hour
	runOnce(t, replica)
	if open := a.open(); len(open) != 1 || open[0] != number {
		t.Errorf("open %q", open)
	}
	if n := a.count("SELECT COUNT(*) FROM tasks WHERE kind = 'deduct' AND state <> 'done'"); n != 0 {
		t.Errorf("%d repairs", n)
	}
	pages := a.stock.pages
	runOnce(t, replica)
	if a.stock.pages != pages {
		t.Error("a pass was made before its time")
	}
	// Somebody set the database's clock back.
	a.exec("UPDATE reconciliation_passes SET finished_at = ?", time.Now().Add(time.Hour).UTC())
	runOnce(t, replica)
	if a.stock.pages == pages {
		t.Error("no pass until the future is over")
	}
}

func TestAPassWithoutProductFailsAndGivesItsLeaseBack(t *testing.T) {
	a := auditsSQLite(t, 5)
	settings := &usecase.PassSettings{FullEvery: time.Hour}
	one, two := a.replica(settings), a.replica(settings)
	a.stock.err = errAway
	if _, err := one.RunOnce(t.Context()); err == nil {
		t.Fatal("no error")
	}
	a.stock.err = nil
	runOnce(t, two)
	if last, err := a.passes.LastPass(t.Context(), usecase.Full); err != nil || last.FinishedAt.IsZero() {
		t.Errorf("last pass %+v, %v", last, err)
	}
}
