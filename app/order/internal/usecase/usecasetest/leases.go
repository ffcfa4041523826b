package usecasetest

import (
	"sync/atomic"
	"testing"
	"time"

	"github.com/stockonce/stockonce/app/order/internal/usecase"
)

func runLeases(t *testing.T, open func(t *testing.T) Ports) {
	acquire := func(t *testing.T, p Ports, name, holder string, lasts time.Duration) bool {
		t.Helper()
		got, err := p.Leases.Acquire(t.Context(), name, holder, lasts)
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	t.Run("a lease is one's alone until it ends", func(t *testing.T) {
		p := open(t)
		for range 2 { // the second time prolongs it
			if !acquire(t, p, "pass", "one", time.Hour) {
				t.Error("its holder does not get it")
			}
		}
		if acquire(t, p, "pass", "two", time.Hour) {
			t.Error("another got it too")
		}
		if !acquire(t, p, "other", "two", time.Hour) {
			t.Error("one lease is in the way of another")
		}
		if err := p.Leases.Release(t.Context(), "pass", "two"); err != nil || acquire(t, p, "pass", "two", time.Hour) {
			t.Errorf("who does not hold it released it: %v", err)
		}
		if err := p.Leases.Release(t.Context(), "pass", "one"); err != nil || !acquire(t, p, "pass", "two", time.Hour) {
			t.Errorf("a released lease cannot be had: %v", err)
		}
		if acquire(t, p, "pass", "one", time.Hour) {
			t.Error("who released it has it again")
		}
	})
	t.Run("a lease whose holder is gone is another's after its time", func(t *testing.T) {
		p := open(t)
		if !acquire(t, p, "pass", "gone", time.Millisecond) {
			t.Fatal("not got")
		}
		for end := time.Now().Add(30 * time.Second); !acquire(t, p, "pass", "next", time.Hour); {
			if time.Now().After(end) {
				t.Fatal("never got")
			}
		}
	})
	t.Run("of many at once one gets it", func(t *testing.T) {
		p := open(t)
		var got atomic.Int64
		parallel(t, 8, func(int) error {
			mine, err := p.Leases.Acquire(t.Context(), "pass", id("holder"), time.Hour)
			if mine {
				got.Add(1)
			}
			return err
		})
		if got.Load() != 1 {
			t.Errorf("%d got it", got.Load())
		}
	})
	t.Run("how far the last pass came is remembered by its kind", func(t *testing.T) {
		p := open(t)
		if last, err := p.Passes.LastPass(t.Context(), usecase.Full); err != nil || last != (usecase.Pass{}) {
			t.Errorf("before any pass: %+v, %v", last, err)
		}
		until := time.Date(2026, 11, 23, 12, 0, 0, 123456000, time.UTC)
		for range 2 {
			until = until.Add(time.Hour)
			if err := p.Passes.Passed(t.Context(), usecase.Incremental, until); err != nil {
				t.Fatal(err)
			}
		}
		last, err := p.Passes.LastPass(t.Context(), usecase.Incremental)
		if err != nil || !last.ComparedUntil.Equal(until) || last.FinishedAt.IsZero() {
			t.Errorf("%+v, %v", last, err)
		}
		if other, err := p.Passes.LastPass(t.Context(), usecase.Full); err != nil || other != (usecase.Pass{}) {
			t.Errorf("of another kind: %+v, %v", other, err)
		}
	})
}
