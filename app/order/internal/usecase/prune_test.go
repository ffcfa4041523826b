package usecase_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stockonce/stockonce/app/order/internal/adapter/store"
	"github.com/stockonce/stockonce/app/order/internal/domain"
	"github.com/stockonce/stockonce/app/order/internal/usecase"
)

// Callbacks and done tasks are what is pruned; that a payment is known does not depend
// on either.
func TestWhatIsPrunedIsMissedByNobody(t *testing.T) {
	each(t, 2, func(t *testing.T, b *bundle) {
		number := b.order("r")
		b.notify(paid(number, "tx1"))
		b.notify(paid(number, "tx2")) // goes back
		b.pass(b.refund)
		for b.pass(b.notifies) > 0 {
		}
		b.exec("UPDATE tasks SET state = 'done' WHERE kind = 'query_payment'")
		b.grow(60)
		if o := b.find(number); o.Status() != domain.Fulfilled {
			t.Fatalf("status %s", o.Status())
		}
		payments, refunds := b.count("SELECT COUNT(*) FROM payments"), b.count("SELECT COUNT(*) FROM refunds")

		b.prune(30)
		if left := b.count("SELECT (SELECT COUNT(*) FROM callbacks) + (SELECT COUNT(*) FROM tasks)"); left != 0 {
			t.Fatalf("%d rows left of a finished order", left)
		}

		// Both notices once more, after so long.
		for _, transaction := range []string{"tx1", "tx2"} {
			if v := b.notify(paid(number, transaction)); v != domain.VerdictReplay {
				t.Errorf("the repeat of %s is judged %s", transaction, v)
			}
		}
		if n := b.count("SELECT COUNT(*) FROM tasks"); n != 0 {
			t.Errorf("the repeats made %d tasks", n)
		}
		// What begins anew finds no task of its own, and makes one.
		if err := store.NewTasks(store.New(b.db)).Wake(t.Context(), domain.NewTask{Kind: domain.TaskQueryPayment, Ref: number, Lane: "standard"}); err != nil {
			t.Error(err)
		}
		b.pass(b.queries)
		// And a fulfilled order can still go back.
		if err := b.handle.Refund(t.Context(), b.find(number).Winner(), "wrong taste", "me", false); err != nil {
			t.Fatal(err)
		}
		b.pass(b.release)
		b.pass(b.refund)
		if o := b.find(number); o.Status() != domain.Refunded {
			t.Errorf("status %s after the refund", o.Status())
		}
		if p, r := b.count("SELECT COUNT(*) FROM payments"), b.count("SELECT COUNT(*) FROM refunds"); p != payments || r != refunds+1 {
			t.Errorf("%d payments and %d refunds, were %d and %d", p, r, payments, refunds)
		}
	})
}

func TestPruningStopsBetweenTwoStepsWhenItIsAsked(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	steps := &countingSteps{after: 3, stop: stop}
	report, err := usecase.NewPrune(steps).Tasks(ctx, usecase.PruneStep{Limit: 5}, func(usecase.PruneReport) {})
	if !errors.Is(err, context.Canceled) || report.Deleted != 3*5 || steps.last != 15 {
		t.Errorf("report %+v, last id %d, error %v", report, steps.last, err)
	}
}

// countingSteps has work without end. After some steps the operator presses Ctrl-C.
type countingSteps struct {
	usecase.Retention
	after int
	last  int64
	stop  func()
}

func (s *countingSteps) PruneTasks(ctx context.Context, step usecase.PruneStep) (usecase.Pruned, error) {
	if s.after--; s.after == 0 {
		s.stop()
	}
	if err := ctx.Err(); err != nil {
		return usecase.Pruned{}, err // a step that is begun is finished
	}
	s.last = step.After + int64(step.Limit)
	return usecase.Pruned{Last: s.last, Looked: step.Limit, Deleted: step.Limit, More: true}, nil
}

// grow makes all that is kept so many days older.
func (b *bundle) grow(days int) {
	b.t.Helper()
	past := time.Now().UTC().AddDate(0, 0, -days)
	b.exec("UPDATE callbacks SET created_at = ?", past)
	b.exec("UPDATE tasks SET created_at = ?, updated_at = ?", past, past)
}

// prune deletes what is older than so many days.
func (b *bundle) prune(days int) {
	b.t.Helper()
	uc := usecase.NewPrune(store.NewRetention(store.New(b.db)))
	step := usecase.PruneStep{Older: time.Duration(days) * 24 * time.Hour, Limit: 3}
	for _, prune := range []func(context.Context, usecase.PruneStep, func(usecase.PruneReport)) (usecase.PruneReport, error){uc.Callbacks, uc.Tasks} {
		if _, err := prune(b.t.Context(), step, func(usecase.PruneReport) {}); err != nil {
			b.t.Fatal(err)
		}
	}
}
