package domain

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Limits of an order. They are no wider than the product service's own, or an
// order could be paid that can never be deducted.
const (
	MaxLines    = 200
	MaxQuantity = 100_000
)

// ErrInvalidLines is returned for lines that no order can have; the text says which rule is broken.
var ErrInvalidLines = errors.New("invalid lines")

// Item is so many pieces of a SKU.
type Item struct {
	SKU      string
	Quantity int64
}

// Line is an item of an order with the price it was ordered at.
type Line struct {
	Item
	UnitPrice int64
}

// mergeItems adds up the items of one SKU and sorts them by SKU, so that whoever
// locks stock line by line locks it in one order and each row once.
func mergeItems(items []Item) ([]Item, error) {
	if len(items) == 0 || len(items) > MaxLines {
		return nil, fmt.Errorf("lines: %d of them, must be 1 to %d: %w", len(items), MaxLines, ErrInvalidLines)
	}
	items = slices.SortedFunc(slices.Values(items), func(a, b Item) int { return strings.Compare(a.SKU, b.SKU) })
	merged := items[:0]
	for _, item := range items {
		if item.Quantity < 1 || item.Quantity > MaxQuantity {
			return nil, quantityError(item.SKU, item.Quantity)
		}
		last := len(merged) - 1
		if last < 0 || merged[last].SKU != item.SKU {
			merged = append(merged, item)
			continue
		}
		merged[last].Quantity += item.Quantity
		if merged[last].Quantity > MaxQuantity {
			return nil, quantityError(item.SKU, merged[last].Quantity)
		}
	}
	return merged, nil
}

func quantityError(sku string, quantity int64) error {
	return fmt.Errorf("lines: quantity of %s is %d, must be 1 to %d: %w", sku, quantity, MaxQuantity, ErrInvalidLines)
}
