// Package cli is what operators do from the command line: correct the stock.
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
	"github.com/stockonce/stockonce/app/product/internal/conf"
	"github.com/stockonce/stockonce/app/product/internal/domain"
	"github.com/stockonce/stockonce/app/product/internal/usecase"
)

// Desk is what the commands work with.
type Desk struct {
	Adjust *usecase.Adjust
}

type runtime = boot.Runtime[*conf.Bootstrap]

// Commands lists the commands. open makes the desk of a runtime.
func Commands(open func(*runtime) *Desk) []boot.Command[*conf.Bootstrap] {
	return []boot.Command[*conf.Bootstrap]{{
		Name: "sku adjust", Args: "CODE", Help: "correct the stock of a SKU, once for each request id",
		Define: func(f *flag.FlagSet) boot.Action[*conf.Bootstrap] { return adjust(f, open) },
	}}
}

func adjust(f *flag.FlagSet, open func(*runtime) *Desk) boot.Action[*conf.Bootstrap] {
	delta := f.Int64("delta", 0, "`pieces` to add, below zero to take away (required)")
	request := f.String("request-id", "", "`id` of the correction: repeated with the same, it is made once (required)")
	who := f.String("by", os.Getenv("USER"), "`name` of who decides, kept in the ledger; $USER unless given")
	why := f.String("reason", "", "why, as `text`, kept in the ledger (required)")
	return func(ctx context.Context, rt *runtime, args []string, stdout io.Writer) error {
		switch {
		case *delta == 0:
			return boot.UsageError("--delta is missing: how many pieces more, or less")
		case *request == "":
			return boot.UsageError("--request-id is missing: with it, the command can be repeated safely")
		case strings.TrimSpace(*who) == "":
			return boot.UsageError("--by is missing: the ledger names who decided")
		case strings.TrimSpace(*why) == "":
			return boot.UsageError("--reason is missing: the ledger says why")
		}
		m, err := open(rt).Adjust.Do(ctx, args[0], *request, *delta, *why, *who)
		if errors.Is(err, domain.ErrInvalid) {
			return boot.UsageError(err.Error())
		}
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(stdout, "%s: %+d pieces, %d after it; movement %d, by %s\n", m.SKU, m.Delta, m.Balance, m.ID, m.By)
		if err != nil {
			return fmt.Errorf("print: %w", err)
		}
		return nil
	}
}
