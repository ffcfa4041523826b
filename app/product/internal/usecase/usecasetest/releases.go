package usecasetest

import "github.com/stockonce/stockonce/app/product/internal/domain"

var releaseTests = []contract{
	{"a release gives back every line", func(b *bench) {
		b.stocked(5, "tea", "mug")
		b.answers(domain.OutcomeDeducted, "O1", line("tea", 2), line("mug", 5))
		b.releases(domain.ReleaseDone, "O1")
		b.moves("tea", "release O1 +2 =5", "sale O1 -2 =3", "opening P0001 +5 =5")
		b.moves("mug", "release O1 +5 =5", "sale O1 -5 =0", "opening P0002 +5 =5")
	}},
	{"a release sent again gives back nothing more", func(b *bench) {
		b.stocked(5, "tea")
		b.answers(domain.OutcomeDeducted, "O1", line("tea", 2))
		b.releases(domain.ReleaseDone, "O1")
		b.releases(domain.ReleaseDone, "O1")
		b.stocks("tea", 5)
	}},
	{"what was given back is not taken again", func(b *bench) {
		b.stocked(5, "tea")
		b.answers(domain.OutcomeDeducted, "O1", line("tea", 2))
		b.releases(domain.ReleaseDone, "O1")
		b.answers(domain.OutcomeRefused, "O1", line("tea", 2))
		b.answers(domain.OutcomeRefused, "O1", line("tea", 3))
		b.stocks("tea", 5)
	}},
	{"an order released before it was deducted takes nothing", func(b *bench) {
		b.stocked(5, "tea")
		b.releases(domain.ReleaseDone, "O1")
		b.releases(domain.ReleaseDone, "O1")
		b.answers(domain.OutcomeRefused, "O1", line("tea", 2))
		b.releases(domain.ReleaseDone, "O1")
		b.moves("tea", "opening P0001 +5 =5")
	}},
	{"a refused order has nothing to give back and stays refused", func(b *bench) {
		b.stocked(1, "tea")
		first := b.answers(domain.OutcomeRefused, "O1", line("tea", 2))
		b.releases(domain.ReleaseRefused, "O1")
		again := b.answers(domain.OutcomeRefused, "O1", line("tea", 2))
		equal(b.T, "short lines after the release", again.Short, first.Short)
		b.moves("tea", "opening P0001 +1 =1")
	}},
	{"what is given back can be taken by another order", func(b *bench) {
		b.stocked(1, "tea")
		b.answers(domain.OutcomeDeducted, "O1", line("tea", 1))
		b.answers(domain.OutcomeRefused, "O2", line("tea", 1))
		b.releases(domain.ReleaseDone, "O1")
		b.answers(domain.OutcomeDeducted, "O3", line("tea", 1))
	}},
	{"a release of an order at the same time gives back once", func(b *bench) {
		b.stocked(5, "tea")
		b.answers(domain.OutcomeDeducted, "O1", line("tea", 2))
		b.inParallel(50, func(int) error {
			_, err := b.Stock.Release(b.Context(), "O1")
			return err
		})
		b.moves("tea", "release O1 +2 =5", "sale O1 -2 =3", "opening P0001 +5 =5")
	}},
}
