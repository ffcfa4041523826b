package linearizability

import (
	"fmt"
	"maps"
	"slices"

	"github.com/anishathalye/porcupine"

	"github.com/stockonce/stockonce/app/product/internal/domain"
)

// state is all that calls leave behind. It is never changed: a step makes another.
type state struct {
	stock    map[string]int64
	orders   map[string]order
	restocks map[string]restock // by SKU and request id
}

// order is what is kept of a deduction. Its rules are written anew here instead of
// calling the domain's: both would have to be wrong in the same way.
type order struct {
	wants   map[string]int64 // nil for a tombstone
	outcome string           // deducted, refused or released
	answer  string           // to the same deduction again
}

type restock struct {
	quantity int64
	answer   string
}

// step makes the call and returns the state after it and the one right answer.
func (s state) step(c call) (state, string) {
	switch c.verb {
	case deduct:
		return s.deduct(c)
	case release:
		return s.release(c)
	case arrive:
		return s.arrive(c)
	case read:
		return s, answerRead(s.stock, c.skus)
	}
	panic("a call without a verb")
}

func (s state) deduct(c call) (state, string) {
	wants := map[string]int64{}
	for _, line := range c.lines {
		wants[line.SKU] += line.Quantity
	}
	if known, ok := s.orders[c.order]; ok {
		switch {
		case known.outcome == "released":
			return s, answerDeduct(domain.OutcomeRefused, nil)
		case !maps.Equal(known.wants, wants):
			return s, answerDeduct(domain.OutcomeConflict, nil)
		}
		return s, known.answer
	}
	var short []domain.Shortage
	for _, sku := range slices.Sorted(maps.Keys(wants)) {
		if have, exists := s.stock[sku]; have < wants[sku] {
			short = append(short, domain.Shortage{SKU: sku, Requested: wants[sku], Available: have, Unknown: !exists})
		}
	}
	if len(short) > 0 {
		answer := answerDeduct(domain.OutcomeRefused, short)
		return s.with(c.order, order{wants, "refused", answer}), answer
	}
	answer := answerDeduct(domain.OutcomeDeducted, nil)
	return s.moved(wants, -1).with(c.order, order{wants, "deducted", answer}), answer
}

func (s state) release(c call) (state, string) {
	known, ok := s.orders[c.order]
	if ok && known.outcome == "refused" {
		return s, answerRelease(domain.ReleaseRefused)
	}
	next := s
	if known.outcome == "deducted" {
		next = s.moved(known.wants, +1)
	}
	return next.with(c.order, order{outcome: "released"}), answerRelease(domain.ReleaseDone)
}

func (s state) arrive(c call) (state, string) {
	sku := c.skus[0]
	if known, ok := s.restocks[sku+" "+c.request]; ok {
		if known.quantity != c.quantity {
			return s, answerReused
		}
		return s, known.answer
	}
	next := s.moved(map[string]int64{sku: c.quantity}, +1)
	answer := answerArrived(next.stock[sku])
	next.restocks = maps.Clone(s.restocks)
	next.restocks[sku+" "+c.request] = restock{c.quantity, answer}
	return next, answer
}

// with is the state with another order.
func (s state) with(number string, o order) state {
	s.orders = maps.Clone(s.orders)
	s.orders[number] = o
	return s
}

// moved is the state after pieces came in (+1) or went out (-1).
func (s state) moved(pieces map[string]int64, sign int64) state {
	s.stock = maps.Clone(s.stock)
	for sku, quantity := range pieces {
		s.stock[sku] += sign * quantity
	}
	return s
}

func (s state) equal(t state) bool {
	return maps.Equal(s.stock, t.stock) && maps.Equal(s.restocks, t.restocks) &&
		maps.EqualFunc(s.orders, t.orders, func(a, b order) bool {
			return a.outcome == b.outcome && a.answer == b.answer && maps.Equal(a.wants, b.wants)
		})
}

// model tells porcupine the same, from an opening stock on.
func model(opening map[string]int64) porcupine.Model {
	return porcupine.Model{
		Init: func() any {
			return state{stock: opening, orders: map[string]order{}, restocks: map[string]restock{}}
		},
		Step: func(from, input, output any) (bool, any) {
			next, answer := from.(state).step(input.(call))
			return output == unknown || output == answer, next
		},
		Equal:             func(a, b any) bool { return a.(state).equal(b.(state)) },
		DescribeOperation: func(input, output any) string { return describe(input.(call), output.(string)) },
		DescribeState:     func(s any) string { return fmt.Sprintf("%+v", s) },
	}
}
