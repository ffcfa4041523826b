package cli

import (
	"context"
	"flag"
	"time"

	"github.com/stockonce/stockonce/app/internal/platform/boot"
	"github.com/stockonce/stockonce/app/order/internal/domain"
)

// openRefund is a refund that is not confirmed.
type openRefund struct {
	Refund string    `json:"refund"`
	State  string    `json:"state"`
	Amount amount    `json:"amount"`
	Source string    `json:"source"`
	By     string    `json:"by,omitempty"`
	Reason string    `json:"reason"`
	Since  time.Time `json:"since"`
}

func (r openRefund) cells() []any {
	return []any{r.Refund, r.State, r.Amount, r.Source + " " + r.By, r.Reason, r.Since}
}

func listRefunds(open opener) command {
	head := []any{"REFUND", "STATE", "MINOR UNITS", "BEGUN BY", "REASON", "SINCE"}
	return command{
		Name: "refunds list", Help: "list the refunds that are not confirmed",
		Define: func(f *flag.FlagSet) action {
			return listing(f, open, head, func(ctx context.Context, d *Desk, limit int) ([]openRefund, error) {
				refunds, err := d.Payments.Unsettled(ctx, limit)
				return each(refunds, viewRefund), err
			})
		},
	}
}

func viewRefund(r domain.Refund) openRefund {
	return openRefund{
		Refund: r.Number, State: string(r.State), Amount: amount(r.Amount), Source: string(r.Source), By: r.By,
		Reason: r.Reason, Since: r.CreatedAt,
	}
}

func settleRefund(open opener) command {
	return command{
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
	}
}
