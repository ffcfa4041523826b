package usecasetest

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stockonce/stockonce/app/order/internal/domain"
	"github.com/stockonce/stockonce/app/order/internal/usecase"
)

func runDecisions(t *testing.T, open func(t *testing.T) Ports) {
	lane := usecase.Lane{Kind: domain.TaskDeduct}
	decision := func(action domain.TaskAction, ref string) domain.TaskDecision {
		return domain.TaskDecision{Action: action, Kind: domain.TaskDeduct, Ref: ref, By: "ann", Reason: "because"}
	}
	claim := func(t *testing.T, p Ports) []domain.Claim {
		t.Helper()
		claims, err := p.Tasks.Claim(t.Context(), lane, id("token"), 10, time.Minute)
		if err != nil {
			t.Fatal(err)
		}
		return claims
	}
	// paid makes a paid order, whose deduct task is due.
	paid := func(t *testing.T, p Ports) string {
		t.Helper()
		number := place(t, p).Number()
		pay(t, p, number, "")
		return number
	}
	list := func(t *testing.T, p Ports, filter usecase.TaskFilter, limit int) []string {
		t.Helper()
		tasks, err := p.Tasks.List(t.Context(), filter, limit)
		if err != nil {
			t.Fatal(err)
		}
		var refs []string
		for _, task := range tasks {
			refs = append(refs, task.Ref)
		}
		return refs
	}
	t.Run("a parked task is not tried, whoever had it, until it is retried as new", func(t *testing.T) {
		p := open(t)
		number := paid(t, p)
		had := claim(t, p)
		if err := p.Tasks.Postpone(t.Context(), had[0], 0, "product is away"); err != nil {
			t.Fatal(err)
		}
		had = claim(t, p)
		if len(had) != 1 || had[0].Attempt != 1 {
			t.Fatalf("claims %+v", had)
		}
		if err := p.Tasks.Decide(t.Context(), decision(domain.TaskParked, number)); err != nil {
			t.Fatal(err)
		}
		if err := p.Tasks.End(t.Context(), domain.TaskEnd{Claim: had[0], State: domain.TaskDone}); !errors.Is(err, usecase.ErrLeaseLost) {
			t.Errorf("a claim outlived the decision: %v", err)
		}
		parked, err := p.Tasks.Find(t.Context(), domain.TaskDeduct, number)
		if err != nil || parked.State != domain.TaskDead || !parked.NextAt.IsZero() || parked.Attempts != 1 ||
			parked.LastError != "parked by ann: because; before: product is away" {
			t.Errorf("parked %+v, %v", parked, err)
		}
		if err := p.Tasks.Decide(t.Context(), decision(domain.TaskRetried, number)); err != nil {
			t.Fatal(err)
		}
		if again := claim(t, p); len(again) != 1 || again[0].Ref != number || again[0].Attempt != 0 {
			t.Errorf("claims %+v", again)
		}
	})
	t.Run("a decision is about a task in the one state it is for", func(t *testing.T) {
		p := open(t)
		number := paid(t, p)
		refused := func(want error, actions ...domain.TaskAction) {
			t.Helper()
			for _, action := range actions {
				if err := p.Tasks.Decide(t.Context(), decision(action, number)); !errors.Is(err, want) {
					t.Errorf("%s: %v, want %v", action, err, want)
				}
			}
		}
		refused(usecase.ErrTaskState, domain.TaskRetried, domain.TaskDropped)
		if err := p.Tasks.Decide(t.Context(), decision(domain.TaskParked, number)); err != nil {
			t.Fatal(err)
		}
		refused(usecase.ErrTaskState, domain.TaskParked)
		if err := p.Tasks.Decide(t.Context(), decision(domain.TaskDropped, number)); err != nil {
			t.Fatal(err)
		}
		refused(usecase.ErrTaskState, domain.TaskParked, domain.TaskRetried, domain.TaskDropped)
		number = "X404"
		refused(usecase.ErrTaskNotFound, domain.TaskParked, domain.TaskRetried, domain.TaskDropped)
	})
	t.Run("a task is decided about once, by one of many", func(t *testing.T) {
		p := open(t)
		number := paid(t, p)
		errs := make([]error, 8)
		parallel(t, len(errs), func(i int) error {
			errs[i] = p.Orders.Update(t.Context(), number, func(o *domain.Order) error {
				o.DecideTask(decision(domain.TaskParked, number))
				return nil
			})
			return nil
		})
		decided := 0
		for _, err := range errs {
			switch {
			case err == nil:
				decided++
			case !errors.Is(err, usecase.ErrTaskState):
				t.Error(err)
			}
		}
		if decided != 1 {
			t.Errorf("decided %d times", decided)
		}
	})
	t.Run("an order's history keeps the decision, or nothing is decided", func(t *testing.T) {
		p := open(t)
		number := paid(t, p) // placed, paid
		decide := func(action domain.TaskAction) error {
			return p.Orders.Update(t.Context(), number, func(o *domain.Order) error {
				o.DecideTask(decision(action, number))
				return nil
			})
		}
		if err := decide(domain.TaskRetried); !errors.Is(err, usecase.ErrTaskState) {
			t.Errorf("retried what lives: %v", err)
		}
		if err := decide(domain.TaskParked); err != nil {
			t.Fatal(err)
		}
		e, err := p.Orders.Event(t.Context(), number, 3)
		want := domain.Event{Kind: domain.EventTaskParked, Subject: "deduct", Note: "by ann: because"}
		if err != nil || e.Event != want || e.Status != domain.Paid {
			t.Errorf("event %+v, %v", e, err)
		}
		if refs := list(t, p, usecase.TaskFilter{State: domain.TaskDead}, 10); !slices.Equal(refs, []string{number}) {
			t.Errorf("dead %v", refs)
		}
	})
	t.Run("tasks are listed by state, kind and age, the longest waiting first", func(t *testing.T) {
		p := open(t)
		first, second, third := paid(t, p), paid(t, p), paid(t, p)
		for _, dead := range []string{third, first} {
			if err := p.Tasks.Decide(t.Context(), decision(domain.TaskParked, dead)); err != nil {
				t.Fatal(err)
			}
			tick(t, p)
		}
		held := Notice("later", id("tx"))
		if err := p.Payments.Hold(t.Context(), domain.Hold(held, id("P")), callback(held, domain.VerdictOrphan)); err != nil {
			t.Fatal(err)
		}
		for _, tc := range []struct {
			filter usecase.TaskFilter
			limit  int
			want   []string
		}{
			{usecase.TaskFilter{State: domain.TaskDead}, 10, []string{third, first}},
			{usecase.TaskFilter{State: domain.TaskDead}, 1, []string{third}},
			{usecase.TaskFilter{State: domain.TaskDead, Older: time.Hour}, 10, nil},
			{usecase.TaskFilter{State: domain.TaskPending, Kind: domain.TaskDeduct}, 10, []string{second}},
			{usecase.TaskFilter{State: domain.TaskPending, Kind: domain.TaskNotify}, 10, nil},
			{usecase.TaskFilter{State: domain.TaskPending, Kind: domain.TaskDeduct, Older: time.Hour}, 10, nil},
		} {
			if refs := list(t, p, tc.filter, tc.limit); !slices.Equal(refs, tc.want) {
				t.Errorf("%+v: %v, want %v", tc.filter, refs, tc.want)
			}
		}
		if refs := list(t, p, usecase.TaskFilter{State: domain.TaskPending, Kind: domain.TaskQueryPayment}, 10); !slices.Contains(refs, "later") {
			t.Errorf("pending queries %v", refs)
		}
	})
	t.Run("a reason that is too long for the task is cut, not refused", func(t *testing.T) {
		p := open(t)
		d := decision(domain.TaskParked, paid(t, p))
		d.Reason = strings.Repeat("é", 400)
		if err := p.Tasks.Decide(t.Context(), d); err != nil {
			t.Fatal(err)
		}
		if task, err := p.Tasks.Find(t.Context(), d.Kind, d.Ref); err != nil || !strings.HasPrefix(task.LastError, "parked by ann: éé") {
			t.Errorf("task %+v, %v", task, err)
		}
	})
	t.Run("a task nobody made is not found", func(t *testing.T) {
		p := open(t)
		if _, err := p.Tasks.Find(t.Context(), domain.TaskRefund, paid(t, p)); !errors.Is(err, usecase.ErrTaskNotFound) {
			t.Errorf("error %v", err)
		}
	})
}

// tick returns when the database's clock says another time: SQLite's counts milliseconds.
func tick(t *testing.T, p Ports) {
	t.Helper()
	begin, err := p.Orders.Now(t.Context())
	for now := begin; err == nil && !now.After(begin); {
		now, err = p.Orders.Now(t.Context())
	}
	if err != nil {
		t.Fatal(err)
	}
}
