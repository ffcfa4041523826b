package domain

import (
	"errors"
	"strings"
	"testing"
)

func TestAProductThatBreaksARuleIsInvalid(t *testing.T) {
	sku := func(change func(*SKU)) []SKU {
		s := SKU{Code: "tea", Price: 100, Currency: "CNY"}
		change(&s)
		return []SKU{s}
	}
	good := sku(func(*SKU) {})
	for _, c := range []struct {
		name    string
		product string
		skus    []SKU
		ok      bool
	}{
		{"the least", "x", good, true},
		{"no name", "", good, false},
		{"a blank name", " \u3000", good, false},
		{"the longest name, in characters", strings.Repeat("茶", MaxNameLength), good, true},
		{"a name too long", strings.Repeat("x", MaxNameLength+1), good, false},
		{"a name with a control character", "tea\x00", good, false},
		{"a name that is no text", "tea\xff", good, false},
		{"no SKU", "x", nil, false},
		{"too many SKUs", "x", make([]SKU, MaxSKUs+1), false},
		{"two SKUs of one code", "x", append(sku(func(*SKU) {}), good...), false},
		{"a code that starts with a dot", "x", sku(func(s *SKU) { s.Code = ".tea" }), false},
		{"a price of nothing", "x", sku(func(s *SKU) { s.Price = 0 }), false},
		{"the highest price", "x", sku(func(s *SKU) { s.Price = MaxPrice }), true},
		{"a price too high", "x", sku(func(s *SKU) { s.Price = MaxPrice + 1 }), false},
		{"a currency in small letters", "x", sku(func(s *SKU) { s.Currency = "cny" }), false},
		{"opening stock below zero", "x", sku(func(s *SKU) { s.Stock = -1 }), false},
		{"the most opening stock", "x", sku(func(s *SKU) { s.Stock = MaxOpeningStock }), true},
		{"too much opening stock", "x", sku(func(s *SKU) { s.Stock = MaxOpeningStock + 1 }), false},
		{"low water below zero", "x", sku(func(s *SKU) { s.LowWater = -1 }), false},
		{"low water too high", "x", sku(func(s *SKU) { s.LowWater = MaxOpeningStock + 1 }), false},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := NewProduct("P1", c.product, c.skus)
			if c.ok && err != nil {
				t.Errorf("refused: %v", err)
			}
			if !c.ok && !errors.Is(err, ErrInvalid) {
				t.Errorf("error is %v, want ErrInvalid", err)
			}
		})
	}
}

func TestAProductsSKUsAreSortedAndItsOwn(t *testing.T) {
	given := []SKU{{Code: "b", Price: 1, Currency: "CNY"}, {Code: "a", Price: 1, Currency: "CNY"}}
	p, err := NewProduct("P1", "tea", given)
	if err != nil {
		t.Fatal(err)
	}
	if p.SKUs[0].Code != "a" || p.SKUs[1].Code != "b" || p.SKUs[0].ProductID != "P1" || p.SKUs[1].ProductID != "P1" {
		t.Errorf("SKUs are %+v", p.SKUs)
	}
	if given[0].Code != "b" || given[0].ProductID != "" {
		t.Errorf("the caller's SKUs became %+v", given)
	}
}
