package usecase

import (
	"context"
	"fmt"
	"time"
)

// Retention is what is kept for some time only. One call is one transaction, short
// enough to hold up nobody, and looks at the rows with the next ids.
//
// Nothing is deleted that the service, or a person who is to decide, may still need:
// payments, refunds and histories never, whatever their age.
type Retention interface {
	// PruneCallbacks deletes old callbacks of which nothing is unfinished: their order
	// has reached an end, or there is none; money that was not kept is all back; no
	// task about their order waits; and nothing later repeats their body. A refund's
	// notice that is held stays.
	PruneCallbacks(ctx context.Context, step PruneStep) (Pruned, error)

	// PruneTasks deletes done tasks that have been so for long.
	PruneTasks(ctx context.Context, step PruneStep) (Pruned, error)
}

// PruneStep is the part of the work that one call does.
type PruneStep struct {
	After  int64         // only rows with an id above
	Older  time.Duration // only rows of at least this age, by the database's clock
	Limit  int           // most rows looked at
	DryRun bool          // count, and delete nothing
}

// Pruned is what one call did.
type Pruned struct {
	Last    int64 // the highest id looked at
	Looked  int   // rows looked at
	Old     int   // that were old enough
	Deleted int   // that were deleted, or would have been
	More    bool  // there are rows to look at after Last
}

// Prune deletes what is old enough and needed by nobody.
type Prune struct{ retention Retention }

// NewPrune makes the usecase.
func NewPrune(retention Retention) *Prune { return &Prune{retention} }

// PruneReport is what became of one kind of rows so far.
type PruneReport struct{ Looked, Old, Deleted int }

// Callbacks prunes callbacks step by step, from the oldest on, and tells progress
// after each. What was done before an error, or before ctx ended, stays done and is in
// the report; running it again goes on.
func (uc *Prune) Callbacks(ctx context.Context, step PruneStep, progress func(PruneReport)) (PruneReport, error) {
	return prune(ctx, uc.retention.PruneCallbacks, step, progress)
}

// Tasks is Callbacks for done tasks.
func (uc *Prune) Tasks(ctx context.Context, step PruneStep, progress func(PruneReport)) (PruneReport, error) {
	return prune(ctx, uc.retention.PruneTasks, step, progress)
}

func prune(
	ctx context.Context, one func(context.Context, PruneStep) (Pruned, error), step PruneStep, progress func(PruneReport),
) (report PruneReport, err error) {
	for {
		if err := ctx.Err(); err != nil {
			return report, fmt.Errorf("interrupted, run it again to go on: %w", err)
		}
		// A step that is begun is finished: it is short.
		done, err := one(context.WithoutCancel(ctx), step)
		if err != nil {
			return report, fmt.Errorf("after id %d: %w", step.After, err)
		}
		report.Looked += done.Looked
		report.Old += done.Old
		report.Deleted += done.Deleted
		progress(report)
		if !done.More {
			return report, nil
		}
		step.After = done.Last
	}
}
