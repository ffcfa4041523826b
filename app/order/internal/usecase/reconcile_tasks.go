package usecase

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/stockonce/stockonce/app/order/internal/domain"
)

// waitingPage is how many waiting tasks or payments are read at a time.
const waitingPage = 500

// lookForStuck looks for tasks that wait for too long. There are few enough that every
// pass looks at all.
func (p *pass) lookForStuck(ctx context.Context) error {
	for after := int64(0); ; {
		tasks, err := p.Books.Waiting(ctx, p.StuckAfter, after, waitingPage)
		if err != nil {
			return fmt.Errorf("read tasks: %w", err)
		}
		for _, t := range tasks {
			p.report.Tasks++
			f, stuck, err := p.stuck(ctx, t.TaskRecord, t.Now)
			if err != nil {
				return err
			}
			if !stuck {
				continue
			}
			if err := p.found(ctx, []domain.Finding{f}, p.retry); err != nil {
				return err
			}
		}
		if err := p.progress(); err != nil {
			return err
		}
		if len(tasks) < waitingPage {
			return nil
		}
		after = tasks[len(tasks)-1].ID
	}
}

// stuck is the finding that a task makes, after a second look at it.
func (p *pass) stuck(ctx context.Context, t domain.TaskRecord, now time.Time) (domain.Finding, bool, error) {
	if _, stuck := t.Stuck(now, p.StuckAfter); !stuck {
		return domain.Finding{}, false, nil
	}
	fresh, err := p.Tasks.Find(ctx, t.Kind, t.Ref)
	if errors.Is(err, ErrTaskNotFound) {
		return domain.Finding{}, false, nil
	}
	if err != nil {
		return domain.Finding{}, false, fmt.Errorf("find task: %w", err)
	}
	t.State, t.UpdatedAt, t.CreatedAt, t.LastError = fresh.State, fresh.UpdatedAt, fresh.CreatedAt, fresh.LastError
	if fresh.State == domain.TaskPending {
		t.NextAt = fresh.NextAt
	}
	why, stuck := t.Stuck(now, p.StuckAfter)
	if !stuck {
		return domain.Finding{}, false, nil
	}
	f := domain.Finding{Kind: domain.StuckTask, Ref: domain.TaskRef(t.Kind, t.Ref), Detail: "task is " + why}
	if f.Order, err = p.orderOf(ctx, t); err != nil {
		return domain.Finding{}, false, err
	}
	o, err := p.Orders.Find(ctx, f.Order)
	switch {
	case errors.Is(err, ErrOrderNotFound) && t.Kind == domain.TaskQueryPayment:
		// What it waits for is a finding of its own: the payment that names no order.
		held, err := p.held(ctx, t.Ref)
		return f, !held, err
	case errors.Is(err, ErrOrderNotFound):
		return f, true, nil
	case err != nil:
		return domain.Finding{}, false, fmt.Errorf("find order %s: %w", f.Order, err)
	}
	if !t.Parked() && o.CanMend(t.Kind, t.Ref) {
		f.Remedy = t.Kind
	}
	return f, true, nil
}

// orderOf is the number of the order that a task is about.
func (p *pass) orderOf(ctx context.Context, t domain.TaskRecord) (string, error) {
	switch t.Kind {
	case domain.TaskRefund:
		_, payment, err := p.Payments.FindRefund(ctx, t.Ref)
		if errors.Is(err, ErrRefundNotFound) || errors.Is(err, ErrPaymentNotFound) {
			return "", nil
		}
		if err != nil {
			return "", fmt.Errorf("find refund: %w", err)
		}
		return payment.OrderNumber, nil
	case domain.TaskNotify:
		number, _, err := domain.ParseNotifyRef(t.Ref)
		if err != nil {
			return "", nil //nolint:nilerr // a task that names no event is about no order
		}
		return number, nil
	case domain.TaskDeduct, domain.TaskRelease, domain.TaskQueryPayment, domain.TaskClosePayment:
	}
	return t.Ref, nil
}

// held tells whether a payment is held that names a number which no order has.
func (p *pass) held(ctx context.Context, number string) (bool, error) {
	filter := HomelessFilter{Disposition: domain.Orphan, Order: number}
	payments, err := p.Books.Homeless(ctx, filter, 0, 1)
	if err != nil {
		return false, fmt.Errorf("read payments: %w", err)
	}
	return len(payments) > 0, nil
}

// retry has a stuck task begin anew.
func (p *pass) retry(ctx context.Context, f domain.Finding) (mended bool, err error) {
	err = p.Orders.Update(ctx, f.Order, func(o *domain.Order) error {
		mended = o.Mend(f)
		return nil
	})
	if errors.Is(err, ErrOrderNotFound) {
		return false, nil
	}
	return mended, err
}
