package main

import (
	"cmp"
	"hash/fnv"
	"math/rand/v2"
	"slices"
	"time"
)

// action is one thing that chaos does.
type action struct {
	at, lasts time.Duration // from the beginning of the chaos
	victim    string
	kind      string
	// n is what the kind says: milliseconds of delay, seconds of clock, or how many
	// times.
	n int
}

// The kinds of actions.
const (
	killed  = "killed"           // SIGKILL, started again after a while
	rolled  = "restarted"        // asked to end, and started again after a while
	stopped = "stopped"          // SIGSTOP, SIGCONT after a while
	delayed = "delayed"          // n ms for everything that is sent
	cut     = "cut"              // all connections break, with what is under way
	refused = "refused"          // no connection can be made
	muted   = "replies dropped"  // requests arrive and are carried out, no reply comes back
	before  = "cut before"       // n commits never arrive at the database
	after   = "cut after commit" // n commits are made, and their connections break before it is known
	jumped  = "clock set"        // off by n seconds from then on
	api     = "provider's API"   // n answers are spoiled
)

// blows are all kinds.
var blows = []string{killed, rolled, stopped, delayed, cut, refused, muted, before, after, jumped, api}

// mode is a kind with how often it is chosen, how long it lasts and how strong it is.
type mode struct {
	kind             string
	weight           int
	shortest, longer time.Duration // lasts shortest, and up to longer more
	least, most      int           // n
}

// habit is what happens to some victims again and again, gap apart on average.
type habit struct {
	victims []string
	gap     time.Duration
	modes   []mode
	// first are what must not be missing: the first blow of a victim each.
	first []mode
}

// victims by what can be done to them.
var (
	orders    = []string{"order-a", "order-b", "order-c"}
	products  = []string{"product-a", "product-b", "product-c"}
	databases = []string{"order-db", "product-db"}
	// Wires end at what they are named after last.
	calls    = prefixed("order:", products)
	storages = append(behind(orders, ":order-db"), behind(products, ":product-db")...)
	fronts   = []string{"provider:order", "customer:order", "customer:product"}
)

// longestSilence bounds how long replies are dropped: half a minute, or an eighth of
// a short chaos, which still outlasts a lease.
func longestSilence(length time.Duration) time.Duration {
	return max(min(30*time.Second, length/8), lease+2*time.Second)
}

func habits(length time.Duration, clocks bool) []habit {
	silence := mode{kind: muted, weight: 1, shortest: longestSilence(length)}
	standstill := mode{kind: stopped, weight: 1, shortest: lease + time.Second, longer: 6 * time.Second}
	replica := []mode{
		{kind: killed, weight: 4, longer: 6 * time.Second},
		{kind: rolled, weight: 2, longer: 2 * time.Second},
		{kind: stopped, weight: 1, shortest: time.Second, longer: lease},
		standstill,
	}
	must := []mode{standstill, {kind: killed, longer: 3 * time.Second}, {kind: rolled, longer: time.Second}}
	shaky := []mode{
		{kind: delayed, weight: 3, shortest: time.Second, longer: 7 * time.Second, least: 5, most: 400},
		{kind: cut, weight: 3},
		{kind: refused, weight: 1, longer: 4 * time.Second},
		{kind: muted, weight: 2, longer: 3 * time.Second},
	}
	all := []habit{
		{orders, 30 * time.Second, replica, must},
		{products, 30 * time.Second, replica, must},
		{databases, 30 * time.Second, []mode{
			{kind: killed, weight: 3, longer: 5 * time.Second},
			{kind: rolled, weight: 1, longer: 3 * time.Second},
			{kind: stopped, weight: 1, shortest: time.Second, longer: 5 * time.Second},
		}, []mode{{kind: killed, longer: 3 * time.Second}}},
		{[]string{"consul"}, 30 * time.Second, []mode{
			{kind: killed, weight: 2, shortest: time.Second, longer: 14 * time.Second},
			{kind: stopped, weight: 1, shortest: time.Second, longer: 14 * time.Second},
		}, []mode{{kind: killed, shortest: time.Second, longer: 4 * time.Second}}},
		{slices.Concat(calls, storages), 30 * time.Second, append(shaky, silence), []mode{silence}},
		{fronts, 15 * time.Second, shaky, nil},
		{behind(databases, commitsOf), 6 * time.Second, []mode{
			{kind: after, weight: 3, shortest: 2 * time.Second, least: 1, most: 6},
			{kind: before, weight: 1, shortest: 2 * time.Second, least: 1, most: 6},
		}, []mode{{kind: before, shortest: 2 * time.Second, least: 1, most: 6}}},
		{providers, 8 * time.Second, []mode{{kind: api, weight: 1, least: 1, most: 4}}, nil},
	}
	if clocks {
		all = append(all, habit{behind(databases, clockOf), 12 * time.Second, []mode{{kind: jumped, weight: 1, least: -20, most: 20}}, nil})
	}
	return all
}

// What of a database is meddled with beside the database, behind its name.
const (
	commitsOf = " commits"
	clockOf   = " clock"
)

func behind(names []string, suffix string) (all []string) {
	for _, name := range names {
		all = append(all, name+suffix)
	}
	return all
}

func prefixed(prefix string, names []string) (all []string) {
	for _, name := range names {
		all = append(all, prefix+name)
	}
	return all
}

// newSchedule is all that chaos does in the given time: the same for the same seed. A
// victim has one thing happen to it at a time.
func newSchedule(seed uint64, length time.Duration, clocks bool) (all []action) {
	for _, h := range habits(length, clocks) {
		// Whose turn it is to have what must not be missing.
		turn := dice(seed, h.victims[0]+" first").IntN(len(h.victims))
		for i, victim := range h.victims {
			var first *mode
			if n := (i + turn) % len(h.victims); n < len(h.first) {
				first = &h.first[n]
			}
			all = append(all, h.fate(victim, first, dice(seed, victim), length)...)
		}
	}
	slices.SortStableFunc(all, func(a, b action) int { return cmp.Compare(a.at, b.at) })
	return all
}

// fate is what happens to one victim.
func (h habit) fate(victim string, first *mode, dice *rand.Rand, length time.Duration) (all []action) {
	for at := upTo(dice, h.gap); ; {
		m := h.choose(dice)
		if first != nil {
			m, first = *first, nil
		}
		a := action{at: at, lasts: m.shortest + upTo(dice, m.longer), victim: victim, kind: m.kind, n: m.least + dice.IntN(m.most-m.least+1)}
		if a.at+a.lasts > length {
			return all
		}
		all = append(all, a)
		at = a.at + a.lasts + h.gap/4 + upTo(dice, h.gap*3/2)
	}
}

func (h habit) choose(dice *rand.Rand) mode {
	sum := 0
	for _, m := range h.modes {
		sum += m.weight
	}
	left := dice.IntN(sum)
	for _, m := range h.modes {
		if left -= m.weight; left < 0 {
			return m
		}
	}
	panic("unreachable: the weights sum up")
}

func upTo(dice *rand.Rand, longest time.Duration) time.Duration {
	return time.Duration(dice.Int64N(int64(longest) + 1))
}

// dice are the same for the same seed and name, whatever else is thrown.
func dice(seed uint64, name string) *rand.Rand {
	hash := fnv.New64a()
	_, _ = hash.Write([]byte(name)) // never fails
	return rand.New(rand.NewPCG(seed, hash.Sum64()))
}
