package domain

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Product is something the shop sells, in one or more SKUs.
type Product struct {
	ID   string
	Name string
	// SKUs are sorted by code.
	SKUs      []SKU
	CreatedAt time.Time
}

// NewProduct checks a product that is to be created and sorts its SKUs. It returns
// ErrInvalid when a value breaks a rule or two SKUs have the same code.
func NewProduct(id, name string, skus []SKU) (Product, error) {
	if err := checkText("name", name, 1, MaxNameLength); err != nil {
		return Product{}, err
	}
	if err := within("number of SKUs", int64(len(skus)), 1, MaxSKUs); err != nil {
		return Product{}, err
	}
	skus = slices.Clone(skus)
	slices.SortFunc(skus, func(a, b SKU) int { return strings.Compare(a.Code, b.Code) })
	for i := range skus {
		skus[i].ProductID = id
		if err := skus[i].check(); err != nil {
			return Product{}, err
		}
		if i > 0 && skus[i].Code == skus[i-1].Code {
			return Product{}, fmt.Errorf("%w: two SKUs have the code %q", ErrInvalid, skus[i].Code)
		}
	}
	return Product{ID: id, Name: name, SKUs: skus}, nil
}

// checkText refuses what would be stored but could not be shown.
func checkText(what, text string, least, most int64) error {
	if !utf8.ValidString(text) || strings.ContainsFunc(text, unicode.IsControl) {
		return fmt.Errorf("%w: %s holds characters that cannot be shown", ErrInvalid, what)
	}
	if least > 0 && strings.TrimSpace(text) == "" {
		return fmt.Errorf("%w: %s is blank", ErrInvalid, what)
	}
	return within("length of "+what, int64(utf8.RuneCountInString(text)), least, most)
}
