package cli

import (
	"context"
	"flag"
	"fmt"
	"io"
	"slices"

	"github.com/stockonce/stockonce/app/internal/platform/boot"
	"github.com/stockonce/stockonce/app/order/internal/conf"
	"github.com/stockonce/stockonce/app/order/internal/domain"
)

func retryTask(open func(*runtime) *Desk) boot.Command[*conf.Bootstrap] {
	return boot.Command[*conf.Bootstrap]{
		Name: "tasks retry", Args: "KIND REF", Help: "have a dead task tried again",
		Define: func(*flag.FlagSet) action {
			return func(ctx context.Context, rt *runtime, args []string, stdout io.Writer) error {
				if err := open(rt).Tasks.Revive(ctx, domain.TaskKind(args[0]), args[1]); err != nil {
					return fmt.Errorf("%s task %s: %w", args[0], args[1], err)
				}
				return done(stdout, "%s task %s is due again\n", args[0], args[1])
			}
		},
	}
}

// droppable are the kinds of tasks on which neither stock nor money hangs.
var droppable = []domain.TaskKind{domain.TaskQueryPayment, domain.TaskClosePayment, domain.TaskNotify}

func dropTask(open func(*runtime) *Desk) boot.Command[*conf.Bootstrap] {
	return boot.Command[*conf.Bootstrap]{
		Name: "tasks drop", Args: "KIND REF", Help: "end a dead task of which nothing will come: query_payment, close_payment, notify",
		Define: func(f *flag.FlagSet) action {
			who, why := by(f), reason(f)
			return func(ctx context.Context, rt *runtime, args []string, stdout io.Writer) error {
				if err := named(who, why); err != nil {
					return err
				}
				kind := domain.TaskKind(args[0])
				if !slices.Contains(droppable, kind) {
					return boot.UsageError(fmt.Sprintf("stock or money hangs on a %s task: it can be retried, or its refund settled, but not dropped", kind))
				}
				note := fmt.Sprintf("dropped by %s: %s", *who, *why)
				if err := open(rt).Tasks.Drop(ctx, kind, args[1], note); err != nil {
					return fmt.Errorf("%s task %s: %w", kind, args[1], err)
				}
				return done(stdout, "%s task %s is dropped\n", kind, args[1])
			}
		},
	}
}
