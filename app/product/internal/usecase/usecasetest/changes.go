package usecasetest

import (
	"errors"

	"github.com/stockonce/stockonce/app/product/internal/domain"
)

// adjust has ann correct a SKU's stock.
func (b *bench) adjust(code, request string, delta int64, reason string) (domain.Movement, error) {
	return b.adjustBy("ann", code, request, delta, reason)
}

func (b *bench) adjustBy(by, code, request string, delta int64, reason string) (domain.Movement, error) {
	change, err := domain.NewAdjustment(code, request, delta, reason, by)
	if err != nil {
		b.Fatal(err)
	}
	return b.Stock.Change(b.Context(), change)
}

var changeTests = []contract{
	{"a restock adds its pieces and says so in the ledger", func(b *bench) {
		b.stocked(2, "tea")
		m := b.restock("tea", "r1", 5)
		if m.SKU != "tea" || m.Kind != domain.KindRestock || m.Delta != 5 || m.Balance != 7 || m.Reason != "delivery" {
			b.Errorf("movement is %+v", m)
		}
		b.stocks("tea", 7)
		b.moves("tea", "restock r1 +5 =7", "opening P0001 +2 =2")
	}},
	{"a restock sent again tells the recorded movement and adds nothing", func(b *bench) {
		b.stocked(0, "tea")
		first := b.restock("tea", "r1", 5)
		b.restock("tea", "r2", 1)
		if again := b.restock("tea", "r1", 5); again != first {
			b.Errorf("the second answer is %+v, the first was %+v", again, first)
		}
		b.stocks("tea", 6)
	}},
	{"a restock sent many times at the same time adds once", func(b *bench) {
		b.stocked(0, "tea")
		movements := make([]domain.Movement, 50)
		change, err := domain.NewRestock("tea", "r1", 5, "")
		if err != nil {
			b.Fatal(err)
		}
		b.inParallel(len(movements), func(i int) (err error) {
			movements[i], err = b.Stock.Change(b.Context(), change)
			return err
		})
		for _, m := range movements {
			if m != movements[0] {
				b.Errorf("one answer is %+v, another %+v", m, movements[0])
			}
		}
		b.stocks("tea", 5)
	}},
	{"a request id with other content is refused", func(b *bench) {
		b.stocked(0, "tea")
		b.restock("tea", "r1", 5)
		other, err := domain.NewRestock("tea", "r1", 6, "delivery")
		if err != nil {
			b.Fatal(err)
		}
		if _, err := b.Stock.Change(b.Context(), other); !errors.Is(err, domain.ErrRequestReused) {
			b.Errorf("error is %v, want ErrRequestReused", err)
		}
		b.stocks("tea", 5)
	}},
	{"a request id counts within its SKU and kind", func(b *bench) {
		b.stocked(0, "tea", "mug")
		b.restock("tea", "r1", 5)
		b.restock("mug", "r1", 5)
		if _, err := b.adjust("tea", "r1", 1, "found one"); err != nil {
			b.Error(err)
		}
		b.stocks("tea", 6)
		b.stocks("mug", 5)
	}},
	{"an adjustment below zero is refused and changes nothing", func(b *bench) {
		b.stocked(3, "tea")
		if _, err := b.adjust("tea", "a1", -4, "broken"); !errors.Is(err, domain.ErrStockOutOfRange) {
			b.Errorf("error is %v, want ErrStockOutOfRange", err)
		}
		b.moves("tea", "opening P0001 +3 =3")
		if _, err := b.adjust("tea", "a1", -3, "broken"); err != nil {
			b.Errorf("the same id, never used with effect, with what is possible: %v", err)
		}
		b.stocks("tea", 0)
	}},
	{"an adjustment keeps why it was made and by whom, whoever sends it again", func(b *bench) {
		b.stocked(3, "tea")
		first, err := b.adjust("tea", "a1", -1, "broken")
		if err != nil || first.By != "ann" || first.Reason != "broken" {
			b.Fatalf("movement is %+v, %v", first, err)
		}
		if again, err := b.adjustBy("bob", "tea", "a1", -1, "broken"); err != nil || again != first {
			b.Errorf("bob is answered with %+v, %v; ann was with %+v", again, err, first)
		}
		movements, err := b.Ledger.Movements(b.Context(), "tea", 0, 1)
		if err != nil || len(movements) != 1 || movements[0] != first {
			b.Errorf("the ledger says %+v, %v", movements, err)
		}
	}},
	{"an adjustment sent again is a replay even when it would not fit any more", func(b *bench) {
		b.stocked(3, "tea")
		first, err := b.adjust("tea", "a1", -3, "broken")
		if err != nil {
			b.Fatal(err)
		}
		again, err := b.adjust("tea", "a1", -3, "broken")
		if err != nil || again != first {
			b.Errorf("the second answer is %+v, %v; the first was %+v", again, err, first)
		}
		b.stocks("tea", 0)
	}},
	{"stock above what can be held is refused", func(b *bench) {
		b.stocked(domain.MaxOpeningStock, "tea")
		// Filled by hand: restocks of the largest size would be a million.
		fill := int64(domain.MaxStock - domain.MaxOpeningStock)
		if _, err := b.Stock.Change(b.Context(), domain.Change{SKU: "tea", Kind: domain.KindRestock, RequestID: "fill", Delta: fill}); err != nil {
			b.Fatal(err)
		}
		change, err := domain.NewRestock("tea", "one-more", 1, "")
		if err != nil {
			b.Fatal(err)
		}
		if _, err := b.Stock.Change(b.Context(), change); !errors.Is(err, domain.ErrStockOutOfRange) {
			b.Errorf("error is %v, want ErrStockOutOfRange", err)
		}
		b.stocks("tea", domain.MaxStock)
	}},
	{"an unknown SKU cannot be changed", func(b *bench) {
		if _, err := b.adjust("nothing", "a1", 1, "found"); !errors.Is(err, domain.ErrSKUNotFound) {
			b.Errorf("error is %v, want ErrSKUNotFound", err)
		}
	}},
}
