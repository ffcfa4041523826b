package usecasetest

import (
	"fmt"
	"strings"
	"time"

	"github.com/stockonce/stockonce/app/product/internal/domain"
	"github.com/stockonce/stockonce/app/product/internal/usecase"
)

var recordTests = []contract{
	{"deductions are told by order number, after a number and since a time", func(b *bench) {
		b.stocked(3, "tea")
		b.answers(domain.OutcomeDeducted, "O3", line("tea", 1))
		b.answers(domain.OutcomeDeducted, "O1", line("tea", 1))
		short := b.answers(domain.OutcomeRefused, "O2", line("tea", 9)).Short
		b.releases(domain.ReleaseDone, "O4")

		all := b.records(usecase.DeductionFilter{}, 10)
		equal(b.T, "deductions", told(all), []string{"O1 deducted -tea 1", "O2 refused", "O3 deducted -tea 1", "O4 released"})
		equal(b.T, "short lines", all[1].Short, short)
		equal(b.T, "after O2, at most one", told(b.records(usecase.DeductionFilter{After: "O2"}, 1)), told(all[2:3]))
		equal(b.T, "of some orders", told(b.records(usecase.DeductionFilter{Orders: []string{"O4", "none", "O1"}}, 10)),
			[]string{"O1 deducted -tea 1", "O4 released"})

		after := b.tick(all[3].UpdatedAt)
		b.releases(domain.ReleaseDone, "O1")
		changed := b.records(usecase.DeductionFilter{Since: after.Add(time.Microsecond)}, 10)
		equal(b.T, "changed since", told(changed), []string{"O1 released -tea 1 +tea 1"})
		if len(changed) == 1 && !changed[0].UpdatedAt.After(changed[0].CreatedAt) {
			b.Errorf("the release of %+v is no change", changed[0])
		}
	}},
	{"deductions are told with all that their movements took and gave back", func(b *bench) {
		b.stocked(9, "tea", "mug", "pot")
		b.answers(domain.OutcomeDeducted, "O1", line("tea", 2), line("pot", 1), line("mug", 3))
		b.answers(domain.OutcomeDeducted, "O2", line("tea", 1), line("mug", 1))
		b.restock("tea", "O1", 5) // a request id may look like an order number
		b.releases(domain.ReleaseDone, "O2")
		equal(b.T, "deductions", told(b.records(usecase.DeductionFilter{}, 10)), []string{
			"O1 deducted -mug 3 -pot 1 -tea 2", "O2 released -mug 1 -tea 1 +mug 1 +tea 1",
		})
	}},
	{"a deduction that changed a moment ago is not told as unchanged", func(b *bench) {
		b.stocked(3, "tea")
		b.answers(domain.OutcomeDeducted, "O1", line("tea", 1))
		equal(b.T, "unchanged for an hour", told(b.records(usecase.DeductionFilter{UnchangedFor: time.Hour}, 10)), nil)
		b.tick(b.records(usecase.DeductionFilter{}, 10)[0].UpdatedAt)
		got := b.records(usecase.DeductionFilter{UnchangedFor: time.Microsecond}, 10)
		equal(b.T, "unchanged for a moment", told(got), []string{"O1 deducted -tea 1"})
		if len(got) == 1 && (got[0].Unchanged <= 0 || got[0].Unchanged > time.Minute) {
			b.Errorf("unchanged for %s", got[0].Unchanged)
		}
	}},
	{"what an order took and gave back is of one moment", func(b *bench) {
		b.stocked(1000, "tea")
		const orders = 60
		done := make(chan struct{})
		go func() {
			defer close(done)
			for i := range orders {
				number := fmt.Sprintf("O%02d", i)
				if _, err := b.deduct(number, line("tea", 1)); err != nil {
					b.Error(err)
				}
				if _, err := b.Stock.Release(b.Context(), number); err != nil {
					b.Error(err)
				}
			}
		}()
		for ended := false; !ended; {
			select {
			case <-done:
				ended = true
			default:
			}
			for _, text := range told(b.records(usecase.DeductionFilter{}, orders)) {
				if _, rest, _ := strings.Cut(text, " "); rest != "deducted -tea 1" && rest != "released -tea 1 +tea 1" {
					b.Fatalf("%q was never so", text)
				}
			}
		}
	}},
	{"stock is told beside the sum of its movements, page by page", func(b *bench) {
		b.stocked(5, "tea", "mug", "pot")
		b.answers(domain.OutcomeDeducted, "O1", line("tea", 2))
		b.product(domain.SKU{Code: "new", Price: 1, Currency: "CNY"})
		equal(b.T, "all", b.levels("", nil, 10), []domain.StockLevel{
			{SKU: "mug", Stock: 5, Moved: 5}, {SKU: "new"}, {SKU: "pot", Stock: 5, Moved: 5}, {SKU: "tea", Stock: 3, Moved: 3},
		})
		equal(b.T, "after mug, at most one", b.levels("mug", nil, 1), []domain.StockLevel{{SKU: "new"}})
		equal(b.T, "of some", b.levels("", []string{"tea", "none"}, 10), []domain.StockLevel{{SKU: "tea", Stock: 3, Moved: 3}})
	}},
	{"stock and the sum of its movements are of one moment", func(b *bench) {
		b.stocked(1000, "tea")
		done := make(chan struct{})
		go func() {
			defer close(done)
			for i := range 100 {
				if _, err := b.deduct(fmt.Sprintf("O%d", i), line("tea", 3)); err != nil {
					b.Error(err)
				}
			}
		}()
		for ended := false; !ended; {
			select {
			case <-done:
				ended = true
			default:
			}
			if l := b.levels("", nil, 10)[0]; l.Stock != l.Moved {
				b.Fatalf("%+v was never so", l)
			}
		}
	}},
}

// tick waits until the database's clock, which ticks in milliseconds or finer, is
// past a time, and returns that time.
func (b *bench) tick(at time.Time) time.Time {
	b.Helper()
	for !b.product(domain.SKU{Code: fmt.Sprintf("x%d", b.created), Price: 1, Currency: "CNY"}).CreatedAt.After(at) {
	}
	return at
}

func (b *bench) records(filter usecase.DeductionFilter, limit int) []domain.DeductionRecord {
	b.Helper()
	records, err := b.Ledger.Deductions(b.Context(), filter, limit)
	if err != nil {
		b.Fatal(err)
	}
	return records
}

func (b *bench) levels(after string, codes []string, limit int) []domain.StockLevel {
	b.Helper()
	levels, err := b.Ledger.Levels(b.Context(), after, codes, limit)
	if err != nil {
		b.Fatal(err)
	}
	return levels
}

// told writes each record as its order, its state, and what it took and gave back.
func told(records []domain.DeductionRecord) (texts []string) {
	for _, d := range records {
		var text strings.Builder
		text.WriteString(d.OrderNumber + " " + string(d.State))
		for _, l := range d.Taken {
			fmt.Fprintf(&text, " -%s %d", l.SKU, l.Quantity)
		}
		for _, l := range d.Returned {
			fmt.Fprintf(&text, " +%s %d", l.SKU, l.Quantity)
		}
		texts = append(texts, text.String())
	}
	return texts
}
