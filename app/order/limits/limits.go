// Package limits tells other modules' tests how large an order can be, so that they
// can show that product accepts all of it.
package limits

import "github.com/stockonce/stockonce/app/order/internal/domain"

// See the package domain.
const (
	// MaxLines is how many SKUs one order may have.
	MaxLines = domain.MaxLines
	// MaxQuantity is how many pieces of one SKU one order may have, all its lines
	// together.
	MaxQuantity = domain.MaxQuantity
)
