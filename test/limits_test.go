package test

import (
	"testing"

	order "github.com/stockonce/stockonce/app/order/limits"
	product "github.com/stockonce/stockonce/app/product/limits"
)

// An order that can be paid must be one that product can deduct: otherwise its
// task would be dead from the start.
func TestOrdersAreNoLargerThanProductAccepts(t *testing.T) {
	if order.MaxLines > product.MaxLines {
		t.Errorf("an order may have %d lines, a deduction %d", order.MaxLines, product.MaxLines)
	}
	if order.MaxQuantity > product.MaxLineQuantity {
		t.Errorf("an order may have %d pieces of a SKU, a deduction %d", order.MaxQuantity, product.MaxLineQuantity)
	}
}
