// Package limits tells other modules' tests what the product service accepts, so
// that they can show that what they send is never wider.
package limits

import "github.com/stockonce/stockonce/app/product/internal/domain"

// See the package domain.
const (
	// MaxLines is how many lines one deduction may have.
	MaxLines = domain.MaxLines
	// MaxLineQuantity is how many pieces of one SKU one deduction may take, all its
	// lines together.
	MaxLineQuantity = domain.MaxLineQuantity
)
