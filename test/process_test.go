package test

import (
	"net/http"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stockonce/stockonce/test/harness"
	"github.com/stockonce/stockonce/test/harness/wire"
)

func TestAServiceServesOnlyOnACompleteSchema(t *testing.T) {
	w := prepareOn(t, onEmptyMariaDB, settings{"STOCKONCE_DATABASE_MIGRATE_AT_START": "false"})
	ctx := within(t, time.Minute)
	for _, s := range []*harness.Service{w.product, w.order} {
		if err := s.Launch(); err != nil {
			t.Fatal(err)
		}
		if err := s.Wait(ctx); err == nil || !strings.Contains(s.Log(), "migrate` first") {
			t.Errorf("started on an empty database: %v\n%s", err, s.Tail())
		}
		// As the replicas of a rollout do.
		var applied []string
		var mu sync.Mutex
		each(3, 3, func(int) {
			out, err := s.Command(ctx, "migrate")
			if err != nil {
				t.Errorf("%v: %s", err, out)
			}
			mu.Lock()
			defer mu.Unlock()
			if strings.Contains(out, "_init.sql") {
				applied = append(applied, out)
			}
		})
		if len(applied) != 1 {
			t.Errorf("%d of 3 processes applied the migration", len(applied))
		}
		if err := s.Run(ctx); err != nil {
			t.Fatal(err)
		}
		if out, err := s.Command(ctx, "healthcheck"); err != nil {
			t.Errorf("%v: %s", err, out)
		}
	}
}

func TestAServiceStartsWhileItsDatabaseIsDown(t *testing.T) {
	w := prepare(t, nil)
	ctx := within(t, time.Minute)
	w.orderWire.Down()
	if err := w.order.Launch(); err != nil {
		t.Fatal(err)
	}
	await(ctx, t, harness.Answers(w.order.LiveURL(), http.StatusOK), w.order.Process)
	if err := harness.Answers(w.order.ReadyURL(), http.StatusServiceUnavailable)(ctx); err != nil {
		t.Error(err)
	}
	if err := w.orderWire.Up(); err != nil {
		t.Fatal(err)
	}
	await(ctx, t, harness.Answers(w.order.ReadyURL(), http.StatusOK), w.order.Process)
}

func TestAnUnknownSettingIsRefusedByName(t *testing.T) {
	w := prepare(t, nil)
	w.order.Set("STOCKONCE_LOG_LEVEL_X", "debug")
	out, err := w.order.Command(within(t, time.Minute), "config", "check")
	if err == nil || !strings.Contains(out, "STOCKONCE_LOG_LEVEL_X") {
		t.Errorf("error %v, output %q", err, out)
	}
}

func TestWhatIsInFlightIsFinishedWhenAServiceIsAskedToStop(t *testing.T) {
	w := start(t, nil)
	ctx := within(t, time.Minute)
	o := w.place(ctx, t, 5, "A")
	trap := w.orderWire.Arm(wire.Before, 1, wire.Commit("INSERT INTO `payments`"))
	signed, err := w.Sign(w.Paid(o))
	if err != nil {
		t.Fatal(err)
	}
	answered := make(chan int, 1)
	go func() {
		status, err := w.Call(ctx, signed)
		if err != nil {
			t.Error(err)
		}
		answered <- status
	}()
	held, err := trap.Wait(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.order.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	// It takes nothing new any more; what it has goes on.
	await(ctx, t, harness.Answers(w.order.ReadyURL(), http.StatusServiceUnavailable), w.order.Process)
	held.Pass()
	if status := <-answered; status != http.StatusOK {
		t.Errorf("the callback in flight was answered %d", status)
	}
	if err := w.order.Wait(ctx); err != nil {
		t.Error(err)
	}
	if err := w.order.Run(ctx); err != nil {
		t.Fatal(err)
	}
	w.wantStatus(ctx, t, o.Number, "FULFILLED")
	keepsInvariants(t, w.settle(ctx, t))
}
