package proof

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"
)

// table tells what was visited, one line a search.
type table map[int][]string

// add notes a search in line i.
func (t table) add(i int, g *graph) {
	name := g.name
	if g.wrong != right {
		name = string(g.wrong)
	}
	broken := strings.Join(g.rules(), " ")
	if broken == "" {
		broken = "none"
	}
	t[i] = []string{name, fmt.Sprint(len(g.parent)), fmt.Sprint(len(g.edges)), fmt.Sprint(g.depth()), broken}
}

func (t table) text() string {
	var text strings.Builder
	w := tabwriter.NewWriter(&text, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "\tstates\ttransitions\tfarthest\tbroken (after steps)")
	for _, i := range slices.Sorted(maps.Keys(t)) {
		fmt.Fprintln(w, strings.Join(t[i], "\t"))
	}
	if err := w.Flush(); err != nil {
		return err.Error()
	}
	return text.String()
}

// rules are those that were broken, and after how many steps.
func (g *graph) rules() []string {
	var all []string
	for _, rule := range slices.Sorted(maps.Keys(g.found)) {
		all = append(all, fmt.Sprintf("%s (%d)", rule, g.steps(g.found[rule].state)))
	}
	return all
}

// depth is how many steps the farthest state is away: the last one that was found.
func (g *graph) depth() int { return g.steps(uint32(len(g.parent) - 1)) }

// trace tells the way to a state in words, by going it again.
func (g *graph) trace(id uint32) string {
	var path []uint16
	for ; id != 0; id = g.parent[id] {
		path = append(path, g.via[id])
	}
	slices.Reverse(path)
	var text strings.Builder
	w := g.begin()
	for n, via := range path {
		var all []step
		for i := range w.blocks {
			all = append(all, w.next(i)...)
		}
		step := all[via]
		fmt.Fprintf(&text, "%3d. %s: %s\n", n+1, g.orders[step.order].number, step.say)
		w = w.after(step)
	}
	for i, b := range w.blocks {
		fmt.Fprintf(&text, "     => %s: %s\n", g.orders[i].number, b)
	}
	return text.String()
}

// steps counts those that lead to a state.
func (g *graph) steps(id uint32) int {
	n := 0
	for ; id != 0; id = g.parent[id] {
		n++
	}
	return n
}

// String tells what is stored of an order.
func (b *block) String() string {
	var text strings.Builder
	fmt.Fprintf(&text, "the order is %q; product has stored %q, took stock %d times and gave it back %d times", b.status, b.state, b.sales, b.releases)
	for _, p := range b.payments {
		fmt.Fprintf(&text, "; payment %s of %d is %s", p.Number, p.Amount.Minor, p.Disposition)
	}
	for _, r := range b.refunds {
		fmt.Fprintf(&text, "; refund %s of %d is %s (%s)", r.Number, r.Amount.Minor, r.State, r.Source)
	}
	for _, t := range b.tasks {
		fmt.Fprintf(&text, "; task %s is %s", strings.TrimSpace(string(t.kind)+" "+t.ref), t.state)
	}
	return text.String()
}
