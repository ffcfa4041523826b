package main

import (
	"fmt"
	"slices"

	"github.com/stockonce/stockonce/app/paysim/book"
	"github.com/stockonce/stockonce/test/harness/audit"
)

// money compares order's books with the providers' own, payment by payment and in
// sum: what a provider captured is kept, given back by the provider, or held.
func money(e *evidence) (all []finding) {
	known := map[string]audit.Payment{} // by provider and transaction
	for _, p := range e.books.Payments {
		key := p.Provider + " " + p.Transaction
		if other, twice := known[key]; twice {
			all = append(all, finding{double, p.Order, "payments " + other.Number + " and " + p.Number + " are one transaction, " + key})
		}
		known[key] = p
	}
	confirmed := map[string]int64{} // by payment
	for _, r := range e.books.Refunds {
		if r.State == "confirmed" {
			confirmed[r.Payment] += r.Amount
		}
	}
	captured, returned := map[string]int64{}, map[string]int64{}
	for _, p := range e.payments {
		if p.State != book.Paid {
			continue
		}
		captured[p.Provider] += p.Amount
		returned[p.Provider] += p.Refunded
		key := p.Provider + " " + p.TransactionID
		all = append(all, compare(p, known[key], confirmed)...)
		delete(known, key)
	}
	for key, p := range known {
		text := "payment " + p.Number + " is recorded and " + key + " never was"
		if slices.Contains(e.forged, p.Transaction) {
			text += ": it was forged"
		}
		all = append(all, finding{forged, p.Order, text})
	}
	for _, provider := range providers {
		m := e.books.MoneyOf(provider)
		if captured[provider] != m.Kept+returned[provider]+m.Held {
			all = append(all, finding{unrefunded, "", fmt.Sprintf("%s captured %d and gave back %d; order keeps %d and holds %d", provider, captured[provider], returned[provider], m.Kept, m.Held)})
		}
	}
	return all
}

// compare compares one payment at its provider with what order says about it.
func compare(at book.Payment, p audit.Payment, confirmed map[string]int64) (all []finding) {
	switch {
	case p.Number == "":
		return []finding{{lost, at.OrderNumber, fmt.Sprintf("%s got %d for order %s by %s, and order knows nothing of it", at.Provider, at.Amount, at.OrderNumber, at.TransactionID)}}
	case p.Amount != at.Amount || p.Order != at.OrderNumber || p.Currency != at.Currency:
		all = append(all, finding{lost, at.OrderNumber, fmt.Sprintf("payment %s is %d %s for %s, at the provider %d %s for %s", p.Number, p.Amount, p.Currency, p.Order, at.Amount, at.Currency, at.OrderNumber)})
	}
	switch in := confirmed[p.Number]; {
	case at.Refunded > in:
		all = append(all, finding{double, p.Order, fmt.Sprintf("of payment %s %d went back at the provider, order knows of %d", p.Number, at.Refunded, in)})
	case at.Refunded < in:
		all = append(all, finding{unrefunded, p.Order, fmt.Sprintf("of payment %s %d went back at the provider, order believes %d", p.Number, at.Refunded, in)})
	}
	if (p.Disposition == "duplicate" || p.Disposition == "late") && at.Refunded != at.Amount {
		all = append(all, finding{unrefunded, p.Order, fmt.Sprintf("payment %s is %s, and %d of %d went back", p.Number, p.Disposition, at.Refunded, at.Amount)})
	}
	return all
}
