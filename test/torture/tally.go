package main

import (
	"fmt"
	"maps"
	"sync"
)

// tally counts what happened and keeps what must not have. It is safe for concurrent use.
type tally struct {
	mu     sync.Mutex
	counts map[string]int
	faults []string
}

func newTally() *tally { return &tally{counts: map[string]int{}} }

func (t *tally) add(what string, n int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.counts[what] += n
}

// faultf keeps what the torture itself could not do, or an answer that nobody may get.
func (t *tally) faultf(format string, args ...any) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.faults = append(t.faults, fmt.Sprintf(format, args...))
}

func (t *tally) read() (counts map[string]int, faults []string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return maps.Clone(t.counts), append([]string{}, t.faults...)
}
