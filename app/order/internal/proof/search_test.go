package proof

// graph is all that can be reached in a scenario. States are numbered as they are
// found, breadth first, so that the first way to one is a shortest.
type graph struct {
	*scenario

	parent []uint32
	via    []uint16 // which of its parent's steps leads to a state
	first  []uint32 // where a state's edges begin
	edges  []uint32 // to, and whether a service alone goes there
	rest   []bool
	end    []bool

	found map[string]finding // first state to break each rule
}

// finding is a state that must not be.
type finding struct {
	breach

	state uint32
}

const alone = 1 << 31 // marks an edge that needs nobody but the services

// explore visits every state.
func explore(s *scenario) *graph {
	g := &graph{scenario: s, found: map[string]finding{}}
	var (
		ids   = map[worldID]uint32{}
		queue []*world
		memo  = memo{}
	)
	visit := func(from *world, to step, parent uint32, via int) uint32 {
		key := from.identity(to)
		id, known := ids[key]
		if known {
			return id
		}
		id = uint32(len(g.parent))
		ids[key] = id
		w := from.after(to)
		g.parent, g.via = append(g.parent, parent), append(g.via, uint16(via))
		g.rest, g.end = append(g.rest, w.atRest()), append(g.end, w.settled())
		g.check(w, id)
		queue = append(queue, w)
		return id
	}
	first := s.begin()
	visit(first, step{block: first.blocks[0], stock: first.stock}, 0, 0)
	for id := uint32(0); len(queue) > 0; id++ {
		w := queue[0]
		queue[0] = nil
		queue = queue[1:]
		g.first = append(g.first, uint32(len(g.edges)))
		via := 0
		for i := range w.blocks {
			for _, step := range memo.next(w, i) {
				if to := visit(w, step, id, via); to != id {
					if step.who == byService {
						to |= alone
					}
					g.edges = append(g.edges, to)
				}
				via++
			}
		}
		if s.wrong == right && len(g.found) > 0 {
			return g // one is enough
		}
	}
	g.first = append(g.first, uint32(len(g.edges)))
	g.deadEnds()
	return g
}

// memo remembers what can happen to an order: it depends on its own block and on
// stock alone, and the same block is met with every fate of the other order.
type memo map[memoKey][]step

type memoKey struct {
	order    int
	block    blockID
	stock    [skus]int64
	restocks int
}

func (m memo) next(w *world, i int) []step {
	if len(w.orders) == 1 || w.entangled() {
		return w.next(i)
	}
	key := memoKey{i, w.blocks[i].id, w.stock, w.restocks}
	all, known := m[key]
	if !known {
		all = w.next(i)
		m[key] = all
	}
	return all
}

// check notes the rules that a state is the first to break.
func (g *graph) check(w *world, id uint32) {
	note := func(b breach) {
		if _, known := g.found[b.rule]; !known {
			g.found[b.rule] = finding{b, id}
		}
	}
	for i, b := range w.blocks {
		for _, broken := range b.broken {
			broken.how = w.orders[i].number + ": " + broken.how
			note(broken)
		}
	}
	if b, broken := w.ledgerBreach(); broken {
		note(b)
	}
}

// deadEnds looks for states from which the services alone do not come to rest, or
// nobody can settle everything.
func (g *graph) deadEnds() {
	if id, found := g.without(g.rest, true); found {
		g.found["rest"] = finding{breach{"rest", "the services alone never come to rest from here"}, id}
	}
	if id, found := g.without(g.end, false); found {
		g.found["settle"] = finding{breach{"settle", "nobody can settle everything from here"}, id}
	}
}

// without is the first state from which no way leads to a goal.
func (g *graph) without(goal []bool, onlyAlone bool) (uint32, bool) {
	reaches := append([]bool(nil), goal...)
	for changed := true; changed; {
		changed = false
		for id := len(reaches) - 1; id >= 0; id-- {
			if reaches[id] {
				continue
			}
			for _, edge := range g.edges[g.first[id]:g.first[id+1]] {
				if reaches[edge&^alone] && (!onlyAlone || edge&alone != 0) {
					reaches[id], changed = true, true
					break
				}
			}
		}
	}
	for id, ok := range reaches {
		if !ok {
			return uint32(id), true
		}
	}
	return 0, false
}
