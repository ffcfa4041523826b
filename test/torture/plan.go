package main

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"time"
)

// deed is what becomes of an order.
type deed string

// The deeds. All but the refunds and those of few pieces may meet any SKU.
const (
	pays         deed = "pays"
	repeats      deed = "pays, and is told of again and again"
	late         deed = "pays, and is told of late"
	silently     deed = "pays, and nobody tells"
	twice        deed = "pays twice"
	failsFirst   deed = "fails to pay, then pays"
	forgedFirst  deed = "is forged, then pays"
	forgedOnly   deed = "is forged and never pays"
	cancelsAlso  deed = "pays and cancels at once"
	cancelsFirst deed = "cancels, then pays"
	neverPays    deed = "never pays"
	misses       deed = "pays another amount"
	nobodys      deed = "pays an order that nobody placed"
	consoleBack  deed = "pays, and the provider gives it back"
	operatorBack deed = "pays, and an operator gives it back"
)

// deeds with how often they are done.
var deeds = []struct {
	deed
	weight int
}{
	{pays, 30}, {repeats, 14}, {late, 8}, {silently, 4}, {twice, 7}, {failsFirst, 4}, {forgedFirst, 8}, {forgedOnly, 3},
	{cancelsAlso, 8}, {cancelsFirst, 4}, {neverPays, 3}, {misses, 2}, {nobodys, 1}, {consoleBack, 3}, {operatorBack, 1},
}

// plan is what one customer is going to do.
type plan struct {
	id       int
	at       time.Duration // from the beginning
	provider string
	lines    []line
	deed     deed
	wait     time.Duration // before what comes second
	times    int           // how often what is repeated is
	part     bool          // of the money only
	again    bool          // the order is placed a second time, by the same request
}

type line struct {
	sku      string
	quantity int64
}

// The SKUs: of hot ones there are never enough, of cold ones always.
const (
	hotSKUs, coldSKUs = 4, 200
	hotStock          = 40
	coldStock         = 1_000_000
	price             = 995
)

func hot(i int) string  { return fmt.Sprintf("HOT-%d", i) }
func cold(i int) string { return fmt.Sprintf("COLD-%d", i) }

// isHot tells whether a SKU can run out.
func isHot(sku string) bool { return sku[0] == 'H' }

// newPlans are the customers who come in the given time, so many a second: the same
// for the same seed.
func newPlans(seed uint64, length time.Duration, rate int) []plan {
	all := make([]plan, int(length.Seconds()*float64(rate)))
	for i := range all {
		all[i] = newPlan(dice(seed, fmt.Sprint("customer ", i)), i)
		all[i].at = time.Duration(i) * time.Second / time.Duration(rate)
	}
	return all
}

func newPlan(dice *rand.Rand, id int) plan {
	p := plan{
		id: id, provider: providers[dice.IntN(len(providers))], deed: someDeed(dice),
		wait: upTo(dice, 2*time.Second), times: 1 + dice.IntN(6), part: dice.IntN(3) == 0, again: dice.IntN(10) == 0,
	}
	if p.deed == late {
		p.wait = time.Second + upTo(dice, time.Minute)
	}
	for range 1 + dice.IntN(3) {
		sku := cold(dice.IntN(coldSKUs))
		// What is given back later must be an order that had its goods.
		if dice.IntN(2) == 0 && p.deed != consoleBack && p.deed != operatorBack {
			sku = hot(dice.IntN(hotSKUs))
		}
		if !slices.ContainsFunc(p.lines, func(l line) bool { return l.sku == sku }) {
			p.lines = append(p.lines, line{sku, 1 + dice.Int64N(3)})
		}
	}
	return p
}

func someDeed(dice *rand.Rand) deed {
	sum := 0
	for _, d := range deeds {
		sum += d.weight
	}
	left := dice.IntN(sum)
	for _, d := range deeds {
		if left -= d.weight; left < 0 {
			return d.deed
		}
	}
	panic("unreachable: the weights sum up")
}

// delivery is goods that come in.
type delivery struct {
	at       time.Duration
	request  string
	sku      string
	quantity int64
}

// newDeliveries are the goods that arrive in the given time: the same for the same
// seed. Hot SKUs get some every few seconds, not enough for all.
func newDeliveries(seed uint64, length time.Duration) (all []delivery) {
	dice := dice(seed, "deliveries")
	for at := upTo(dice, 2*time.Second); at < length; at += upTo(dice, 2*time.Second) {
		all = append(all, delivery{
			at: at, request: fmt.Sprintf("delivery-%d", len(all)), sku: hot(dice.IntN(hotSKUs)), quantity: 1 + dice.Int64N(25),
		})
	}
	return all
}
