package usecasetest

import (
	"errors"
	"strings"
	"time"

	"github.com/stockonce/stockonce/app/product/internal/domain"
)

var productTests = []contract{
	{"a product is found as it was created", func(b *bench) {
		stored := b.product(
			domain.SKU{Code: "tea.b", Price: 250, Currency: "EUR", LowWater: 3},
			domain.SKU{Code: "tea.a", Price: 199, Currency: "CNY", Stock: 7},
		)
		if age := time.Since(stored.CreatedAt); age < -time.Minute || age > time.Minute || stored.CreatedAt.Location() != time.UTC {
			b.Errorf("created at %s, which is not now in UTC", stored.CreatedAt)
		}
		found, err := b.Products.Find(b.Context(), stored.ID)
		if err != nil {
			b.Fatal(err)
		}
		equal(b.T, "product", []domain.Product{found}, []domain.Product{stored})
		equal(b.T, "SKUs", found.SKUs, []domain.SKU{
			{Code: "tea.a", ProductID: stored.ID, Price: 199, Currency: "CNY", Stock: 7},
			{Code: "tea.b", ProductID: stored.ID, Price: 250, Currency: "EUR", LowWater: 3},
		})
	}},
	{"opening stock opens the ledger, no stock does not", func(b *bench) {
		b.stocked(7, "full")
		b.stocked(0, "empty")
		b.moves("full", "opening P0001 +7 =7")
		b.moves("empty")
	}},
	{"a taken code is named and nothing of the product is stored", func(b *bench) {
		b.stocked(1, "taken")
		again, err := domain.NewProduct("P9999", "another", []domain.SKU{
			{Code: "free", Price: 1, Currency: "CNY", Stock: 5},
			{Code: "taken", Price: 1, Currency: "CNY", Stock: 5},
		})
		if err != nil {
			b.Fatal(err)
		}
		_, err = b.Products.Create(b.Context(), again)
		if !errors.Is(err, domain.ErrSKUExists) || !strings.Contains(err.Error(), "taken") || strings.Contains(err.Error(), "free") {
			b.Errorf("error is %v, want ErrSKUExists that names only the taken code", err)
		}
		if _, err := b.Products.Find(b.Context(), "P9999"); !errors.Is(err, domain.ErrProductNotFound) {
			b.Errorf("error is %v, want ErrProductNotFound", err)
		}
		if skus, err := b.Products.SKUs(b.Context(), []string{"free"}); err != nil || len(skus) != 0 {
			b.Errorf("%d SKUs of the refused product are stored, error %v", len(skus), err)
		}
	}},
	{"an unknown product is not found", func(b *bench) {
		if _, err := b.Products.Find(b.Context(), "P0001"); !errors.Is(err, domain.ErrProductNotFound) {
			b.Errorf("error is %v, want ErrProductNotFound", err)
		}
	}},
	{"products are listed newest first and page by page", func(b *bench) {
		b.stocked(1, "a", "b", "c", "d", "e")
		var got []string
		before := ""
		for range 3 {
			page, err := b.Products.List(b.Context(), before, 2)
			if err != nil {
				b.Fatal(err)
			}
			for _, p := range page {
				got = append(got, p.ID+" "+p.SKUs[0].Code)
				before = p.ID
			}
		}
		equal(b.T, "products", got, []string{"P0005 e", "P0004 d", "P0003 c", "P0002 b", "P0001 a"})
	}},
	{"SKUs are told sorted, once each and without the unknown ones", func(b *bench) {
		b.stocked(1, "b", "a", "c")
		skus, err := b.Products.SKUs(b.Context(), []string{"c", "nothing", "a", "c"})
		if err != nil {
			b.Fatal(err)
		}
		var codes []string
		for _, s := range skus {
			codes = append(codes, s.Code)
		}
		equal(b.T, "codes", codes, []string{"a", "c"})
	}},
	{"codes differ by case", func(b *bench) {
		b.stocked(1, "tea", "TEA")
		b.answers(domain.OutcomeDeducted, "O1", line("tea", 1))
		b.stocks("tea", 0)
		b.stocks("TEA", 1)
	}},
	{"a product is created once by many at the same time", func(b *bench) {
		created := make([]bool, 20)
		b.inParallel(len(created), func(i int) error {
			p, err := domain.NewProduct("Q"+string(rune('A'+i)), "same", []domain.SKU{
				{Code: "x", Price: 1, Currency: "CNY", Stock: 1}, {Code: "y", Price: 1, Currency: "CNY", Stock: 1},
			})
			if err != nil {
				return err
			}
			_, err = b.Products.Create(b.Context(), p)
			created[i] = err == nil
			if errors.Is(err, domain.ErrSKUExists) {
				return nil
			}
			return err
		})
		if n := count(created); n != 1 {
			b.Errorf("%d products were created with the same codes, want 1", n)
		}
	}},
}

func count(flags []bool) (n int) {
	for _, flag := range flags {
		if flag {
			n++
		}
	}
	return n
}
