package cli

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/stockonce/stockonce/app/internal/platform/boot"
	"github.com/stockonce/stockonce/app/order/internal/usecase"
)

// The least ages. Providers repeat a notice for days (Stripe for three, the others for
// about one), and disputes with them are settled by what they sent. A done task is kept
// for whoever looks into what happened last week.
const (
	callbacksAtLeast = 30
	tasksAtLeast     = 7
	day              = 24 * time.Hour
)

func prune(open opener) command {
	return command{
		Name: "prune", Help: "delete old callbacks and done tasks that nobody needs any more; as the database's admin account",
		Define: func(f *flag.FlagSet) action {
			callbacks := olderThan(f, "callbacks", callbacksAtLeast)
			tasks := olderThan(f, "tasks", tasksAtLeast)
			batch := f.Int("batch", 500, "most `rows` looked at in one transaction, 10000 at most")
			dryRun := f.Bool("dry-run", false, "count, and delete nothing")
			return func(ctx context.Context, rt *runtime, _ []string, stdout io.Writer) error {
				switch {
				case *callbacks == 0 && *tasks == 0:
					return boot.UsageError("nothing to do: give --callbacks-older-than, --tasks-older-than or both")
				case *batch < 1 || *batch > 10000:
					return boot.UsageError("--batch must be from 1 to 10000")
				}
				d, err := open(rt)
				if err != nil {
					return err
				}
				p := pruning{limit: *batch, dryRun: *dryRun, progress: d.Progress}
				p.run(ctx, "callbacks", *callbacks, d.Prune.Callbacks)
				p.run(ctx, "tasks", *tasks, d.Prune.Tasks)
				return errors.Join(writeTable(stdout, p.table()), p.err)
			}
		},
	}
}

// olderThan defines the flag that says from which age on rows go; 0 unless given.
func olderThan(f *flag.FlagSet, rows string, least int) *time.Duration {
	var age time.Duration
	usage := fmt.Sprintf("%s that are older than so many `days`, as in %dd, which is the least", rows, least)
	f.Func(rows+"-older-than", usage, func(text string) error {
		days, err := strconv.Atoi(strings.TrimSuffix(text, "d"))
		if err != nil || !strings.HasSuffix(text, "d") {
			return fmt.Errorf("an age is a number of days, as in %dd", least)
		}
		if days < least || days > 100*365 {
			return fmt.Errorf("it must be %dd or more, and at most a hundred years", least)
		}
		age = time.Duration(days) * day
		return nil
	})
	return &age
}

// pruning is one run of the command.
type pruning struct {
	limit    int
	dryRun   bool
	progress io.Writer
	rows     [][]any
	err      error
}

type pruner func(context.Context, usecase.PruneStep, func(usecase.PruneReport)) (usecase.PruneReport, error)

// run prunes one kind of rows, unless it is not asked for or something went wrong.
func (p *pruning) run(ctx context.Context, what string, older time.Duration, do pruner) {
	if older == 0 || p.err != nil {
		return
	}
	step := usecase.PruneStep{Older: older, Limit: p.limit, DryRun: p.dryRun}
	told := time.Now()
	report, err := do(ctx, step, func(r usecase.PruneReport) {
		if time.Since(told) < time.Second {
			return
		}
		told = time.Now()
		fmt.Fprintf(p.progress, "%s: %d looked at, %d %s\n", what, r.Looked, r.Deleted, p.verb())
	})
	p.rows = append(p.rows, []any{what, int(older / day), report.Old, report.Deleted, report.Old - report.Deleted})
	if err != nil {
		p.err = fmt.Errorf("prune %s: %w", what, err)
	}
}

func (p *pruning) verb() string {
	if p.dryRun {
		return "to delete"
	}
	return "deleted"
}

func (p *pruning) table() [][]any {
	head := []any{"ROWS", "DAYS", "OLDER", strings.ToUpper(p.verb()), "STILL NEEDED"}
	return append([][]any{head}, p.rows...)
}
