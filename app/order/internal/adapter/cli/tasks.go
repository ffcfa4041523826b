package cli

import (
	"context"
	"errors"
	"flag"
	"io"
	"time"

	"github.com/stockonce/stockonce/app/internal/platform/boot"
	"github.com/stockonce/stockonce/app/order/internal/domain"
	"github.com/stockonce/stockonce/app/order/internal/usecase"
)

// taskLine is a task that is not done.
type taskLine struct {
	Kind      string    `json:"kind"`
	Ref       string    `json:"ref"`
	Lane      string    `json:"lane,omitempty"`
	State     string    `json:"state"`
	Attempts  int       `json:"attempts"`
	NextAt    time.Time `json:"nextAt,omitzero"`
	Since     time.Time `json:"since"` // dead since then, or pending
	LastError string    `json:"lastError,omitempty"`
}

func (t taskLine) cells() []any {
	return []any{t.Kind, t.Ref, t.Lane, t.State, t.Attempts, t.NextAt, t.Since, t.LastError}
}

func viewTask(t usecase.Task) taskLine {
	return taskLine{
		Kind: string(t.Kind), Ref: t.Ref, Lane: t.Name, State: string(t.State), Attempts: t.Attempts,
		NextAt: t.NextAt, Since: t.Since(), LastError: t.LastError,
	}
}

func listTasks(open opener) command {
	head := []any{"KIND", "REF", "LANE", "STATE", "TRIES", "DUE", "SINCE", "WHY"}
	return command{
		Name: "tasks list", Help: "list the tasks that wait, the dead ones for a person, and why they do",
		Define: func(f *flag.FlagSet) action {
			state := f.String("state", string(domain.TaskDead), "`dead` or pending")
			kind := f.String("kind", "", "only of the `kind`: deduct, release, refund, query_payment, close_payment, notify")
			older := f.Duration("older", 0, "only those that have waited for so long, as in 90s, 5m, 72h")
			return listing(f, open, head, func(ctx context.Context, d *Desk, limit int) ([]taskLine, error) {
				filter := usecase.TaskFilter{State: domain.TaskState(*state), Kind: domain.TaskKind(*kind), Older: *older}
				if filter.State != domain.TaskDead && filter.State != domain.TaskPending {
					return nil, unknown("state", *state, domain.TaskDead, domain.TaskPending)
				}
				if *older < 0 {
					return nil, boot.UsageError("--older must not be below zero")
				}
				tasks, err := d.Tasks.List(ctx, filter, limit)
				return each(tasks, viewTask), err
			})
		},
	}
}

func retryTask(open opener) command {
	return decideTask(open, command{Name: "tasks retry", Help: "have a dead task tried again"},
		domain.TaskRetried, "%s task %s is due again\n")
}

func parkTask(open opener) command {
	return decideTask(open, command{Name: "tasks park", Help: "have a pending task not tried any more, until `tasks retry`"},
		domain.TaskParked, "%s task %s is parked\n")
}

func dropTask(open opener) command {
	return decideTask(open, command{
		Name: "tasks drop", Help: "end a dead task of which nothing will come: query_payment, close_payment, notify",
	}, domain.TaskDropped, "%s task %s is dropped\n")
}

// decideTask makes a command about one task that a person decides.
func decideTask(open opener, c command, what domain.TaskAction, told string) command {
	c.Args = "KIND REF"
	c.Define = func(f *flag.FlagSet) action {
		who, why := by(f), reason(f)
		return func(ctx context.Context, rt *runtime, args []string, stdout io.Writer) error {
			if err := named(who, why); err != nil {
				return err
			}
			d, err := open(rt)
			if err != nil {
				return err
			}
			err = d.HandleTask.Do(ctx, domain.TaskDecision{
				Action: what, Kind: domain.TaskKind(args[0]), Ref: args[1], By: *who, Reason: *why,
			})
			if errors.Is(err, domain.ErrNotDroppable) {
				return boot.UsageError(err.Error() + "; it can be retried, or its refund settled")
			}
			if err != nil {
				return err
			}
			return done(stdout, told, args[0], args[1])
		}
	}
	return c
}
