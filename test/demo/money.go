package main

import (
	"fmt"

	"github.com/stockonce/stockonce/app/paysim/book"
	"github.com/stockonce/stockonce/app/paysim/keyset"
	"github.com/stockonce/stockonce/test/harness/audit"
)

// statement is what the providers have to say.
type statement struct {
	payments  []book.Payment
	callbacks map[string]sent // by provider
	// told are the transactions of callbacks that were taken, forged those that never were.
	told, forged []string
}

// account is where the money of one provider is, in minor units. Captured and
// refunded are as the provider says; the rest is as order says.
type account struct {
	captured, refunded   int64
	confirmed            int64 // refunds
	kept, held, recorded int64
}

// accounts adds up the money of each provider.
func accounts(books *audit.Books, s statement) map[string]account {
	all := map[string]account{}
	for _, p := range s.payments {
		if !p.PaidAt.IsZero() {
			a := all[p.Provider]
			a.captured += p.Amount
			a.refunded += p.Refunded
			all[p.Provider] = a
		}
	}
	for key, confirmed := range confirmed(books) {
		a := all[key.provider]
		a.confirmed += confirmed
		all[key.provider] = a
	}
	for _, name := range keyset.Names() {
		a, m := all[name], books.MoneyOf(name)
		a.kept, a.held, a.recorded = m.Kept, m.Held, m.Captured
		all[name] = a
	}
	return all
}

// problems tells what does not add up in the account.
func (a account) problems() (bad []string) {
	if a.captured == 0 {
		bad = append(bad, "no money came this way: nothing is shown")
	}
	if a.recorded != a.captured {
		bad = append(bad, fmt.Sprintf("order has recorded %s", money(a.recorded)))
	}
	if a.confirmed != a.refunded {
		bad = append(bad, "the refunds of the two books differ")
	}
	if a.captured != a.kept+a.refunded+a.held {
		bad = append(bad, "captured is not kept + refunded + held")
	}
	if a.held != 0 {
		bad = append(bad, "money waits for a person")
	}
	return bad
}

// transaction is how a payment is known to both sides.
type transaction struct{ provider, id string }

// confirmed is how much of each transaction went back, as order says.
func confirmed(books *audit.Books) map[transaction]int64 {
	payments := map[string]transaction{}
	back := map[transaction]int64{}
	for _, p := range books.Payments {
		payments[p.Number] = transaction{p.Provider, p.Transaction}
	}
	for _, r := range books.Refunds {
		if r.State == "confirmed" {
			back[payments[r.Payment]] += r.Amount
		}
	}
	return back
}

// disagreements compares the two books transaction by transaction: two wrong ones may
// add up to what is right.
func disagreements(books *audit.Books, s statement) (bad []string) {
	recorded, back := map[transaction]int64{}, confirmed(books)
	for _, p := range books.Payments {
		recorded[transaction{p.Provider, p.Transaction}] = p.Amount
	}
	for _, p := range s.payments {
		key := transaction{p.Provider, p.TransactionID}
		captured := p.Amount
		if p.PaidAt.IsZero() {
			captured = 0
		}
		if recorded[key] != captured || back[key] != p.Refunded {
			bad = append(bad, fmt.Sprintf("%s %s: captured %s and refunded %s there, %s and %s in order's books", p.Provider,
				p.TransactionID, money(captured), money(p.Refunded), money(recorded[key]), money(back[key])))
		}
		delete(recorded, key)
	}
	for key := range recorded {
		bad = append(bad, fmt.Sprintf("%s %s is recorded, and the provider knows nothing of it", key.provider, key.id))
	}
	return bad
}

// reportMoney prints a row per provider and tells whether all of it adds up and has
// come to rest.
func reportMoney(books *audit.Books, s statement) bool {
	names, all := keyset.Names(), accounts(books, s)
	rows := make([]string, 0, len(names))
	var bad []string
	for _, name := range names {
		a, c := all[name], s.callbacks[name]
		problems := a.problems()
		rows = append(rows, fmt.Sprintf("%s %s\t%s\t%s\t%s\t%s\t%s\t%d\t%d\t%d", mark(problems), name, money(a.captured), money(a.kept),
			money(a.refunded), money(a.confirmed), money(a.held), c.all, c.taken, c.all-c.taken))
		for _, p := range problems {
			bad = append(bad, name+": "+p)
		}
	}
	bad = append(bad, disagreements(books, s)...)
	bad = append(bad, books.MoneyUnderWay()...)
	table("PROVIDER\tCAPTURED\tKEPT\tREFUNDED THERE\tIN ORDER'S BOOKS\tHELD\tCALLBACKS\tTAKEN\tREFUSED", rows)
	fmt.Printf("\n  %s captured = kept + refunded, with each provider and in %s; no money is under way\n", mark(bad), currency)
	for _, line := range bad {
		fmt.Println("     ", line)
	}
	return len(bad) == 0
}
