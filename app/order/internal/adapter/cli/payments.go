package cli

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"time"

	"github.com/stockonce/stockonce/app/order/internal/domain"
)

// heldPayment is a payment that waits for a person.
type heldPayment struct {
	Payment     string    `json:"payment"`
	HeldAs      string    `json:"heldAs"`
	Amount      amount    `json:"amount"`
	Expected    *amount   `json:"expected,omitempty"` // what the order costs, if there is one
	Order       string    `json:"order"`
	Provider    string    `json:"provider"`
	Transaction string    `json:"transaction"`
	Since       time.Time `json:"since"`
}

func (p heldPayment) cells() []any {
	expected := ""
	if p.Expected != nil {
		expected = p.Expected.String()
	}
	return []any{p.Payment, p.HeldAs, p.Amount, expected, p.Order, p.Provider, p.Transaction, p.Since}
}

func listPayments(open opener) command {
	head := []any{"PAYMENT", "HELD AS", "MINOR UNITS", "EXPECTED", "ORDER", "PROVIDER", "TRANSACTION", "SINCE"}
	return command{
		Name: "payments list", Help: "list the payments that wait for a person",
		Define: func(f *flag.FlagSet) action { return listing(f, open, head, heldPayments) },
	}
}

func heldPayments(ctx context.Context, d *Desk, limit int) ([]heldPayment, error) {
	held, err := d.Payments.Held(ctx, limit)
	if err != nil {
		return nil, err
	}
	lines := make([]heldPayment, len(held))
	for i, p := range held {
		lines[i] = heldPayment{
			Payment: p.Number, HeldAs: string(p.Disposition), Amount: amount(p.Amount), Order: p.OrderNumber,
			Provider: p.Provider, Transaction: p.TransactionID, Since: p.ReceivedAt,
		}
		if p.Disposition == domain.Orphan {
			continue
		}
		o, err := d.Orders.Find(ctx, p.OrderNumber)
		if err != nil {
			return nil, fmt.Errorf("find order %s: %w", p.OrderNumber, err)
		}
		total := amount(o.Total())
		lines[i].Expected = &total
	}
	return lines, nil
}

func acceptPayment(open opener) command {
	return command{
		Name: "payments accept", Args: "PAYMENT", Help: "take a payment of another amount as the order's",
		Define: func(f *flag.FlagSet) action {
			who := by(f)
			return decide(open, who, nil, func(ctx context.Context, d *Desk, payment string) error {
				return d.Handle.Accept(ctx, payment, *who)
			})
		},
	}
}

func refundPayment(open opener) command {
	return command{
		Name: "payments refund", Args: "PAYMENT", Help: "give a payment back; of a paid order the stock comes back first",
		Define: func(f *flag.FlagSet) action {
			who, why, keep := by(f), reason(f), noRestock(f)
			return decide(open, who, why, func(ctx context.Context, d *Desk, payment string) error {
				return explain(d.Handle.Refund(ctx, payment, *why, *who, *keep))
			})
		},
	}
}

func refundOrder(open opener) command {
	return command{
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
	}
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
