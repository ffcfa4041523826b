package usecasetest

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stockonce/stockonce/app/order/internal/domain"
	"github.com/stockonce/stockonce/app/order/internal/usecase"
)

func runBooks(t *testing.T, open func(t *testing.T) Ports) {
	records := func(t *testing.T, p Ports, w usecase.Window, after string, limit int) []domain.Record {
		t.Helper()
		found, err := p.Books.Records(t.Context(), w, after, limit)
		if err != nil {
			t.Fatal(err)
		}
		return found
	}
	t.Run("orders are told page by page with all that belongs to them", func(t *testing.T) {
		p := open(t)
		var want []string
		for range 3 {
			want = append(want, place(t, p).Number())
		}
		paid := want[1]
		winner, _ := pay(t, p, paid, "")
		twice := id("P")
		update(t, p, paid, func(o *domain.Order) { o.Pay(Notice(paid, id("tx")), twice, "") })

		page := records(t, p, usecase.Window{}, "", 2)
		rest := records(t, p, usecase.Window{}, page[1].Order.Number(), 2)
		if got := numbersOf(append(page, rest...)); !slices.Equal(got, want) {
			t.Fatalf("told %q, want %q", got, want)
		}
		r := page[1]
		found := find(t, p, paid)
		if r.Order.Status() != domain.Paid || r.Order.Winner() != winner || !slices.Equal(r.Order.Items(), found.Items()) ||
			!slices.Equal(r.Order.Payments(), found.Payments()) || !slices.Equal(r.Order.Refunds(), found.Refunds()) {
			t.Errorf("told %+v", r.Order)
		}
		if got, want := tasksOf(r), []string{"deduct " + paid + " pending", "refund " + twice + "-1 pending"}; !slices.Equal(got, want) {
			t.Errorf("tasks %q, want %q", got, want)
		}
		if others := slices.Concat(page[:1], rest); len(others[0].Tasks)+len(others[1].Tasks)+len(others[1].Order.Payments()) > 0 {
			t.Errorf("of others is told what is not theirs: %+v", others)
		}
		again, err := p.Books.RecordsOf(t.Context(), []string{paid, "nobody's"})
		if err != nil || len(again) != 1 || !again[0].Same(&r) {
			t.Errorf("told again %+v, %v", again, err)
		}
	})
	t.Run("only orders of the window are told", func(t *testing.T) {
		p := open(t)
		first, second := place(t, p), place(t, p)
		for name, c := range map[string]struct {
			window usecase.Window
			want   []string
		}{
			"since then": {usecase.Window{Since: second.UpdatedAt()}, []string{second.Number()}},
			"since long": {usecase.Window{Since: first.UpdatedAt()}, []string{first.Number(), second.Number()}},
			"unchanged":  {usecase.Window{UnchangedFor: time.Hour}, nil},
		} {
			if !second.UpdatedAt().After(first.UpdatedAt()) && name == "since then" {
				continue // the clock did not tick
			}
			if got := numbersOf(records(t, p, c.window, "", 10)); !slices.Equal(got, c.want) {
				t.Errorf("%s: %q, want %q", name, got, c.want)
			}
		}
	})
	t.Run("a person who keeps stock out is remembered", func(t *testing.T) {
		p := open(t)
		kept, back := place(t, p).Number(), place(t, p).Number()
		for _, number := range []string{kept, back} {
			payment, claim := pay(t, p, number, "token")
			update(t, p, number, func(o *domain.Order) { o.Settle(domain.Deducted, claim) })
			update(t, p, number, func(o *domain.Order) {
				if err := o.GiveBack(payment, "why", "ann", number == kept); err != nil {
					t.Error(err)
				}
			})
		}
		for _, r := range records(t, p, usecase.Window{}, "", 10) {
			if r.StockKept != (r.Order.Number() == kept) {
				t.Errorf("order %s: stock kept %t", r.Order.Number(), r.StockKept)
			}
		}
	})
	t.Run("a woken task begins anew, and is made where there was none", func(t *testing.T) {
		p := open(t)
		number := place(t, p).Number()
		_, claim := pay(t, p, number, "token")
		update(t, p, number, func(o *domain.Order) { o.Settle(domain.Deducted, claim) })
		for _, kind := range []domain.TaskKind{domain.TaskDeduct, domain.TaskRelease} {
			update(t, p, number, func(o *domain.Order) {
				if !o.Mend(domain.Finding{Kind: domain.MissingDeduction, Ref: number, Remedy: kind}) {
					t.Error("nothing to do")
				}
			})
			claims, err := p.Tasks.Claim(t.Context(), usecase.Lane{Kind: kind}, id("token"), 10, time.Minute)
			if err != nil || len(claims) != 1 || claims[0].Ref != number {
				t.Errorf("%s: claims %+v, %v", kind, claims, err)
			}
		}
	})
	t.Run("tasks that wait are told once they have waited long enough", func(t *testing.T) {
		p := open(t)
		pending, dead, done := place(t, p).Number(), place(t, p).Number(), place(t, p).Number()
		pay(t, p, pending, "")
		for number, state := range map[string]domain.TaskState{dead: domain.TaskDead, done: domain.TaskDone} {
			_, claim := pay(t, p, number, "token")
			if err := p.Tasks.End(t.Context(), domain.TaskEnd{Claim: claim, State: state, Reason: "r"}); err != nil {
				t.Fatal(err)
			}
		}
		waiting, err := p.Books.Waiting(t.Context(), 0, 0, 10)
		if err != nil || len(waiting) != 2 || waiting[0].Ref != pending || waiting[1].Ref != dead || waiting[1].LastError != "r" ||
			waiting[0].Now.IsZero() {
			t.Errorf("waiting %+v, %v", waiting, err)
		}
		rest, err := p.Books.Waiting(t.Context(), 0, waiting[0].ID, 10)
		if err != nil || len(rest) != 1 || rest[0].Ref != dead {
			t.Errorf("after the first %+v, %v", rest, err)
		}
		if none, err := p.Books.Waiting(t.Context(), time.Hour, 0, 10); err != nil || len(none) != 0 {
			t.Errorf("for an hour %+v, %v", none, err)
		}
	})
	t.Run("payments that name no order are told until they go back", func(t *testing.T) {
		p := open(t)
		known := place(t, p).Number()
		pay(t, p, known, "")
		var held []string
		for range 2 {
			n := Notice(id("NOBODY"), id("tx"))
			payment := domain.Hold(n, id("P"))
			if err := p.Payments.Hold(t.Context(), payment, callback(n, domain.VerdictOrphan)); err != nil {
				t.Fatal(err)
			}
			held = append(held, payment.Number)
		}
		homeless := func(f usecase.HomelessFilter, after int64) []usecase.HomelessPayment {
			t.Helper()
			found, err := p.Books.Homeless(t.Context(), f, after, 10)
			if err != nil {
				t.Fatal(err)
			}
			return found
		}
		all := homeless(usecase.HomelessFilter{Disposition: domain.Orphan}, 0)
		if len(all) != 2 || all[0].Number != held[0] || all[1].Number != held[1] {
			t.Fatalf("homeless %+v", all)
		}
		for name, got := range map[string]int{
			"after the first": len(homeless(usecase.HomelessFilter{Disposition: domain.Orphan}, all[0].ID)) - 1,
			"by number":       len(homeless(usecase.HomelessFilter{Disposition: domain.Orphan, Numbers: held[1:]}, 0)) - 1,
			"by order":        len(homeless(usecase.HomelessFilter{Disposition: domain.Orphan, Order: all[0].OrderNumber}, 0)) - 1,
			"older":           len(homeless(usecase.HomelessFilter{Disposition: domain.Orphan, Older: time.Hour}, 0)),
			"of the future":   len(homeless(usecase.HomelessFilter{Disposition: domain.Orphan, Since: time.Now().Add(time.Hour)}, 0)),
			"winners":         len(homeless(usecase.HomelessFilter{Disposition: domain.Winner}, 0)),
		} {
			if got != 0 {
				t.Errorf("%s: %d more than there should be", name, got)
			}
		}
		err := p.Orders.UpdatePayments(t.Context(), all[0].OrderNumber, func(o *domain.Order) error {
			return o.GiveBack(held[0], "nobody's", "ann", false)
		})
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range domain.Dispositions() {
			for _, left := range homeless(usecase.HomelessFilter{Disposition: d}, 0) {
				if left.Number != held[1] {
					t.Errorf("%s goes back and is told all the same", left.Number)
				}
			}
		}
	})
	t.Run("unpaid orders are told with their provider", func(t *testing.T) {
		p := open(t)
		first, paid, second := place(t, p).Number(), place(t, p).Number(), place(t, p).Number()
		pay(t, p, paid, "")
		unpaid := func(f usecase.UnpaidFilter, after string) string {
			t.Helper()
			found, err := p.Books.Unpaid(t.Context(), f, after, 10)
			if err != nil {
				t.Fatal(err)
			}
			return fmt.Sprint(found)
		}
		standard := usecase.UnpaidFilter{Providers: []string{"standard"}}
		for name, c := range map[string][2]string{
			"all":             {unpaid(standard, ""), fmt.Sprintf("[{%s standard} {%s standard}]", first, second)},
			"after the first": {unpaid(standard, first), fmt.Sprintf("[{%s standard}]", second)},
			"of another":      {unpaid(usecase.UnpaidFilter{Providers: []string{"stripe"}}, ""), "[]"},
			"older":           {unpaid(usecase.UnpaidFilter{Providers: []string{"standard"}, Older: time.Hour}, ""), "[]"},
			"of the future":   {unpaid(usecase.UnpaidFilter{Providers: []string{"standard"}, Since: time.Now().Add(time.Hour)}, ""), "[]"},
		} {
			if c[0] != c[1] {
				t.Errorf("%s: %s, want %s", name, c[0], c[1])
			}
		}
	})
}

func update(t *testing.T, p Ports, number string, change func(*domain.Order)) {
	t.Helper()
	if err := p.Orders.Update(t.Context(), number, func(o *domain.Order) error { change(o); return nil }); err != nil {
		t.Fatal(err)
	}
}

func numbersOf(records []domain.Record) (numbers []string) {
	for _, r := range records {
		numbers = append(numbers, r.Order.Number())
	}
	return numbers
}

func tasksOf(r domain.Record) (tasks []string) {
	for _, t := range r.Tasks {
		tasks = append(tasks, fmt.Sprintf("%s %s %s", t.Kind, t.Ref, t.State))
	}
	return tasks
}
