package audit

import "fmt"

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
	money, _ := b.money()
	return money
}

func (b *Books) moneyIsAccountedFor() []string {
	money, bad := b.money()
	if money.Captured != money.Kept+money.Returned+money.Held {
		bad = append(bad, fmt.Sprintf("%+v does not add up", money))
	}
	return bad
}

func (b *Books) money() (m Money, bad []string) {
	orders := b.orders()
	back := map[string]int64{}
	for _, r := range b.Refunds {
		if r.State != "failed" {
			back[r.Payment] += r.Amount
		}
	}
	for _, p := range b.Payments {
		m.Captured += p.Amount
		m.Returned += back[p.Number]
		rest := p.Amount - back[p.Number]
		o, known := orders[p.Order]
		if rest < 0 {
			bad = append(bad, fmt.Sprintf("payment %s of %d: %d go back", p.Number, p.Amount, back[p.Number]))
		}
		switch p.Disposition {
		case "winner":
			m.Kept += rest
			if p.Amount != o.Amount || p.Currency != o.Currency {
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
