package usecasetest

import (
	"fmt"

	"github.com/stockonce/stockonce/app/product/internal/domain"
)

var deductionTests = []contract{
	{"an order takes all its lines and the ledger says so", func(b *bench) {
		b.stocked(5, "mug", "tea")
		b.answers(domain.OutcomeDeducted, "O1", line("tea", 2), line("mug", 5))
		b.moves("tea", "sale O1 -2 =3", "opening P0002 +5 =5")
		b.moves("mug", "sale O1 -5 =0", "opening P0001 +5 =5")
	}},
	{"a deducted order sent again is told so and takes nothing more", func(b *bench) {
		b.stocked(5, "tea")
		b.answers(domain.OutcomeDeducted, "O1", line("tea", 2))
		b.answers(domain.OutcomeDeducted, "O1", line("tea", 1), line("tea", 1))
		b.stocks("tea", 3)
	}},
	{"an order number with other lines is a conflict and changes nothing", func(b *bench) {
		b.stocked(5, "tea")
		b.stocked(0, "mug")
		b.answers(domain.OutcomeDeducted, "O1", line("tea", 2))
		b.answers(domain.OutcomeConflict, "O1", line("tea", 3))
		b.answers(domain.OutcomeRefused, "O2", line("mug", 1))
		b.answers(domain.OutcomeConflict, "O2", line("tea", 1))
		b.stocks("tea", 3)
	}},
	{"two lines of one SKU are counted together", func(b *bench) {
		b.stocked(5, "tea")
		answer := b.answers(domain.OutcomeRefused, "O1", line("tea", 3), line("tea", 3))
		equal(b.T, "short lines", answer.Short, []domain.Shortage{{SKU: "tea", Requested: 6, Available: 5}})
		b.stocks("tea", 5)
	}},
	{"every short and unknown line is listed and nothing is taken", func(b *bench) {
		b.stocked(9, "z-enough", "a-enough")
		b.stocked(1, "m-short", "b-short")
		answer := b.answers(domain.OutcomeRefused, "O1",
			line("m-short", 2), line("z-enough", 9), line("nothing", 4), line("b-short", 3), line("a-enough", 1))
		equal(b.T, "short lines", answer.Short, []domain.Shortage{
			{SKU: "b-short", Requested: 3, Available: 1},
			{SKU: "m-short", Requested: 2, Available: 1},
			{SKU: "nothing", Requested: 4, Unknown: true},
		})
		for code, stock := range map[string]int64{"z-enough": 9, "a-enough": 9, "m-short": 1, "b-short": 1} {
			b.stocks(code, stock)
		}
		b.moves("a-enough", "opening P0002 +9 =9")
	}},
	{"lines that come before a short one are given back", func(b *bench) {
		b.stocked(4, "first")
		b.stocked(0, "second")
		b.answers(domain.OutcomeRefused, "O1", line("first", 4), line("second", 1))
		b.stocks("first", 4)
		b.answers(domain.OutcomeDeducted, "O2", line("first", 4))
	}},
	{"an order of unknown SKUs only is refused", func(b *bench) {
		answer := b.answers(domain.OutcomeRefused, "O1", line("nothing", 1))
		equal(b.T, "short lines", answer.Short, []domain.Shortage{{SKU: "nothing", Requested: 1, Unknown: true}})
	}},
	{"a refused order stays refused when stock arrives", func(b *bench) {
		b.stocked(1, "tea")
		first := b.answers(domain.OutcomeRefused, "O1", line("tea", 2))
		b.restock("tea", "r1", 10)
		again := b.answers(domain.OutcomeRefused, "O1", line("tea", 2))
		equal(b.T, "short lines of the replay", again.Short, first.Short)
		b.stocks("tea", 11)
	}},
	{"a deduction that takes stock below its mark says so, and the next does not", func(b *bench) {
		b.product(
			domain.SKU{Code: "tea", Price: 1, Currency: "CNY", Stock: 5, LowWater: 4},
			domain.SKU{Code: "mug", Price: 1, Currency: "CNY", Stock: 5},
		)
		for i, step := range []struct {
			quantity int64
			want     []domain.LowStock
		}{
			{1, nil}, // at the mark is not below it
			{1, []domain.LowStock{{SKU: "tea", Stock: 3, LowWater: 4}}},
			{1, nil},
		} {
			number := fmt.Sprintf("O%d", i)
			for _, want := range [][]domain.LowStock{step.want, nil} { // the same again is a replay
				answer, err := b.deduct(number, line("tea", step.quantity), line("mug", 1))
				if err != nil {
					b.Fatal(err)
				}
				equal(b.T, "low after "+number, answer.Low, want)
			}
		}
	}},
	{"order numbers differ by case", func(b *bench) {
		b.stocked(5, "tea")
		b.answers(domain.OutcomeDeducted, "Order", line("tea", 1))
		b.answers(domain.OutcomeDeducted, "ORDER", line("tea", 2))
		b.stocks("tea", 2)
	}},
	{"the longest order is taken whole", func(b *bench) {
		var lines []domain.Line
		for i := range domain.MaxLines {
			if i%domain.MaxSKUs == 0 {
				var skus []domain.SKU
				for j := range domain.MaxSKUs {
					skus = append(skus, domain.SKU{Code: fmt.Sprintf("s%04d", i+j), Price: 1, Currency: "CNY", Stock: 1})
				}
				b.product(skus...)
			}
			lines = append(lines, line(fmt.Sprintf("s%04d", i), 1))
		}
		b.answers(domain.OutcomeDeducted, "O1", lines...)
		b.answers(domain.OutcomeRefused, "O2", lines...)
		b.stocks("s0999", 0)
	}},
}
