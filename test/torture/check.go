package main

import (
	"fmt"
	"strings"

	"github.com/stockonce/stockonce/app/paysim/book"
	"github.com/stockonce/stockonce/test/harness/audit"
)

// wrong is a kind of what must never be.
type wrong string

// The kinds, in the order of the table.
const (
	lost       wrong = "lost"       // money, goods or an answered promise that nobody knows of
	double     wrong = "double"     // one thing that happened twice
	oversold   wrong = "oversold"   // stock that is not there, or was taken for nothing
	unsettled  wrong = "unsettled"  // what waits although nothing is in its way
	unrefunded wrong = "unrefunded" // money that had to go back and did not
	forged     wrong = "forged"     // a callback that the provider never sent, and that was believed
)

var wrongs = []wrong{lost, double, oversold, unsettled, unrefunded, forged}

// finding is one thing that is wrong.
type finding struct {
	wrong
	order string // its number, when it is about one
	text  string
}

// evidence is all that is known when everything has settled.
type evidence struct {
	books    *audit.Books
	payments []book.Payment // the providers' own books
	// taken is how often callbacks were answered "ok", and recorded how often order says
	// so, both by transaction and by provider.
	taken, recorded map[string]int
	forged          []string // transactions that never were
	placed          map[string]plan
	nobodys         map[string]bool
	cancelled       []string // orders whose cancelling was answered "ok"
	refunded        []string // orders whose refund an operator was told is recorded
	delivered       []delivery
	waiting         string // what waits in vain
	// damaged is what reconciliations found, also what was in order again later, and
	// compared whether the last one went through all.
	damaged  []damage
	compared bool
}

// invariants of the audit, by what it means to break them. I8 is promises below.
var invariants = map[string]wrong{
	"I1": double, "I2": oversold, "I3": lost, "I4": oversold, "I5": unrefunded, "I6": double, "I7": unsettled,
}

// check returns all that is wrong.
func check(e *evidence) (all []finding) {
	for _, i := range audit.Invariants() {
		for _, text := range i.Check(e.books) {
			all = append(all, finding{invariants[i.Name], "", i.Name + ": " + text})
		}
	}
	for _, part := range []func(*evidence) []finding{money, promises, goods, rest, damages} {
		all = append(all, part(e)...)
	}
	for i := range all {
		if all[i].order == "" {
			all[i].order = e.orderIn(all[i].text)
		}
	}
	return all
}

// promises are what callers were told.
func promises(e *evidence) (all []finding) {
	for what, n := range e.taken {
		if e.recorded[what] < n {
			all = append(all, finding{lost, "", fmt.Sprintf("I8: callbacks of %s were answered ok %d times and are recorded %d times", what, n, e.recorded[what])})
		}
	}
	orders := map[string]audit.Order{}
	for _, o := range e.books.Orders {
		orders[o.Number] = o
	}
	requests := map[int]string{}
	for number, p := range e.placed {
		if _, ok := orders[number]; !ok {
			all = append(all, finding{lost, number, "order " + number + " was placed and is not there"})
		}
		if other := requests[p.id]; other != "" {
			all = append(all, finding{double, number, "one request made the orders " + other + " and " + number})
		}
		requests[p.id] = number
	}
	for _, number := range e.cancelled {
		if status := orders[number].Status; status != "cancelled" {
			all = append(all, finding{lost, number, "order " + number + " was cancelled, and is " + status})
		}
	}
	for _, number := range e.refunded {
		if status := orders[number].Status; status != "refunded" {
			all = append(all, finding{unrefunded, number, "order " + number + " was refunded by an operator, and is " + status})
		}
	}
	return all
}

// goods are what the shop has enough of, and what came in.
func goods(e *evidence) (all []finding) {
	arrived := map[string]int64{}
	for _, m := range e.books.Movements {
		if m.Kind != "restock" {
			continue
		}
		if _, twice := arrived[m.Ref]; twice {
			all = append(all, finding{double, "", m.Ref + " came in twice"})
		}
		arrived[m.Ref] = m.Delta
	}
	for _, d := range e.delivered {
		if arrived[d.request] != d.quantity {
			all = append(all, finding{lost, "", fmt.Sprintf("%s brought %d pieces of %s, the ledger says %d", d.request, d.quantity, d.sku, arrived[d.request])})
		}
	}
	for _, d := range e.books.Deductions {
		if p, ok := e.placed[d.Order]; ok && d.Outcome == "refused" && !p.meetsHot() {
			all = append(all, finding{lost, d.Order, "order " + d.Order + " was refused, and there was plenty of everything"})
		}
	}
	for _, o := range e.books.Orders {
		if p, ok := e.placed[o.Number]; ok && (o.Status == "refunded" || o.Status == "unfulfillable") && !p.meetsHot() && p.deed != consoleBack && p.deed != operatorBack {
			all = append(all, finding{lost, o.Number, "order " + o.Number + " is " + o.Status + ", and nobody asked for that"})
		}
	}
	return append(all, closed(e)...)
}

// closed finds orders whose money is back and who could still get goods: product must
// have stored, for every one of them, that they get none.
func closed(e *evidence) (all []finding) {
	outcomes := map[string]string{}
	for _, d := range e.books.Deductions {
		outcomes[d.Order] = d.Outcome
	}
	for _, o := range e.books.Orders {
		if outcome := outcomes[o.Number]; o.Status == "refunded" && outcome != "refused" && outcome != "released" {
			all = append(all, finding{oversold, o.Number, fmt.Sprintf("order %s is refunded, and its deduction is %q: it could still take stock", o.Number, outcome)})
		}
	}
	return all
}

// meetsHot tells whether the order may find no goods.
func (p plan) meetsHot() bool {
	for _, l := range p.lines {
		if isHot(l.sku) {
			return true
		}
	}
	return false
}

// rest is what must be over. Only a payment of an order that nobody placed may wait
// for a person.
func rest(e *evidence) (all []finding) {
	if e.waiting != "" {
		all = append(all, finding{unsettled, "", "waited in vain for " + e.waiting})
	}
	for _, what := range e.books.MoneyUnderWay() {
		all = append(all, finding{unsettled, "", what})
	}
	for _, o := range e.books.Orders {
		if o.Status == "created" || o.Status == "paid" {
			all = append(all, finding{unsettled, o.Number, "order " + o.Number + " is still " + o.Status})
		}
	}
	for _, t := range e.books.Tasks {
		if t.State == "dead" && (t.Kind != "query_payment" || !e.nobodys[t.Ref]) {
			all = append(all, finding{unsettled, "", "task " + t.Kind + " " + t.Ref + " is dead: " + t.LastError})
		}
	}
	return all
}

// orderIn is the number of the order that a text is about, by its own number or by
// that of a payment or refund; empty when it names none.
func (e *evidence) orderIn(text string) string {
	words := strings.FieldsFunc(text, func(r rune) bool { return r == ' ' || r == ',' || r == ':' || r == '"' })
	for _, word := range words {
		for _, o := range e.books.Orders {
			if o.Number == word {
				return word
			}
		}
		payment, _, _ := strings.Cut(word, "-") // a refund's number begins with its payment's
		for _, p := range e.books.Payments {
			if p.Number == payment || p.Transaction == word {
				return p.Order
			}
		}
		for _, p := range e.payments {
			if p.TransactionID == word {
				return p.OrderNumber
			}
		}
	}
	return ""
}
