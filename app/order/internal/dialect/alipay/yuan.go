package alipay

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

var errAmount = errors.New("must be yuan with at most two decimals, up to 92233720368547758.07")

// MinorUnits reads yuan as fen, exactly: digits, and a point with one or two digits
// behind it. Signs, exponents, spaces and anything else are refused.
func MinorUnits(yuan string) (int64, error) {
	whole, fen, point := strings.Cut(yuan, ".")
	if !digits(whole) || point && (!digits(fen) || len(fen) > 2) {
		return 0, errAmount
	}
	n, err := strconv.ParseInt(whole+fen+"00"[len(fen):], 10, 64)
	if err != nil {
		return 0, errAmount
	}
	return n, nil
}

func digits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}

// Yuan writes fen, which are not below zero.
func Yuan(fen int64) string { return fmt.Sprintf("%d.%02d", fen/100, fen%100) }
