// Package cli is what operators do from the command line: see what waits for a
// person, and decide.
package cli

import (
	"context"
	"fmt"
	"io"

	"github.com/stockonce/stockonce/app/internal/platform/boot"
	"github.com/stockonce/stockonce/app/order/internal/conf"
	"github.com/stockonce/stockonce/app/order/internal/usecase"
)

// Desk is what the commands work with.
type Desk struct {
	Orders    usecase.Orders
	Payments  usecase.Payments
	Tasks     usecase.Tasks
	Callbacks usecase.Callbacks

	Handle     *usecase.HandlePayment
	HandleTask *usecase.HandleTask
	FindTask   *usecase.FindTask
	Replay     *usecase.ReplayCallback
	Prune      *usecase.Prune

	Findings usecase.Findings
	// Passes is how the service makes its own reconciliations.
	Passes usecase.PassSettings
	// Reconcile connects to product and to the providers; the function hangs up.
	Reconcile func() (*usecase.Reconcile, func(), error)
	// Progress is where long work says how far it is.
	Progress io.Writer
}

type (
	runtime = boot.Runtime[*conf.Bootstrap]
	command = boot.Command[*conf.Bootstrap]
	action  = boot.Action[*conf.Bootstrap]
	// opener makes the desk of a runtime.
	opener func(*runtime) (*Desk, error)
)

// Commands lists the commands. open makes the desk of a runtime.
func Commands(open func(*runtime) (*Desk, error)) []boot.Command[*conf.Bootstrap] {
	return []command{
		listPayments(open), acceptPayment(open), refundPayment(open),
		refundOrder(open),
		listRefunds(open), settleRefund(open),
		listTasks(open), showTask(open), retryTask(open), parkTask(open), dropTask(open),
		listCallbacks(open), showCallback(open), replayCallback(open),
		prune(open),
		reconcile(open), listFindings(open), showFinding(open), resolveFinding(open),
	}
}

// decide makes the action of a command about one thing that a person decides.
func decide(open opener, who, why *string, do func(context.Context, *Desk, string) error) action {
	return func(ctx context.Context, rt *runtime, args []string, stdout io.Writer) error {
		if err := named(who, why); err != nil {
			return err
		}
		d, err := open(rt)
		if err != nil {
			return err
		}
		if err := do(ctx, d, args[0]); err != nil {
			return err
		}
		return done(stdout, "%s: recorded\n", args[0])
	}
}

func done(stdout io.Writer, format string, args ...any) error {
	if _, err := fmt.Fprintf(stdout, format, args...); err != nil {
		return fmt.Errorf("print: %w", err)
	}
	return nil
}
