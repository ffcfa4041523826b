package usecase

import (
	"context"
	"errors"
	"fmt"
	"time"
)

const (
	// passLease names the right to make a scheduled pass.
	passLease = "reconciliation"
	// passLasts is how long that right lasts without a sign of life. A pass shows one
	// after every page.
	passLasts = 2 * time.Minute
	// passRenews is how often it is prolonged at most.
	passRenews = 20 * time.Second
)

// errLeaseOver ends a pass that took so long over a page that another may have begun.
var errLeaseOver = errors.New("the lease ran out")

// PassSettings is when and how scheduled passes go. They may change between passes.
type PassSettings struct {
	Every     time.Duration // of incremental passes; 0: never
	FullEvery time.Duration // of full ones; 0: never

	UnchangedFor, StuckAfter, OrphanWindow time.Duration
}

// ScheduleReconciliation makes passes from time to time, of all replicas one at a time.
// It repairs nothing.
type ScheduleReconciliation struct {
	reconcile *Reconcile
	leases    Leases
	holder    string
	settings  func() PassSettings
}

// NewScheduleReconciliation makes the usecase.
func NewScheduleReconciliation(
	reconcile *Reconcile, leases Leases, newID NewID, settings func() PassSettings,
) *ScheduleReconciliation {
	return &ScheduleReconciliation{reconcile: reconcile, leases: leases, holder: newID(), settings: settings}
}

// RunOnce makes a pass if one is due and no other replica is at it. It returns 0: there
// is never more to do at once.
func (uc *ScheduleReconciliation) RunOnce(ctx context.Context) (int, error) {
	s := uc.settings()
	if kind, err := uc.due(ctx, s); err != nil || kind == "" {
		return 0, err
	}
	mine, err := uc.leases.Acquire(ctx, passLease, uc.holder, passLasts)
	if err != nil || !mine {
		return 0, wrapLease(err)
	}
	defer func() {
		// One that is not given back runs out by itself.
		_ = uc.leases.Release(context.WithoutCancel(ctx), passLease, uc.holder)
	}()
	// Another may have made the pass just now.
	kind, err := uc.due(ctx, s)
	if err != nil || kind == "" {
		return 0, err
	}
	_, err = uc.reconcile.Do(ctx, ReconcileOptions{
		Full: kind == Full, UnchangedFor: s.UnchangedFor, StuckAfter: s.StuckAfter, OrphanWindow: s.OrphanWindow,
		Progress: uc.renew(ctx, time.Now()),
	})
	if err != nil {
		return 0, fmt.Errorf("%s reconciliation: %w", kind, err)
	}
	return 0, nil
}

// due is the kind of the pass that is due; empty when none is.
func (uc *ScheduleReconciliation) due(ctx context.Context, s PassSettings) (PassKind, error) {
	now, err := uc.reconcile.Orders.Now(ctx)
	if err != nil {
		return "", fmt.Errorf("read clock: %w", err)
	}
	for _, p := range []struct {
		kind  PassKind
		every time.Duration
	}{{Full, s.FullEvery}, {Incremental, s.Every}} {
		if p.every == 0 {
			continue
		}
		last, err := uc.reconcile.Passes.LastPass(ctx, p.kind)
		if err != nil {
			return "", fmt.Errorf("find the last pass: %w", err)
		}
		// A pass that ended in the future ended before the clock was set back.
		if since := now.Sub(last.FinishedAt); since >= p.every || since < 0 {
			return p.kind, nil
		}
	}
	return "", nil
}

// renew prolongs the lease while a pass comes on.
func (uc *ScheduleReconciliation) renew(ctx context.Context, last time.Time) func(Report) error {
	return func(Report) error {
		if time.Since(last) < passRenews {
			return nil
		}
		mine, err := uc.leases.Acquire(ctx, passLease, uc.holder, passLasts)
		if err == nil && !mine {
			err = errLeaseOver
		}
		last = time.Now()
		return wrapLease(err)
	}
}

func wrapLease(err error) error {
	if err != nil {
		return fmt.Errorf("lease of reconciliations: %w", err)
	}
	return nil
}
