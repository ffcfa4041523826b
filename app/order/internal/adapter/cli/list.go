package cli

import (
	"cmp"
	"context"
	"flag"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"
	"unicode"

	"github.com/stockonce/stockonce/app/internal/platform/boot"
	"github.com/stockonce/stockonce/app/order/internal/domain"
)

// listing makes the action of a command that prints a table.
func listing(
	f *flag.FlagSet, open func(*runtime) *Desk,
	write func(context.Context, *Desk, io.Writer, int) (int, error),
) action {
	limit := f.Int("limit", 100, "most `rows` printed")
	return func(ctx context.Context, rt *runtime, _ []string, stdout io.Writer) error {
		if *limit < 1 {
			return boot.UsageError("--limit must be 1 or more")
		}
		// Errors of the writer come out of Flush.
		table := tabwriter.NewWriter(stdout, 0, 0, 3, ' ', 0)
		n, err := write(ctx, open(rt), table, *limit)
		if err != nil {
			return err
		}
		if err := table.Flush(); err != nil {
			return fmt.Errorf("print: %w", err)
		}
		switch n {
		case 0:
			return done(stdout, "None.\n")
		case *limit:
			return done(stdout, "There may be more: see --limit.\n")
		}
		return nil
	}
}

func writePayments(ctx context.Context, d *Desk, w io.Writer, limit int) (int, error) {
	held, err := d.Payments.Held(ctx, limit)
	if err != nil || len(held) == 0 {
		return 0, err
	}
	row(w, "PAYMENT", "HELD AS", "MINOR UNITS", "EXPECTED", "ORDER", "PROVIDER", "TRANSACTION", "SINCE")
	for _, p := range held {
		want, err := expected(ctx, d, p)
		if err != nil {
			return 0, err
		}
		row(w, p.Number, p.Disposition, p.Amount, want, p.OrderNumber, p.Provider, p.TransactionID, at(p.ReceivedAt))
	}
	return len(held), nil
}

// expected is what the order of a held payment costs; an orphan's is not known.
func expected(ctx context.Context, d *Desk, p domain.Payment) (string, error) {
	if p.Disposition == domain.Orphan {
		return "", nil
	}
	o, err := d.Orders.Find(ctx, p.OrderNumber)
	if err != nil {
		return "", fmt.Errorf("find order %s: %w", p.OrderNumber, err)
	}
	return o.Total().String(), nil
}

func writeRefunds(ctx context.Context, d *Desk, w io.Writer, limit int) (int, error) {
	open, err := d.Payments.Unsettled(ctx, limit)
	if err != nil || len(open) == 0 {
		return 0, err
	}
	row(w, "REFUND", "STATE", "MINOR UNITS", "BEGUN BY", "REASON", "SINCE")
	for _, r := range open {
		row(w, r.Number, r.State, r.Amount, string(r.Source)+" "+r.By, r.Reason, at(r.CreatedAt))
	}
	return len(open), nil
}

func writeTasks(ctx context.Context, d *Desk, w io.Writer, limit int) (int, error) {
	dead, err := d.Tasks.Dead(ctx, limit)
	if err != nil || len(dead) == 0 {
		return 0, err
	}
	row(w, "KIND", "REF", "LANE", "SINCE", "WHY")
	for _, t := range dead {
		row(w, t.Kind, t.Ref, t.Name, at(t.Since), t.Reason)
	}
	return len(dead), nil
}

func at(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05Z") }

// row prints one line of a table. What a cell says may be a provider's words or a
// stack: it stays one line and cannot steer the terminal.
func row(w io.Writer, cells ...any) {
	line := make([]string, len(cells))
	for i, c := range cells {
		words := strings.FieldsFunc(fmt.Sprint(c), func(r rune) bool { return unicode.IsSpace(r) || !unicode.IsGraphic(r) })
		line[i] = cmp.Or(strings.Join(words, " "), "-")
	}
	fmt.Fprintln(w, strings.Join(line, "\t"))
}
