// Package cli is what operators do from the command line: see what waits for a
// person, and decide.
package cli

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/stockonce/stockonce/app/internal/platform/boot"
	"github.com/stockonce/stockonce/app/order/internal/conf"
	"github.com/stockonce/stockonce/app/order/internal/domain"
	"github.com/stockonce/stockonce/app/order/internal/usecase"
)

// Desk is what the commands work with.
type Desk struct {
	Orders   usecase.Orders
	Payments usecase.Payments
	Tasks    usecase.Tasks
	Handle   *usecase.HandlePayment
}

type (
	runtime = boot.Runtime[*conf.Bootstrap]
	action  = boot.Action[*conf.Bootstrap]
)

// Commands lists the commands. open makes the desk of a runtime.
func Commands(open func(*runtime) *Desk) []boot.Command[*conf.Bootstrap] {
	return []boot.Command[*conf.Bootstrap]{
		{
			Name: "payments list", Help: "list the payments that wait for a person",
			Define: func(f *flag.FlagSet) action { return listing(f, open, writePayments) },
		},
		{
			Name: "payments accept", Args: "PAYMENT", Help: "take a payment of another amount as the order's",
			Define: func(f *flag.FlagSet) action {
				who := by(f)
				return decide(open, who, nil, func(ctx context.Context, d *Desk, payment string) error {
					return d.Handle.Accept(ctx, payment, *who)
				})
			},
		},
		{
			Name: "payments refund", Args: "PAYMENT", Help: "give a payment back; of a paid order the stock comes back first",
			Define: func(f *flag.FlagSet) action {
				who, why, keep := by(f), reason(f), noRestock(f)
				return decide(open, who, why, func(ctx context.Context, d *Desk, payment string) error {
					return explain(d.Handle.Refund(ctx, payment, *why, *who, *keep))
				})
			},
		},
		{
			Name: "orders refund", Args: "ORDER", Help: "give back what paid an order, and its stock first",
			Define: func(f *flag.FlagSet) action {
				who, why, keep := by(f), reason(f), noRestock(f)
				return decide(open, who, why, func(ctx context.Context, d *Desk, number string) error {
					o, err := d.Orders.Find(ctx, number)
					if err != nil {
						return fmt.Errorf("find order %s: %w", number, err)
					}
					if o.Winner() == "" {
						return fmt.Errorf("order %s is %s: nothing paid it; for other money see `order payments list`", number, o.Status())
					}
					return explain(d.Handle.Refund(ctx, o.Winner(), *why, *who, *keep))
				})
			},
		},
		{
			Name: "refunds list", Help: "list the refunds that are not confirmed",
			Define: func(f *flag.FlagSet) action { return listing(f, open, writeRefunds) },
		},
		{
			Name: "refunds settle", Args: "REFUND", Help: "record that the money was given back past the provider's API",
			Define: func(f *flag.FlagSet) action {
				byHand := f.Bool("by-hand", false, "confirm that the money was given back by hand (required)")
				who, why := by(f), reason(f)
				return decide(open, who, why, func(ctx context.Context, d *Desk, refund string) error {
					if !*byHand {
						return boot.UsageError("--by-hand is missing: only say so once the money is back")
					}
					return d.Handle.Settle(ctx, refund, *why, *who)
				})
			},
		},
		{
			Name: "tasks list", Help: "list the dead tasks and why they are",
			Define: func(f *flag.FlagSet) action { return listing(f, open, writeTasks) },
		},
		retryTask(open), dropTask(open),
	}
}

func by(f *flag.FlagSet) *string {
	return f.String("by", os.Getenv("USER"), "`name` of who decides, kept with the record; $USER unless given")
}

func reason(f *flag.FlagSet) *string {
	return f.String("reason", "", "why, as `text`, kept with the record (required)")
}

func noRestock(f *flag.FlagSet) *bool {
	return f.Bool("no-restock", false, "the goods are lost: the stock of a fulfilled order stays as it is")
}

// decide makes the action of a command about one thing that a person decides.
func decide(open func(*runtime) *Desk, who, why *string, do func(context.Context, *Desk, string) error) action {
	return func(ctx context.Context, rt *runtime, args []string, stdout io.Writer) error {
		if err := named(who, why); err != nil {
			return err
		}
		if err := do(ctx, open(rt), args[0]); err != nil {
			return err
		}
		return done(stdout, "%s: recorded\n", args[0])
	}
}

// named wants to know who decides and, unless why is nil, why.
func named(who, why *string) error {
	if strings.TrimSpace(*who) == "" {
		return boot.UsageError("--by is missing: the record names who decided")
	}
	if why != nil && strings.TrimSpace(*why) == "" {
		return boot.UsageError("--reason is missing: the record says why")
	}
	return nil
}

// explain says what to do about a refund that cannot be, where the error alone does not.
func explain(err error) error {
	switch {
	case errors.Is(err, domain.ErrNotRefundable):
		return fmt.Errorf("%w: everything of it is back or on its way; see `order refunds list`", err)
	case errors.Is(err, domain.ErrStockUndecided):
		return fmt.Errorf("%w: --no-restock is for what paid a fulfilled order", err)
	}
	return err
}

func done(stdout io.Writer, format string, args ...any) error {
	if _, err := fmt.Fprintf(stdout, format, args...); err != nil {
		return fmt.Errorf("print: %w", err)
	}
	return nil
}
