package usecasetest

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/stockonce/stockonce/app/product/internal/domain"
)

var ledgerTests = []contract{
	{"stock is the sum of its movements at every moment while everybody writes", func(b *bench) {
		codes := []string{"e", "d", "c", "b", "a"}
		b.stocked(40, codes...)
		var (
			writers sync.WaitGroup
			running atomic.Int64
			samples int
		)
		const count, each = 8, 40
		running.Store(count)
		for w := range count {
			writers.Go(func() {
				defer running.Add(-1)
				for i := range each {
					if err := b.write(w, i, codes); err != nil {
						b.Error(err)
						return
					}
				}
			})
		}
		for ; running.Load() > 0; samples++ {
			b.balanced()
		}
		writers.Wait()
		if samples < 10 {
			b.Errorf("only %d samples were taken while writers ran", samples)
		}
	}},
	{"balances follow from each other, oldest to newest", func(b *bench) {
		b.stocked(100, "tea")
		b.inParallel(60, func(i int) error {
			_, err := b.deduct(fmt.Sprintf("O%d", i), line("tea", int64(i%3+1)))
			return err
		})
		movements, err := b.Ledger.Movements(b.Context(), "tea", 0, 1000)
		if err != nil {
			b.Fatal(err)
		}
		for i := range len(movements) - 1 {
			newer, older := movements[i], movements[i+1]
			if newer.Balance != older.Balance+newer.Delta || newer.CreatedAt.Before(older.CreatedAt) {
				b.Errorf("%+v does not follow from %+v", newer, older)
			}
		}
	}},
	{"movements are told page by page", func(b *bench) {
		b.stocked(0, "tea", "mug")
		for i := range 5 {
			b.restock("tea", fmt.Sprintf("r%d", i), 1)
			b.restock("mug", fmt.Sprintf("r%d", i), 1)
		}
		var (
			got    []string
			before int64
		)
		for range 3 {
			page, err := b.Ledger.Movements(b.Context(), "tea", before, 2)
			if err != nil {
				b.Fatal(err)
			}
			for _, m := range page {
				got = append(got, m.SKU+" "+m.Ref)
				before = m.ID
			}
		}
		equal(b.T, "movements", got, []string{"tea r4", "tea r3", "tea r2", "tea r1", "tea r0"})
	}},
	{"an unknown SKU has no ledger", func(b *bench) {
		if _, err := b.Ledger.Movements(b.Context(), "nothing", 0, 10); !errors.Is(err, domain.ErrSKUNotFound) {
			b.Errorf("error is %v, want ErrSKUNotFound", err)
		}
	}},
}

// write makes one of the writers' moves; which one follows from its number.
func (b *bench) write(writer, i int, codes []string) error {
	number := fmt.Sprintf("O%dx%d", writer, i)
	one, other := codes[i%len(codes)], codes[(i+writer+1)%len(codes)]
	switch i % 5 {
	case 0:
		change, err := domain.NewRestock(one, number, 3, "")
		if err != nil {
			return err
		}
		_, err = b.Stock.Change(b.Context(), change)
		return err
	case 1:
		_, err := b.adjust(one, number, -2, "count")
		if errors.Is(err, domain.ErrStockOutOfRange) {
			return nil
		}
		return err
	case 2: // of an order that was deducted, refused, or not seen yet
		_, err := b.Stock.Release(b.Context(), fmt.Sprintf("O%dx%d", (writer+1)%8, i+1))
		return err
	default:
		_, err := b.deduct(number, line(one, 2), line(other, 7))
		return err
	}
}
