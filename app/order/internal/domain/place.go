package domain

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"time"
)

var (
	// ErrUnknownSKU is returned when a line's SKU has no price; the text names it.
	ErrUnknownSKU = errors.New("unknown SKU")
	// ErrMixedCurrencies is returned when the lines are priced in more than one currency.
	ErrMixedCurrencies = errors.New("lines priced in more than one currency")
)

// Wish is what a customer asks for, before it has prices and a number.
type Wish struct {
	Customer  string
	RequestID string
	Provider  string
	Items     []Item // merged and sorted
}

// NewWish merges the items of one SKU and checks the rules of lines.
// ErrInvalidLines is returned when one is broken.
func NewWish(customer, requestID, provider string, items []Item) (Wish, error) {
	merged, err := mergeItems(items)
	if err != nil {
		return Wish{}, err
	}
	return Wish{Customer: customer, RequestID: requestID, Provider: provider, Items: merged}, nil
}

// Hash tells whether two wishes ask for the same. Prices are no part of it: the
// same request a day later is still the same request.
func (w Wish) Hash() string {
	h := sha256.New()
	fmt.Fprintf(h, "v1\n%q\n", w.Provider)
	for _, item := range w.Items {
		fmt.Fprintf(h, "%q %d\n", item.SKU, item.Quantity)
	}
	return hex.EncodeToString(h.Sum(nil))
}

// SKUs are the codes that need a price.
func (w Wish) SKUs() []string {
	codes := make([]string, len(w.Items))
	for i, item := range w.Items {
		codes[i] = item.SKU
	}
	return codes
}

// Place makes the order that the wish asks for, at the given prices by SKU. It
// waits for its payment from now on for the time given.
//
// ErrUnknownSKU, ErrMixedCurrencies and ErrAmountTooLarge are returned.
func Place(number string, w Wish, prices map[string]Money, now time.Time, payWithin time.Duration) (*Order, error) {
	o := &Order{
		number: number, customer: w.Customer, requestID: w.RequestID, requestHash: w.Hash(),
		provider: w.Provider, status: Created, lines: make([]Line, 0, len(w.Items)),
		createdAt: now, updatedAt: now, expiresAt: now.Add(payWithin), now: now,
	}
	for i, item := range w.Items {
		price, ok := prices[item.SKU]
		if !ok {
			return nil, fmt.Errorf("lines: %w %s", ErrUnknownSKU, item.SKU)
		}
		if i == 0 {
			o.total.Currency = price.Currency
		}
		if price.Currency != o.total.Currency {
			return nil, fmt.Errorf("lines: %s in %s, %s in %s: %w",
				w.Items[0].SKU, o.total.Currency, item.SKU, price.Currency, ErrMixedCurrencies)
		}
		cost, err := price.Times(item.Quantity)
		if err != nil {
			return nil, fmt.Errorf("lines: %s: %w", item.SKU, err)
		}
		if o.total, err = o.total.Plus(cost); err != nil {
			return nil, fmt.Errorf("lines: %w", err)
		}
		o.lines = append(o.lines, Line{Item: item, UnitPrice: price.Minor})
	}
	o.record(Event{Kind: EventPlaced})
	return o, nil
}
