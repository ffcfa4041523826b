package usecasetest

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/stockonce/stockonce/app/product/internal/domain"
)

var concurrencyTests = []contract{
	{"one unit is sold once to 500 orders", func(b *bench) {
		b.stocked(1, "tea")
		got := make([]domain.Outcome, 500)
		b.inParallel(len(got), func(i int) error {
			answer, err := b.deduct(fmt.Sprintf("O%d", i), line("tea", 1))
			got[i] = answer.Outcome
			return err
		})
		equal(b.T, "deducted and refused", tally(got), []int{1, 499})
		b.stocks("tea", 0)
	}},
	{"a hot SKU is sold to the last piece and no further by 64 and by 1024 at a time", func(b *bench) {
		const orders, stock = 1024, 1000
		for _, callers := range []int{64, orders} {
			code := fmt.Sprintf("tea%d", callers)
			b.stocked(stock, code)
			got := make([]domain.Outcome, orders)
			begin := time.Now()
			b.inParallel(callers, func(caller int) error {
				for i := caller; i < orders; i += callers {
					answer, err := b.deduct(fmt.Sprintf("O%dx%d", callers, i), line(code, 1))
					if err != nil {
						return err
					}
					got[i] = answer.Outcome
				}
				return nil
			})
			b.Logf("%d callers: %.0f deductions of one SKU per second", callers, orders/time.Since(begin).Seconds())
			equal(b.T, "deducted and refused", tally(got), []int{stock, orders - stock})
			b.stocks(code, 0)
		}
	}},
	{"a thousand duplicates of one order take once", func(b *bench) {
		b.stocked(5000, "tea", "mug")
		got := make([]domain.Outcome, 1000)
		b.inParallel(len(got), func(i int) error {
			answer, err := b.deduct("O1", line("tea", 2), line("mug", 3))
			got[i] = answer.Outcome
			return err
		})
		equal(b.T, "deducted and refused", tally(got), []int{1000, 0})
		b.stocks("tea", 4998)
		b.stocks("mug", 4997)
	}},
	{"a thousand duplicates of a refused order are all refused", func(b *bench) { refuseThousand(b) }},
	{"orders that name the same SKUs in opposite order all settle", func(b *bench) {
		// "b" gets the smaller row id: neither the order of lines nor that of codes is
		// the order of rows.
		b.stocked(200, "b", "a")
		got := make([]domain.Outcome, 200)
		b.inParallel(len(got), func(i int) error {
			lines := []domain.Line{line("a", 1), line("b", 1)}
			if i%2 == 0 {
				lines[0], lines[1] = lines[1], lines[0]
			}
			answer, err := b.deduct(fmt.Sprintf("O%d", i), lines...)
			got[i] = answer.Outcome
			return err
		})
		equal(b.T, "deducted and refused", tally(got), []int{200, 0})
		b.stocks("a", 0)
		b.stocks("b", 0)
	}},
	{"64 writers that pass the low-water mark again and again say so once each time", func(b *bench) {
		const writers, rounds = 64, 5
		b.product(domain.SKU{Code: "tea", Price: 1, Currency: "CNY", Stock: writers, LowWater: writers / 2})
		for round := range rounds {
			var low atomic.Int64
			b.inParallel(writers, func(i int) error {
				answer, err := b.deduct(fmt.Sprintf("O%dx%d", round, i), line("tea", 1))
				low.Add(int64(len(answer.Low)))
				return err
			})
			equal(b.T, "told to be low", []int64{low.Load()}, []int64{1})
			change, err := domain.NewRestock("tea", fmt.Sprintf("r%d", round), writers, "")
			if err != nil {
				b.Fatal(err)
			}
			if _, err := b.Stock.Change(b.Context(), change); err != nil {
				b.Fatal(err)
			}
		}
	}},
	{"a deduction racing the release of its order leaves nothing taken", func(b *bench) {
		const orders = 200
		b.stocked(1000, "tea", "mug")
		b.inParallel(2*orders, func(i int) error {
			number := fmt.Sprintf("O%d", i/2)
			if i%2 == 0 {
				_, err := b.deduct(number, line("tea", 2), line("mug", 1))
				return err
			}
			outcome, err := b.Stock.Release(b.Context(), number)
			if err == nil && outcome != domain.ReleaseDone {
				err = fmt.Errorf("release of order %s is answered with %q", number, outcome)
			}
			return err
		})
		for i := range orders {
			b.answers(domain.OutcomeRefused, fmt.Sprintf("O%d", i), line("tea", 2), line("mug", 1))
		}
		b.stocks("tea", 1000)
		b.stocks("mug", 1000)
	}},
	{"callers whose time runs out at any moment leave nothing half done", func(b *bench) {
		const orders = 300
		b.stocked(2*orders, "tea", "mug")
		for i := range orders {
			d, err := domain.NewDeduction(fmt.Sprintf("O%d", i), []domain.Line{line("tea", 2), line("mug", 1)})
			if err != nil {
				b.Fatal(err)
			}
			ctx, cancel := context.WithTimeout(b.Context(), time.Duration(i)*10*time.Microsecond)
			answer, err := b.Stock.Deduct(ctx, d)
			cancel()
			switch {
			case err == nil && answer.Outcome != domain.OutcomeDeducted:
				b.Errorf("order %d is answered with %+v", i, answer)
			case err != nil && !errors.Is(err, context.DeadlineExceeded):
				b.Errorf("order %d: error is %v, want one that says that the deadline passed", i, err)
			}
		}
		b.balanced()
		for i := range orders {
			b.answers(domain.OutcomeDeducted, fmt.Sprintf("O%d", i), line("tea", 2), line("mug", 1))
		}
		b.stocks("tea", 0)
		b.stocks("mug", orders)
	}},
	{"orders, releases and restocks of the same SKUs never stand in each other's way", func(b *bench) {
		b.stocked(300, "b", "c", "a")
		b.inParallel(240, func(i int) error {
			number := fmt.Sprintf("O%d", i%45)
			switch i % 4 {
			case 0, 1:
				_, err := b.deduct(number, line("a", 1), line("b", 1), line("c", 400*int64(i%2)+1))
				return err
			case 2:
				_, err := b.Stock.Release(b.Context(), number)
				return err
			default:
				change, err := domain.NewRestock([]string{"a", "b", "c"}[i%3], fmt.Sprintf("r%d", i), 1, "")
				if err != nil {
					return err
				}
				_, err = b.Stock.Change(b.Context(), change)
				return err
			}
		})
	}},
}

func refuseThousand(b *bench) {
	b.stocked(5, "tea")
	b.stocked(1, "mug")
	got := make([]domain.Outcome, 1000)
	b.inParallel(len(got), func(i int) error {
		answer, err := b.deduct("O1", line("tea", 5), line("mug", 2))
		got[i] = answer.Outcome
		if err == nil && (len(answer.Short) != 1 || answer.Short[0] != domain.Shortage{SKU: "mug", Requested: 2, Available: 1}) {
			err = fmt.Errorf("short lines are %+v", answer.Short)
		}
		return err
	})
	equal(b.T, "deducted and refused", tally(got), []int{0, 1000})
	b.stocks("tea", 5)
	b.stocks("mug", 1)
}

// tally counts deducted and refused.
func tally(outcomes []domain.Outcome) []int {
	n := []int{0, 0}
	for _, outcome := range outcomes {
		switch outcome {
		case domain.OutcomeDeducted:
			n[0]++
		case domain.OutcomeRefused:
			n[1]++
		}
	}
	return n
}
