package domain

import (
	"errors"
	"math"
	"math/big"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// amounts are of every size, the largest more often than by chance.
var amounts = rapid.OneOf(rapid.Int64Range(0, 10_000), rapid.Int64Min(0), rapid.Int64Range(math.MaxInt64-1000, math.MaxInt64))

func TestMoneyIsExactOrRefused(t *testing.T) {
	exact := func(t *rapid.T, got Money, err error, want *big.Int) {
		t.Helper()
		switch {
		case !want.IsInt64():
			if !errors.Is(err, ErrAmountTooLarge) || got != (Money{}) {
				t.Fatalf("got %s, %v, and %s does not fit", got, err, want)
			}
		case err != nil || got.Minor != want.Int64() || got.Currency != "CNY":
			t.Fatalf("got %s, %v, want %s CNY", got, err, want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		a, b := Money{amounts.Draw(t, "a"), "CNY"}, Money{amounts.Draw(t, "b"), "CNY"}
		sum, err := a.Plus(b)
		exact(t, sum, err, new(big.Int).Add(big.NewInt(a.Minor), big.NewInt(b.Minor)))
		if other, _ := b.Plus(a); other != sum {
			t.Fatalf("%s and %s make %s or %s", a, b, sum, other)
		}
		quantity := amounts.Draw(t, "quantity")
		product, err := a.Times(quantity)
		exact(t, product, err, new(big.Int).Mul(big.NewInt(a.Minor), big.NewInt(quantity)))
	})
}

func TestAnOrderCostsTheSumOfItsLines(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		items, prices := drawItems(t), map[string]Money{}
		want := new(big.Int)
		for _, item := range items {
			if _, ok := prices[item.SKU]; !ok {
				prices[item.SKU] = Money{amounts.Draw(t, "price of "+item.SKU), "CNY"}
			}
			want.Add(want, new(big.Int).Mul(big.NewInt(prices[item.SKU].Minor), big.NewInt(item.Quantity)))
		}
		wish, err := NewWish("c", "r", "", items)
		if err != nil {
			t.Fatal(err)
		}
		o, err := Place("O1", wish, prices, today, time.Hour)
		switch {
		case !want.IsInt64():
			if !errors.Is(err, ErrAmountTooLarge) {
				t.Fatalf("error is %v, the order costs %s", err, want)
			}
		case err != nil || o.Total() != Money{want.Int64(), "CNY"} || o.Status() != Created:
			t.Fatalf("got %v, %v, want %s", o, err, want)
		}
	})
}

// drawItems are items that an order can have, some of one SKU.
func drawItems(t *rapid.T) []Item {
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) Item {
		return Item{SKU: rapid.SampledFrom([]string{"a", "b", "B", "a-b", "c"}).Draw(t, "sku"), Quantity: rapid.Int64Range(1, 50).Draw(t, "quantity")}
	}), 1, 20).Draw(t, "items")
}

func TestWhatIsOrderedDoesNotDependOnTheOrderOfLines(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		items := drawItems(t)
		sums := map[string]int64{}
		for _, item := range items {
			sums[item.SKU] += item.Quantity
		}
		given := slices.Clone(items)
		wish, err := NewWish("c", "r", "standard", items)
		if err != nil || !slices.Equal(given, items) {
			t.Fatalf("error %v, the caller's items became %v", err, items)
		}
		if !slices.IsSortedFunc(wish.Items, func(a, b Item) int { return strings.Compare(a.SKU, b.SKU) }) || len(wish.Items) != len(sums) {
			t.Fatalf("items are %v", wish.Items)
		}
		for _, item := range wish.Items {
			if item.Quantity != sums[item.SKU] {
				t.Fatalf("%d %s, want %d", item.Quantity, item.SKU, sums[item.SKU])
			}
		}
		other, err := NewWish("someone else", "r2", "standard", rapid.Permutation(items).Draw(t, "other order"))
		if err != nil || other.Hash() != wish.Hash() || !slices.Equal(other.Items, wish.Items) {
			t.Fatalf("in another order: %v, %v", other, err)
		}
		again, err := NewWish("c", "r", "standard", wish.Items)
		if err != nil || !slices.Equal(again.Items, wish.Items) {
			t.Fatalf("merged again: %v, %v", again, err)
		}
	})
}

func TestTwoWishesHaveOneHashOnlyWhenTheyAskForTheSame(t *testing.T) {
	draw := rapid.Custom(func(t *rapid.T) Wish {
		skus := rapid.SampledFrom([]string{"a", "b", "a 1", "a\n", `a"`, "a 1\nb"})
		items := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) Item {
			return Item{skus.Draw(t, "sku"), rapid.Int64Range(1, 2).Draw(t, "quantity")}
		}), 1, 2).Draw(t, "items")
		wish, err := NewWish("c", "r", rapid.SampledFrom([]string{"", "a", "a\n"}).Draw(t, "provider"), items)
		if err != nil {
			t.Fatal(err)
		}
		return wish
	})
	rapid.Check(t, func(t *rapid.T) {
		a, b := draw.Draw(t, "a"), draw.Draw(t, "b")
		if same := a.Provider == b.Provider && slices.Equal(a.Items, b.Items); (a.Hash() == b.Hash()) != same {
			t.Fatalf("%+v has the hash %s, %+v has %s", a, a.Hash(), b, b.Hash())
		}
	})
}

func TestLinesAreRefusedExactlyWhenARuleIsBroken(t *testing.T) {
	quantities := rapid.OneOf(rapid.Int64Range(-1, 2), rapid.Int64Range(MaxQuantity/2-1, MaxQuantity/2+1), rapid.Int64Range(MaxQuantity-1, MaxQuantity+1), rapid.Int64())
	rapid.Check(t, func(t *rapid.T) {
		items := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) Item {
			return Item{rapid.StringMatching("[a-c]").Draw(t, "sku"), quantities.Draw(t, "quantity")}
		}), 0, 4).Draw(t, "items")
		if rapid.IntRange(0, 9).Draw(t, "many") == 0 {
			items = make([]Item, rapid.IntRange(MaxLines-1, MaxLines+1).Draw(t, "lines"))
			for i := range items {
				items[i] = Item{"a", 1}
			}
		}
		good := len(items) >= 1 && len(items) <= MaxLines
		sums := map[string]*big.Int{}
		for _, item := range items {
			if sums[item.SKU] == nil {
				sums[item.SKU] = new(big.Int)
			}
			sums[item.SKU].Add(sums[item.SKU], big.NewInt(item.Quantity))
			good = good && item.Quantity >= 1
		}
		for _, sum := range sums {
			good = good && sum.Cmp(big.NewInt(MaxQuantity)) <= 0
		}
		_, err := NewWish("c", "r", "", items)
		if good != (err == nil) || !good && !errors.Is(err, ErrInvalidLines) {
			t.Fatalf("%v: %v, good: %t", items, err, good)
		}
	})
}
