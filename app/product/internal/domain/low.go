package domain

// LowStock is a SKU whose stock a deduction took below its low-water mark.
type LowStock struct {
	SKU      string
	Stock    int64
	LowWater int64
}

// FellLow tells whether a change from before to after took the stock below the mark:
// of all changes after which the stock is low, only the one before which it was not.
func FellLow(before, after, lowWater int64) bool { return before >= lowWater && after < lowWater }
