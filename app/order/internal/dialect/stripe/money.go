package stripe

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/stockonce/stockonce/app/order/internal/domain"
)

var code = regexp.MustCompile(`^[A-Za-z]{3}$`)

// Stripe counts in minor units of ISO 4217, but for three currencies
// (https://docs.stripe.com/currencies#zero-decimal and #special-cases). HUF and TWD
// are special in payouts only.
var (
	// hundredths that ISO 4217 does not know: 5 ISK are 500 at Stripe, and 5 here.
	hundredths = map[string]bool{"ISK": true, "UGX": true}
	// wholes that ISO 4217 divides by 100: 5 MGA are 5 at Stripe, and 500 here.
	wholes = map[string]bool{"MGA": true}
)

// Money is an amount above zero as Stripe writes it. An error says which rule is
// broken; field is how it calls the amount.
func Money(field string, amount int64, currency string) (domain.Money, error) {
	if !code.MatchString(currency) {
		return domain.Money{}, errors.New("currency: must be three letters")
	}
	m := domain.Money{Minor: amount, Currency: strings.ToUpper(currency)}
	if amount < 1 {
		return domain.Money{}, fmt.Errorf("%s: must be an integer above zero", field)
	}
	switch {
	case hundredths[m.Currency]:
		if amount%100 != 0 {
			return domain.Money{}, fmt.Errorf("%s: must be a multiple of 100 in %s", field, m.Currency)
		}
		m.Minor /= 100
	case wholes[m.Currency]:
		var err error
		if m, err = m.Times(100); err != nil {
			return domain.Money{}, fmt.Errorf("%s: %w", field, domain.ErrAmountTooLarge)
		}
	}
	return m, nil
}

// Amount is how Stripe writes an amount: the opposite of Money.
func Amount(m domain.Money) (int64, error) {
	switch {
	case m.Minor < 1:
		return 0, fmt.Errorf("%s: must be above zero", m)
	case hundredths[m.Currency]:
		written, err := m.Times(100)
		return written.Minor, err
	case wholes[m.Currency]:
		if m.Minor%100 != 0 {
			return 0, fmt.Errorf("%s: Stripe knows no fractions of %s", m, m.Currency)
		}
		return m.Minor / 100, nil
	}
	return m.Minor, nil
}
