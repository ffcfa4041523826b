package cli

import (
	"context"
	"flag"
	"fmt"
	"io"
	"time"

	"github.com/stockonce/stockonce/app/internal/platform/boot"
	"github.com/stockonce/stockonce/app/order/internal/usecase"
)

// errDamaged is how `reconcile` ends when it found something.
const errDamaged boot.ExitError = 3

// progressEvery is how often a pass says how far it is.
const progressEvery = 5 * time.Second

func reconcile(open opener) command {
	return command{
		Name: "reconcile",
		Help: "compare our books with product's and the providers'; ends with 3 when something is damaged",
		Define: func(f *flag.FlagSet) action {
			full := f.Bool("full", false, "compare everything, not only what changed since the last pass")
			since := f.String("since", "", "compare what changed at this `time` or later, as in 2026-11-23T08:00:00Z")
			repair := f.Bool("repair", false, "have the tasks done once more that repair what is found")
			unchangedFor := optional(f, "unchanged-for", "leave alone what changed within this `duration`; as configured unless given")
			stuckAfter := optional(f, "stuck-after", "a task is stuck after this `duration`; as configured unless given")
			scripted := asJSON(f)
			return func(ctx context.Context, rt *runtime, _ []string, stdout io.Writer) error {
				options := usecase.ReconcileOptions{Full: *full, Repair: *repair}
				if err := readSince(&options, *since); err != nil {
					return err
				}
				d, err := open(rt)
				if err != nil {
					return err
				}
				options.UnchangedFor = unchangedFor.or(d.Passes.UnchangedFor)
				options.StuckAfter = stuckAfter.or(d.Passes.StuckAfter)
				options.OrphanWindow = d.Passes.OrphanWindow
				options.Progress = d.progress()
				return d.reconcile(ctx, options, *scripted, stdout)
			}
		},
	}
}

func readSince(options *usecase.ReconcileOptions, since string) (err error) {
	switch {
	case since == "":
		return nil
	case options.Full:
		return boot.UsageError("--full and --since do not go together")
	}
	if options.Since, err = time.Parse(time.RFC3339, since); err != nil {
		return boot.UsageError("--since: " + err.Error())
	}
	return nil
}

// reconcile makes a pass and prints what it found, also when it comes to no end.
func (d *Desk) reconcile(ctx context.Context, options usecase.ReconcileOptions, scripted bool, stdout io.Writer) error {
	uc, hangUp, err := d.Reconcile()
	if err != nil {
		return err
	}
	defer hangUp()
	report, failure := uc.Do(ctx, options)
	view := viewPass(report)
	if scripted {
		err = writeJSON(stdout, view)
	} else if failure == nil || view.Found > 0 {
		err = view.write(stdout)
	}
	switch {
	case ctx.Err() != nil:
		return fmt.Errorf("interrupted; what was found is kept: %w", ctx.Err())
	case failure != nil:
		return failure
	case err == nil && view.Found > 0:
		return errDamaged
	}
	return err
}

// progress says from time to time how far a pass is.
func (d *Desk) progress() func(usecase.Report) error {
	last := time.Now()
	return func(r usecase.Report) error {
		if time.Since(last) < progressEvery {
			return nil
		}
		last = time.Now()
		// Whether anybody reads it is no reason to fail.
		_, _ = fmt.Fprintf(d.Progress, "%s: %d orders, %d SKUs, %d tasks, %d asked about, %d found\n",
			r.Kind, r.Orders, r.SKUs, r.Tasks, r.Asked, r.Found)
		return nil
	}
}
