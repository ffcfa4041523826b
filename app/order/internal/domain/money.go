package domain

import (
	"errors"
	"fmt"
	"math"
)

// ErrAmountTooLarge is returned when an amount does not fit into 63 bits of minor units.
var ErrAmountTooLarge = errors.New("amount too large")

// Money is an amount in minor units (cents, fen) of an ISO 4217 currency.
type Money struct {
	Minor    int64
	Currency string
}

// Times is m multiplied by a quantity of at least zero. ErrAmountTooLarge is
// returned when the product does not fit.
func (m Money) Times(quantity int64) (Money, error) {
	if quantity != 0 && m.Minor > math.MaxInt64/quantity {
		return Money{}, fmt.Errorf("%d times %s: %w", quantity, m, ErrAmountTooLarge)
	}
	return Money{Minor: m.Minor * quantity, Currency: m.Currency}, nil
}

// Plus is the sum of two amounts of one currency, neither below zero.
// ErrAmountTooLarge is returned when it does not fit.
func (m Money) Plus(n Money) (Money, error) {
	if m.Minor > math.MaxInt64-n.Minor {
		return Money{}, fmt.Errorf("%s plus %s: %w", m, n, ErrAmountTooLarge)
	}
	return Money{Minor: m.Minor + n.Minor, Currency: m.Currency}, nil
}

func (m Money) String() string { return fmt.Sprintf("%d %s", m.Minor, m.Currency) }
