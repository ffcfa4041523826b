package proof

import (
	"fmt"
	"slices"
)

// actor is who makes a step.
type actor byte

const (
	byService actor = iota // the services, the provider that repeats itself, time
	byOthers               // customers and suppliers
	byPerson               // an operator, or somebody at the provider's console
	byChaos                // crashes and the wire
)

// say tells a step in words, put together only when somebody reads them.
type say struct{ what, about string }

func (s say) String() string {
	if s.about == "" {
		return s.what
	}
	return fmt.Sprintf(s.what, s.about)
}

// step leads from one world to the next. It changes one order's block and the stock.
type step struct {
	say

	who      actor
	order    int
	block    *block
	stock    [skus]int64
	restocks int
}

// after is the world that a step leads to.
func (w *world) after(s step) *world {
	next := *w
	next.blocks = slices.Clone(w.blocks)
	next.blocks[s.order], next.stock, next.restocks = s.block, s.stock, s.restocks
	return &next
}

// steps collects what can happen next in a world.
type steps struct {
	*world

	all []step
}

// next lists every step that can happen to order i, in an order that never changes.
func (w *world) next(i int) []step {
	s := &steps{world: w}
	s.customers(i)
	s.notices(i)
	s.relay(i)
	s.wire(i)
	s.console(i)
	s.people(i)
	if i == 0 {
		s.supplier()
	}
	return s.all
}

// try adds the step that do makes in a world of its own, unless it fails.
func (s *steps) try(who actor, i int, what say, do func(w *world) error) *world {
	w, _ := s.edit(i)
	if do(w) != nil {
		return nil
	}
	s.add(who, i, what, w)
	return w
}

// do adds a step that cannot fail.
func (s *steps) do(who actor, i int, what say, do func(w *world, b *block)) {
	w, b := s.edit(i)
	do(w, b)
	s.add(who, i, what, w)
}

func (s *steps) add(who actor, i int, what say, w *world) {
	w.seal(i)
	s.all = append(s.all, step{what, who, i, w.blocks[i], w.stock, w.restocks})
}
