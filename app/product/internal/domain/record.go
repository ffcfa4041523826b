package domain

import "time"

// DeductionRecord is a stored deduction beside what the ledger says of its order. An
// order that moved stock without a deduction has no state.
type DeductionRecord struct {
	StoredDeduction

	// Taken and Returned are what sales took and releases gave back, sorted by SKU.
	Taken    []Line
	Returned []Line
	// Unchanged is for how long nothing of it has changed.
	Unchanged time.Duration
}

// StockLevel is a SKU's stock beside the sum of its movements. They differ only where
// somebody changed rows by hand.
type StockLevel struct {
	SKU   string
	Stock int64
	Moved int64
}
