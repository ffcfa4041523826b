package audit

import (
	"fmt"
	"slices"
)

// Money says where the money that arrived is, in minor units, all currencies added
// up: Captured = Kept + Returned + Held.
type Money struct {
	Captured int64
	Kept     int64 // pays an order that is paid or fulfilled
	Returned int64 // asked back, on its way or arrived
	Held     int64 // waits for a person
}

// Money adds up the payments and refunds.
func (b *Books) Money() Money {
	money, _ := b.money("")
	return money
}

// MoneyOf is the same of one payment provider.
func (b *Books) MoneyOf(provider string) Money {
	money, _ := b.money(provider)
	return money
}

func (b *Books) moneyIsAccountedFor() []string {
	money, bad := b.money("")
	if money.Captured != money.Kept+money.Returned+money.Held {
		bad = append(bad, fmt.Sprintf("%+v does not add up", money))
	}
	return bad
}

func (b *Books) money(provider string) (m Money, bad []string) {
	orders := b.orders()
	back, person := b.refunded()
	for _, p := range b.Payments {
		if provider != "" && p.Provider != provider {
			continue
		}
		m.Captured += p.Amount
		m.Returned += back[p.Number]
		rest := p.Amount - back[p.Number]
		o, known := orders[p.Order]
		if rest < 0 {
			bad = append(bad, fmt.Sprintf("payment %s of %d: %d go back", p.Number, p.Amount, back[p.Number]))
		}
		if rest != 0 && person[p.Number] {
			m.Held += rest
			continue
		}
		switch p.Disposition {
		case "winner":
			m.Kept += rest
			if (p.Amount != o.Amount || p.Currency != o.Currency) && !slices.Contains(b.Accepted, p.Number) {
				bad = append(bad, fmt.Sprintf("payment %s of %d %s won order %s of %d %s", p.Number, p.Amount, p.Currency, o.Number, o.Amount, o.Currency))
			}
			keeps := o.Status == "paid" || o.Status == "fulfilled" || o.Status == "refunding"
			if rest != 0 && !keeps {
				bad = append(bad, fmt.Sprintf("order %s is %s and keeps %d of payment %s", o.Number, o.Status, rest, p.Number))
			}
		case "duplicate", "late":
			if rest != 0 {
				bad = append(bad, fmt.Sprintf("payment %s is %s and %d of it do not go back", p.Number, p.Disposition, rest))
			}
		case "mismatch":
			m.Held += rest
			if rest != 0 && o.Status != "created" {
				bad = append(bad, fmt.Sprintf("payment %s does not match order %s, which is %s, and %d of it do not go back", p.Number, o.Number, o.Status, rest))
			}
		case "orphan":
			m.Held += rest
			if known {
				bad = append(bad, fmt.Sprintf("payment %s is an orphan although order %s exists", p.Number, o.Number))
			}
		default:
			bad = append(bad, fmt.Sprintf("payment %s has the disposition %q", p.Number, p.Disposition))
		}
	}
	return m, bad
}

// refunded is how much of each payment is back or on its way, and of which a refund
// was refused and waits for a person.
func (b *Books) refunded() (back map[string]int64, person map[string]bool) {
	dead := map[string]bool{}
	for _, t := range b.Tasks {
		dead[t.Ref] = dead[t.Ref] || t.Kind == "refund" && t.State == "dead"
	}
	back, person = map[string]int64{}, map[string]bool{}
	for _, r := range b.Refunds {
		if r.State != "failed" {
			back[r.Payment] += r.Amount
		} else if dead[r.Number] {
			person[r.Payment] = true
		}
	}
	return back, person
}

// NoTrade is why a trade is looked for again that could not be closed.
const NoTrade = "the provider knows of no trade yet"

// MoneyUnderWay returns what of the money still moves: refunds that are not confirmed
// and orders that wait for theirs. Dead tasks do not move, and a trade that its provider
// does not know has no money yet.
func (b *Books) MoneyUnderWay() []string {
	var moving []string
	for _, o := range b.Orders {
		if o.Status == "unfulfillable" || o.Status == "refunding" {
			moving = append(moving, "order "+o.Number+" is "+o.Status)
		}
	}
	for _, t := range b.Tasks {
		switch t.Kind {
		case "refund", "release", "close_payment":
			if t.State == "pending" && t.LastError != NoTrade {
				moving = append(moving, "task "+t.Kind+" "+t.Ref+" is pending: "+t.LastError)
			}
		}
	}
	return moving
}

// Unrecorded returns those of the given transactions, which the service answered
// with "ok", that it has no payment for (I8).
func (b *Books) Unrecorded(transactions []string) []string {
	recorded := map[string]bool{}
	for _, p := range b.Payments {
		recorded[p.Transaction] = true
	}
	var missing []string
	for _, t := range transactions {
		if !recorded[t] {
			missing = append(missing, t)
		}
	}
	return missing
}

// Unsettled returns the numbers of the orders that wait for their stock.
func (b *Books) Unsettled() []string {
	var numbers []string
	for _, o := range b.Orders {
		if o.Status == "paid" {
			numbers = append(numbers, o.Number)
		}
	}
	return numbers
}

// Count counts what key says of each, as in Count(b.Orders, func(o Order) string { return o.Status }).
func Count[T any](all []T, key func(T) string) map[string]int {
	counts := map[string]int{}
	for _, v := range all {
		counts[key(v)]++
	}
	return counts
}
