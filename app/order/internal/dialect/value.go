package dialect

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"regexp"
	"strconv"
	"time"
)

var (
	integer  = regexp.MustCompile(`^[0-9]{1,19}$`)
	currency = regexp.MustCompile(`^[A-Z]{3}$`)
)

// MinorUnits reads a JSON integer above zero, exactly: no float, exponent or quotes.
func MinorUnits(raw json.RawMessage) (int64, error) {
	if !integer.Match(raw) {
		return 0, errors.New("must be a JSON integer of minor units above zero")
	}
	amount, err := strconv.ParseInt(string(raw), 10, 64)
	if err != nil || amount == 0 {
		return 0, fmt.Errorf("must be 1 to %d", int64(math.MaxInt64))
	}
	return amount, nil
}

// CheckCurrency returns an error unless text is written as ISO 4217 writes currencies.
func CheckCurrency(text string) error {
	if !currency.MatchString(text) {
		return errors.New("must be three capital letters")
	}
	return nil
}

// Moment reads an RFC 3339 time, which may be missing: zero. See Keepable.
func Moment(text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	t, err := time.Parse(time.RFC3339, text)
	if err == nil {
		t, err = Keepable(t)
	}
	if err != nil {
		return time.Time{}, errors.New("must be an RFC 3339 time after the year 2000")
	}
	return t, nil
}

// Keepable is a time as every database keeps it: in UTC, with microseconds, in a year
// that is in reach of all of them. Any other is an error: it is no time of a payment.
func Keepable(t time.Time) (time.Time, error) {
	if t.Year() < 2000 || t.Year() > 9000 {
		return time.Time{}, errors.New("the year is out of reach")
	}
	return t.UTC().Truncate(time.Microsecond), nil
}
