package domain

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Line is so many pieces of a SKU.
type Line struct {
	SKU      string
	Quantity int64
}

// Deduction is the stock that one paid order takes, all lines or none. It is made
// by NewDeduction and does not change.
type Deduction struct {
	orderNumber string
	lines       []Line
}

// NewDeduction adds up the lines of each SKU and sorts them by code, so that two
// orders never wait for each other in opposite order and no SKU is checked twice
// against the same stock.
//
// It returns ErrInvalid for a malformed order number or code, for no line or more
// than MaxLines, for a quantity below one, and for more than MaxLineQuantity of one
// SKU.
func NewDeduction(number string, lines []Line) (Deduction, error) {
	if err := match("order number", orderNumber, number); err != nil {
		return Deduction{}, err
	}
	if err := within("number of lines", int64(len(lines)), 1, MaxLines); err != nil {
		return Deduction{}, err
	}
	merged := slices.Clone(lines)
	slices.SortFunc(merged, func(a, b Line) int { return strings.Compare(a.SKU, b.SKU) })
	kept := merged[:0]
	for _, line := range merged {
		if err := match("SKU code", skuCode, line.SKU); err != nil {
			return Deduction{}, err
		}
		// Each part is bounded before it is added, so the sum cannot overflow.
		if err := within("quantity of "+line.SKU, line.Quantity, 1, MaxLineQuantity); err != nil {
			return Deduction{}, err
		}
		if last := len(kept) - 1; last >= 0 && kept[last].SKU == line.SKU {
			line.Quantity += kept[last].Quantity
			if err := within("quantity of "+line.SKU, line.Quantity, 1, MaxLineQuantity); err != nil {
				return Deduction{}, err
			}
			kept[last] = line
			continue
		}
		kept = append(kept, line)
	}
	return Deduction{orderNumber: number, lines: slices.Clip(kept)}, nil
}

// OrderNumber is the order that takes the stock.
func (d Deduction) OrderNumber() string { return d.orderNumber }

// Lines are one per SKU, sorted by code.
func (d Deduction) Lines() []Line { return slices.Clone(d.lines) }

// Fingerprint tells two deductions apart by what they take: it is the SHA-256 of
// "v1" and each code and quantity, in hexadecimal. Stored fingerprints are compared
// for ever, so this function must not change.
func (d Deduction) Fingerprint() string {
	var b strings.Builder
	b.WriteString("v1\n")
	for _, line := range d.lines {
		// Neither separator can occur in a code or in a number.
		b.WriteString(line.SKU)
		b.WriteByte(' ')
		b.WriteString(strconv.FormatInt(line.Quantity, 10))
		b.WriteByte('\n')
	}
	sum := sha256.Sum256([]byte(b.String()))
	return hex.EncodeToString(sum[:])
}

// CheckOrderNumber returns ErrInvalid when number cannot be an order's.
func CheckOrderNumber(number string) error {
	return match("order number", orderNumber, number)
}

// Shortages tells what is missing, given the pieces on hand by code; a code that
// onHand lacks is unknown. No shortage means that every line can be taken.
func (d Deduction) Shortages(onHand map[string]int64) (short []Shortage) {
	for _, line := range d.lines {
		available, known := onHand[line.SKU]
		if known && available >= line.Quantity {
			continue
		}
		short = append(short, Shortage{
			SKU: line.SKU, Requested: line.Quantity, Available: available, Unknown: !known,
		})
	}
	return short
}

// String names the deduction in errors and logs.
func (d Deduction) String() string {
	return fmt.Sprintf("deduction of order %s (%d SKUs)", d.orderNumber, len(d.lines))
}
