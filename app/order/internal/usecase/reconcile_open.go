package usecase

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/stockonce/stockonce/app/order/internal/domain"
)

// lookAtOpen looks at what an earlier pass found and this one did not come upon: it is
// in order again, or this pass did not get there.
func (p *pass) lookAtOpen(ctx context.Context) error {
	for after := int64(0); ; {
		filter := FindingFilter{Open: true, SeenBefore: p.start}
		open, err := p.Findings.List(ctx, filter, after, waitingPage)
		if err != nil {
			return fmt.Errorf("read findings: %w", err)
		}
		for _, f := range open {
			if err := p.lookAgain(ctx, f); err != nil {
				return fmt.Errorf("%s %s: %w", f.Kind, f.Ref, err)
			}
		}
		if err := p.progress(); err != nil {
			return err
		}
		if len(open) < waitingPage {
			return nil
		}
		after = open[len(open)-1].ID
	}
}

// lookAgain resolves a finding that is no more. What cannot be told stays open.
func (p *pass) lookAgain(ctx context.Context, kept domain.KeptFinding) error {
	found, mend, certain, err := p.again(ctx, kept.Finding)
	if err != nil || !certain {
		return err
	}
	i := slices.IndexFunc(found, func(f domain.Finding) bool { return f.Kind == kept.Kind && f.Ref == kept.Ref })
	if i >= 0 {
		return p.found(ctx, found[i:i+1], mend)
	}
	if err := p.Findings.InOrder(ctx, kept.ID); err != nil {
		return fmt.Errorf("resolve: %w", err)
	}
	return nil
}

type mender = func(context.Context, domain.Finding) (bool, error)

// again finds anew what a finding is about. It is not certain when that does not stand
// still, or nobody tells.
func (p *pass) again(ctx context.Context, f domain.Finding) ([]domain.Finding, mender, bool, error) {
	switch f.Kind {
	case domain.MissingDeduction, domain.ExtraDeduction, domain.MissingRefund:
		return p.orderAgain(ctx, f)
	case domain.StuckTask:
		return p.taskAgain(ctx, f)
	case domain.EditedStock:
		levels, err := p.Stock.Levels(ctx, "", []string{f.Ref}, 1)
		return edited(levels), p.byPerson, true, err
	case domain.PaymentWithoutOrder:
		var found []domain.Finding
		for _, d := range domain.Dispositions() {
			filter := p.homeless(d)
			filter.Since, filter.Numbers = time.Time{}, []string{f.Ref}
			payments, err := p.Books.Homeless(ctx, filter, 0, 1)
			if err != nil {
				return nil, nil, false, fmt.Errorf("read payment: %w", err)
			}
			for _, payment := range payments {
				found = append(found, homeless(payment.Payment))
			}
		}
		return found, p.byPerson, true, nil
	case domain.MissedCallback:
		return p.callbackAgain(ctx, f)
	}
	return nil, nil, false, nil // of a newer version
}

func (p *pass) orderAgain(ctx context.Context, f domain.Finding) ([]domain.Finding, mender, bool, error) {
	certain, err := p.look(ctx, []string{f.Order})
	if err != nil || len(certain) == 0 {
		return nil, nil, false, err
	}
	return domain.Compare(certain[0].record, certain[0].stock), certain[0].mend(p), true, nil
}

// taskAgain looks at a task and, as it may be missing altogether, at its order.
func (p *pass) taskAgain(ctx context.Context, f domain.Finding) ([]domain.Finding, mender, bool, error) {
	kind, ref, err := domain.ParseTaskRef(f.Ref)
	if err != nil {
		return nil, nil, false, nil //nolint:nilerr // of a newer version
	}
	now, err := p.Orders.Now(ctx)
	if err != nil {
		return nil, nil, false, fmt.Errorf("read clock: %w", err)
	}
	t, err := p.Tasks.Find(ctx, kind, ref)
	if err != nil && !errors.Is(err, ErrTaskNotFound) {
		return nil, nil, false, fmt.Errorf("find task: %w", err)
	}
	if err == nil {
		late, stuck, err := p.stuck(ctx, domain.TaskRecord{
			Kind: kind, Ref: ref, Lane: t.Name, State: t.State, NextAt: t.NextAt,
			CreatedAt: t.CreatedAt, UpdatedAt: t.UpdatedAt, LastError: t.LastError,
		}, now)
		if err != nil || stuck {
			return []domain.Finding{late}, p.retry, stuck, err
		}
	}
	if f.Order == "" {
		return nil, nil, true, nil
	}
	return p.orderAgain(ctx, f)
}

func (p *pass) callbackAgain(ctx context.Context, f domain.Finding) ([]domain.Finding, mender, bool, error) {
	o, err := p.Orders.Find(ctx, f.Order)
	if errors.Is(err, ErrOrderNotFound) {
		return nil, nil, true, nil
	}
	if err != nil {
		return nil, nil, false, fmt.Errorf("find order: %w", err)
	}
	if o.Status() != domain.Created {
		return nil, nil, true, nil
	}
	if !slices.Contains(p.Providers.Configured(), o.Provider()) {
		return nil, nil, false, nil
	}
	found, err := p.missed(ctx, Watch{Order: f.Order, Provider: o.Provider()})
	if errors.Is(err, errNotAnswered) {
		return nil, nil, false, nil
	}
	return found, p.mendMissed, err == nil, err
}
