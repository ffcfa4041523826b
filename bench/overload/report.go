package main

import (
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"github.com/stockonce/stockonce/bench/load"
	"github.com/stockonce/stockonce/test/harness"
	"github.com/stockonce/stockonce/test/harness/audit"
)

const (
	// goodput is what must be left of the peak, and slowest what callbacks that are
	// taken may take then: 1 s is promised, the rest is this machine's, which is
	// generator, database and both services.
	goodput = 0.8
	slowest = 1500 * time.Millisecond
	// memory is what the service may have.
	memoryLimit = 512 << 20
)

// measured is all that was found out.
type measured struct {
	generator, peak, over *load.Result
	again                 *load.Result // a little more than the peak, afterwards
	calm, memory          int64        // of the order service
	after                 time.Duration
	books                 *audit.Books
}

// report prints the table and tells whether every promise was kept.
func (m *measured) report(out io.Writer) bool {
	kept := true
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	row := func(ok bool, what, value, promise string) {
		mark := "ok"
		if !ok {
			mark, kept = "NOT KEPT", false
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\n", what, value, promise, mark)
	}
	capacity := (m.peak.Goodput() + m.again.Goodput()) / 2
	perSecond := func(v float64) string { return fmt.Sprintf("%.0f/s", v) }
	broken := m.books.Violations()
	fmt.Fprintln(table, "\t\tmust be\t")
	row(m.generator.Goodput() >= times*most, "generator alone", perSecond(m.generator.Goodput()), fmt.Sprintf("≥ %d/s", times*most))
	row(max(m.peak.Goodput(), m.again.Goodput()) <= most, "capacity",
		fmt.Sprintf("%.0f/s before, %.0f/s after", m.peak.Goodput(), m.again.Goodput()), fmt.Sprintf("≤ %d/s", most))
	row(m.over.Sent() >= 0.95*times*m.peak.Goodput(), "sent then", perSecond(m.over.Sent()), fmt.Sprintf("%d times that", times))
	row(m.over.Goodput() >= goodput*capacity, "answered ok then", perSecond(m.over.Goodput()), fmt.Sprintf("≥ %.0f%% of the capacity", 100*goodput))
	row(m.over.Good(99) <= slowest, "callbacks taken, P99", ms(m.over.Good(99)), "≤ "+slowest.String())
	row(m.over.Bad(99) <= slowest, "callbacks not taken, P99", ms(m.over.Bad(99)), "≤ "+slowest.String())
	row(m.over.Failed == 0, "without an answer", fmt.Sprint(m.over.Failed), "0")
	row(m.only503(), "other answers than 200 and 503", fmt.Sprint(m.over.Status), "none")
	row(m.memory <= memoryLimit, "memory", fmt.Sprintf("%d MiB, %d before", m.memory>>20, m.calm>>20), fmt.Sprintf("≤ %d MiB", memoryLimit>>20))
	row(m.after <= recovery, "well again after", ms(m.after), "≤ "+recovery.String())
	row(len(broken) == 0, "invariants broken", fmt.Sprint(broken), "none")
	_ = table.Flush() // to a terminal or a file of the caller's
	return kept
}

func (m *measured) only503() bool {
	for status := range m.over.Status {
		if status != 200 && status != 503 {
			return false
		}
	}
	return true
}

// watchMemory returns how to stop and tell the most memory that the service had.
func watchMemory(s *harness.Service) func() int64 {
	var most int64
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		tick := time.NewTicker(100 * time.Millisecond)
		defer tick.Stop()
		for {
			if now, err := s.Memory(); err == nil {
				most = max(most, now)
			}
			select {
			case <-tick.C:
			case <-stop:
				return
			}
		}
	}()
	return func() int64 {
		close(stop)
		<-stopped
		return most
	}
}
