package main

import (
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/stockonce/stockonce/test/harness/audit"
)

// told bounds what is told of findings and faults: the first say enough.
const told = 10

// report writes the table, and tells whether nothing is wrong.
func (s *scene) report(ctx context.Context, w io.Writer, e *evidence, found []finding) bool {
	for _, r := range s.replicas {
		s.ledger.add("started again\t"+r.name, r.restarts)
		s.readLog(r)
	}
	for what, number := range map[string]func(*audit.Books) map[string]int{
		"orders": func(b *audit.Books) map[string]int {
			return audit.Count(b.Orders, func(o audit.Order) string { return o.Status })
		},
		"payments": func(b *audit.Books) map[string]int {
			return audit.Count(b.Payments, func(p audit.Payment) string { return p.Disposition })
		},
		"refunds": func(b *audit.Books) map[string]int {
			return audit.Count(b.Refunds, func(r audit.Refund) string { return r.State })
		},
	} {
		for name, n := range number(e.books) {
			s.ledger.add(what+"\t"+name, n)
		}
	}
	counts, faults := s.ledger.read()
	writeCounts(w, counts)
	s.writeMoney(w, e)
	writeFindings(w, found, counts)
	var orders []string
	for _, f := range found {
		if f.order != "" && !slices.Contains(orders, f.order) && len(orders) < told {
			orders = append(orders, f.order)
		}
	}
	for _, number := range orders {
		s.tellHistory(ctx, w, number)
	}
	for _, fault := range faults[:min(told, len(faults))] {
		fmt.Fprintln(w, "fault:", fault)
	}
	if len(faults) > told {
		fmt.Fprintf(w, "and %d more faults\n", len(faults)-told)
	}
	return len(found) == 0 && len(faults) == 0 && counts[believed] == 0
}

// readLog looks for what no service may log.
func (s *scene) readLog(r *replica) {
	if r.Process == nil {
		return
	}
	log := r.Log()
	for _, trouble := range []string{"DATA RACE", `"msg":"panic"`, "goroutine 1 ["} {
		if at := strings.Index(log, trouble); at >= 0 {
			s.ledger.faultf("%s logged %s", r.name, log[at:min(len(log), at+2000)])
		}
	}
}

// writeCounts writes what is counted by name; what is counted by kind and, say,
// victim is one line a kind. What chaos did comes last.
func writeCounts(w io.Writer, counts map[string]int) {
	parts := map[string][]string{}
	sums := map[string]int{}
	for _, name := range slices.Sorted(maps.Keys(counts)) {
		kind, of, split := strings.Cut(name, "\t")
		sums[kind] += counts[name]
		if split && counts[name] > 0 {
			parts[kind] = append(parts[kind], fmt.Sprint(counts[name], " ", of))
		}
	}
	table := tabwriter.NewWriter(w, 0, 0, 3, ' ', 0)
	defer func() { _ = table.Flush() }() // what cannot be written shows by itself
	write := func(title string, wanted func(kind string) bool) {
		fmt.Fprintf(table, "\n%s\n", title)
		for _, kind := range slices.Sorted(maps.Keys(sums)) {
			if wanted(kind) {
				fmt.Fprintf(table, "  %s\t%d\t%s\n", kind, sums[kind], strings.Join(parts[kind], ", "))
			}
		}
	}
	blow := func(kind string) bool { return slices.Contains(blows, kind) }
	write("what happened", func(kind string) bool { return !blow(kind) })
	write("what chaos did", blow)
}

func (s *scene) writeMoney(w io.Writer, e *evidence) {
	table := tabwriter.NewWriter(w, 0, 0, 3, ' ', tabwriter.AlignRight)
	defer func() { _ = table.Flush() }() // what cannot be written shows by itself
	fmt.Fprintln(w)
	fmt.Fprintln(table, "money in minor units\tcaptured\tkept\treturned\theld\t")
	for _, provider := range providers {
		m := e.books.MoneyOf(provider)
		fmt.Fprintf(table, "%s\t%d\t%d\t%d\t%d\t\n", provider, m.Captured, m.Kept, m.Returned, m.Held)
	}
}

// writeFindings writes how often each kind of wrong was found, and the first of each.
func writeFindings(w io.Writer, found []finding, counts map[string]int) {
	sums := audit.Count(found, func(f finding) string { return string(f.wrong) })
	sums[string(forged)] += counts[believed]
	table := tabwriter.NewWriter(w, 0, 0, 3, ' ', 0)
	fmt.Fprintln(table)
	for _, kind := range wrongs {
		fmt.Fprintf(table, "%s\t%d\n", kind, sums[string(kind)])
	}
	_ = table.Flush() // what cannot be written shows by itself
	for _, kind := range wrongs {
		said := 0
		for _, f := range found {
			if f.wrong != kind {
				continue
			}
			if said++; said > told {
				fmt.Fprintf(w, "and more that is %s\n", kind)
				break
			}
			fmt.Fprintf(w, "%s: %s\n", kind, f.text)
		}
	}
}

// tellSchedule writes what chaos is going to do: a line for each victim, with seconds
// from the beginning.
func tellSchedule(w io.Writer, schedule []action) {
	lines := map[string][]string{}
	for _, a := range schedule {
		what := fmt.Sprintf("%.1f %s", a.at.Seconds(), a.kind)
		if a.n != 0 {
			what += fmt.Sprintf(" %+d", a.n)
		}
		if a.lasts > 0 {
			what += fmt.Sprintf(" for %.1f", a.lasts.Seconds())
		}
		lines[a.victim] = append(lines[a.victim], what)
	}
	fmt.Fprintf(w, "\nschedule of %d blows\n", len(schedule))
	for _, victim := range slices.Sorted(maps.Keys(lines)) {
		fmt.Fprintf(w, "  %s: %s\n", victim, strings.Join(lines[victim], ", "))
	}
	fmt.Fprintln(w)
}
