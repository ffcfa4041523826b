package cli

import (
	"context"
	"flag"
	"fmt"
	"io"
	"strconv"
	"time"

	"github.com/stockonce/stockonce/app/internal/platform/boot"
	"github.com/stockonce/stockonce/app/order/internal/domain"
	"github.com/stockonce/stockonce/app/order/internal/usecase"
)

// callbackLine is a kept notice as we understood it.
type callbackLine struct {
	ID          int64     `json:"id"`
	At          time.Time `json:"at"`
	Provider    string    `json:"provider"`
	Verdict     string    `json:"verdict"`
	Order       string    `json:"order,omitempty"`
	Transaction string    `json:"transaction,omitempty"`
	Amount      amount    `json:"amount"`
	State       string    `json:"state,omitempty"` // the provider's own word
	Answered    int       `json:"answered,omitempty"`
	Problem     string    `json:"problem,omitempty"`
	ReplayOf    int64     `json:"replayOf,omitempty"`
	ReplayedBy  string    `json:"replayedBy,omitempty"`
}

func (c callbackLine) cells() []any {
	answered, remark := "", c.Problem
	if c.Answered != 0 {
		answered = strconv.Itoa(c.Answered)
	}
	if c.ReplayOf != 0 {
		remark = fmt.Sprintf("replay of %d by %s", c.ReplayOf, c.ReplayedBy)
	}
	return []any{c.ID, c.At, c.Provider, c.Verdict, c.Order, c.Transaction, c.Amount, c.State, answered, remark}
}

func (c callbackLine) next() string { return fmt.Sprintf("--before %d", c.ID) }

func viewCallback(c domain.KeptCallback) callbackLine {
	l := callbackLine{
		ID: c.ID, At: c.At, Provider: c.Provider, Verdict: string(c.Verdict), Order: c.OrderNumber,
		Transaction: c.TransactionID, Amount: amount(c.Amount), State: c.State,
		Answered: c.Delivery.Answer.Status, Problem: c.Problem,
	}
	if r := c.Delivery.Replay; r != nil {
		l.ReplayOf, l.ReplayedBy = r.Of, r.By
	}
	return l
}

func listCallbacks(open opener) command {
	head := []any{"ID", "AT", "PROVIDER", "VERDICT", "ORDER", "TRANSACTION", "MINOR UNITS", "STATE", "ANSWERED", "REMARK"}
	return command{
		Name: "callbacks list", Help: "list the notices of payment providers and what became of them, newest first",
		Define: func(f *flag.FlagSet) action {
			order := f.String("order", "", "only those that name the order `number`")
			verdict := f.String("verdict", "", "only those with the `verdict`, as in mismatch, orphan, conflict, unreadable")
			provider := f.String("provider", "", "only those of the `provider`")
			since := f.String("since", "", "only those after a `time`: 2026-11-23T21:00:00Z, or 36h ago as 36h")
			before := f.Int64("before", 0, "only those with an `id` below: goes on with a list")
			return listing(f, open, head, func(ctx context.Context, d *Desk, limit int) ([]callbackLine, error) {
				start, err := moment(ctx, d.Orders, *since)
				if err != nil {
					return nil, err
				}
				kept, err := d.Callbacks.List(ctx, usecase.CallbackFilter{
					Order: *order, Provider: *provider, Verdict: domain.Verdict(*verdict), Since: start,
				}, *before, limit)
				return each(kept, viewCallback), err
			})
		},
	}
}

// moment reads a time, or how long ago it was by the database's clock.
func moment(ctx context.Context, orders usecase.Orders, text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	if ago, err := time.ParseDuration(text); err == nil {
		now, err := orders.Now(ctx)
		if err != nil {
			return time.Time{}, fmt.Errorf("read clock: %w", err)
		}
		return now.Add(-ago), nil
	}
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return time.Time{}, boot.UsageError(fmt.Sprintf("--since %q is neither a time like 2026-11-23T21:00:00Z nor a duration like 36h", text))
	}
	return t, nil
}

func replayCallback(open opener) command {
	return command{
		Name: "callbacks replay", Args: "ID", Help: "have a kept notice judged again by what is known now",
		Define: func(f *flag.FlagSet) action {
			who, why := by(f), reason(f)
			return func(ctx context.Context, rt *runtime, args []string, stdout io.Writer) error {
				if err := named(who, why); err != nil {
					return err
				}
				id, err := callbackID(args[0])
				if err != nil {
					return err
				}
				d, err := open(rt)
				if err != nil {
					return err
				}
				verdict, err := d.Replay.Do(ctx, id, *who, *why)
				if err != nil {
					return err
				}
				return done(stdout, "callback %d: judged again, %s\n", id, verdict)
			}
		},
	}
}

func callbackID(text string) (int64, error) {
	id, err := strconv.ParseInt(text, 10, 64)
	if err != nil || id < 1 {
		return 0, boot.UsageError(fmt.Sprintf("%q is no callback's id", text))
	}
	return id, nil
}
