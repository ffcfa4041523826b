package usecase

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/stockonce/stockonce/app/order/internal/domain"
)

// lookForHomeless looks for money that came for an order that does not exist. Payments
// and orders are in one database and read by one statement, at one moment.
func (p *pass) lookForHomeless(ctx context.Context) error {
	for _, disposition := range domain.Dispositions() {
		for after := int64(0); ; {
			payments, err := p.Books.Homeless(ctx, p.homeless(disposition), after, waitingPage)
			if err != nil {
				return fmt.Errorf("read payments: %w", err)
			}
			for _, payment := range payments {
				if err := p.found(ctx, []domain.Finding{homeless(payment.Payment)}, p.byPerson); err != nil {
					return err
				}
			}
			if err := p.progress(); err != nil {
				return err
			}
			if len(payments) < waitingPage {
				break
			}
			after = payments[len(payments)-1].ID
		}
	}
	return nil
}

// homeless tells which payments of a disposition are too old to name no order.
func (p *pass) homeless(d domain.Disposition) HomelessFilter {
	if d == domain.Orphan { // few; they may wait for their order
		return HomelessFilter{Disposition: d, Older: max(p.OrphanWindow, p.UnchangedFor)}
	}
	return HomelessFilter{Disposition: d, Since: p.window.Since, Older: p.UnchangedFor}
}

func homeless(p domain.Payment) domain.Finding {
	return domain.Finding{
		Kind: domain.PaymentWithoutOrder, Ref: p.Number, Order: p.OrderNumber,
		Detail: fmt.Sprintf("%s payment of %s by %s, and there is no order %s", p.Disposition, p.Amount, p.Provider, p.OrderNumber),
	}
}

// silent is how often in a row a provider may not answer before a pass asks it no more.
const silent = 3

// askProviders asks about unpaid orders whose callback should have come by now.
func (p *pass) askProviders(ctx context.Context) error {
	failures := map[string]int{}
	for after := ""; ; {
		filter := UnpaidFilter{Older: max(p.StuckAfter, p.UnchangedFor)}
		for _, name := range p.Providers.Configured() {
			if failures[name] < silent {
				filter.Providers = append(filter.Providers, name)
			}
		}
		if !p.window.Since.IsZero() {
			filter.Since = p.window.Since.Add(-filter.Older)
		}
		if len(filter.Providers) == 0 {
			return nil
		}
		orders, err := p.Books.Unpaid(ctx, filter, after, waitingPage)
		if err != nil {
			return fmt.Errorf("read unpaid orders: %w", err)
		}
		for _, w := range orders {
			if failures[w.Provider] >= silent {
				p.report.Unasked++
				continue
			}
			found, err := p.missed(ctx, w)
			switch {
			case ctx.Err() != nil:
				return ctx.Err()
			case errors.Is(err, errNotAnswered):
				failures[w.Provider]++
				p.report.Unasked++
				continue
			case err != nil:
				return err
			}
			failures[w.Provider] = 0
			if err := p.found(ctx, found, p.mendMissed); err != nil {
				return err
			}
			if err := p.progress(); err != nil {
				return err
			}
		}
		if len(orders) < waitingPage {
			return nil
		}
		after = orders[len(orders)-1].Order
	}
}

// errNotAnswered says that a provider told nothing.
var errNotAnswered = errors.New("the provider did not answer")

// missed asks an order's provider, and then whether the order still knows nothing of
// what it tells.
func (p *pass) missed(ctx context.Context, w Watch) ([]domain.Finding, error) {
	p.report.Asked++
	n, err := p.Providers.QueryPayment(ctx, w.Provider, w.Order)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errNotAnswered, err)
	}
	if n.Verdict != "" {
		return nil, nil // not paid, or nothing that could be judged
	}
	o, err := p.Orders.Find(ctx, w.Order)
	if err != nil {
		return nil, fmt.Errorf("find order %s: %w", w.Order, err)
	}
	if o.Status() != domain.Created || knows(o, w.Provider, n.TransactionID) {
		return nil, nil
	}
	now, err := p.Orders.Now(ctx)
	if err != nil {
		return nil, fmt.Errorf("read clock: %w", err)
	}
	// A callback may still be on its way.
	if !n.PaidAt.IsZero() && now.Sub(n.PaidAt) < p.StuckAfter {
		return nil, nil
	}
	return []domain.Finding{{
		Kind: domain.MissedCallback, Ref: w.Order, Order: w.Order, Remedy: domain.TaskQueryPayment,
		Detail: fmt.Sprintf("%s has %s of it%s, and the order is created", w.Provider, n.Amount, paidAt(n.PaidAt)),
	}}, nil
}

func knows(o *domain.Order, provider, transaction string) bool {
	return slices.ContainsFunc(o.Payments(), func(p domain.Payment) bool {
		return p.Provider == provider && p.TransactionID == transaction
	})
}

func paidAt(at time.Time) string {
	if at.IsZero() {
		return ""
	}
	return " since " + at.UTC().Format(time.RFC3339)
}

// mendMissed has the provider asked again by who records what it answers.
func (p *pass) mendMissed(ctx context.Context, f domain.Finding) (mended bool, err error) {
	err = p.Orders.Update(ctx, f.Order, func(o *domain.Order) error {
		mended = o.Status() == domain.Created && o.Mend(f)
		return nil
	})
	return mended, err
}
