package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
)

// tellProgress prints a line every ten seconds.
func (s *scene) tellProgress(ctx context.Context, out io.Writer, length time.Duration) {
	begin := time.Now()
	for pause(ctx, 10*time.Second) {
		waiting, err := s.waiting(ctx)
		if err != nil {
			waiting = "order's database is away"
		}
		counts, faults := s.ledger.read()
		done := 0
		for name, n := range counts {
			if kind, _, split := strings.Cut(name, "\t"); split && slices.Contains(blows, kind) {
				done += n
			}
		}
		phase := "chaos"
		if time.Since(begin) > length {
			phase = "settling"
		}
		fmt.Fprintf(out, "%6s  %-8s  %d orders placed, %d blows, %d requests tried again, %d faults; waiting: %s\n",
			time.Since(begin).Round(time.Second), phase, counts["orders placed"], done, counts["requests tried again"], len(faults), waiting)
	}
}
