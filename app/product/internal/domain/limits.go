package domain

// Limits. Whoever sends deductions must stay within them: a deduction that breaks
// one is not refused but invalid, and can never be decided.
const (
	// MaxLines is how many lines one deduction may have.
	MaxLines = 1000
	// MaxLineQuantity is how many pieces of one SKU one deduction may take, all its
	// lines together.
	MaxLineQuantity = 1_000_000
)

// Limits of products and of changes made by people.
const (
	// MaxSKUs is how many SKUs one product may be created with.
	MaxSKUs = 200
	// MaxNameLength is how many characters a product's name may have.
	MaxNameLength = 200
	// MaxReasonLength is how many characters the reason of a movement may have.
	MaxReasonLength = 200
	// MaxByLength is how many characters the name of who asked for it may have.
	MaxByLength = 64
	// MaxPrice is the highest price of one piece, in minor units.
	MaxPrice = 1_000_000_000_000
	// MaxOpeningStock is the highest stock a SKU may be created with.
	MaxOpeningStock = 1_000_000_000_000
	// MaxChange is how many pieces one restock or adjustment may move.
	MaxChange = 1_000_000_000
	// MaxStock is the highest stock that a restock or adjustment may lead to. It
	// keeps sums far from what a 64 bit integer holds.
	MaxStock = 1_000_000_000_000_000
)
