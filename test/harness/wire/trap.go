// Package wire holds the wire between two processes still at a chosen point: a
// database statement before it is run or after it was answered, a call before it
// arrives or before its answer does. So a test can kill a process at exactly that
// point, and the program under test needs no hooks for it.
package wire

import (
	"context"
	"fmt"
	"sync"
)

// When is the side of the point at which a trap holds.
type When int

// The sides of a point.
const (
	// Before: the other side has not seen the request yet.
	Before When = iota + 1
	// After: the other side has done its work and answered; the answer is held.
	After
)

// Trap waits for a point to be reached. Its methods are safe for concurrent use.
type Trap struct {
	when  When
	match func(any) bool
	held  chan *Held

	mu   sync.Mutex
	left int
}

// Held is a request or answer that is being held. Exactly one of Pass and Cut
// decides what becomes of it; whatever is called later does nothing.
type Held struct {
	once    sync.Once
	decided chan struct{}
	cut     bool
}

// Wait returns the next request or answer that the trap caught.
func (t *Trap) Wait(ctx context.Context) (*Held, error) {
	select {
	case h := <-t.held:
		return h, nil
	case <-ctx.Done():
		return nil, fmt.Errorf("the point was not reached: %w", context.Cause(ctx))
	}
}

// Disarm makes the trap catch nothing more. What it holds stays held.
func (t *Trap) Disarm() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.left = 0
}

// Pass lets it go on.
func (h *Held) Pass() { h.decide(false) }

// Cut drops it, as a network that breaks does.
func (h *Held) Cut() { h.decide(true) }

func (h *Held) decide(cut bool) {
	h.once.Do(func() {
		h.cut = cut
		close(h.decided)
	})
}

// traps are the armed traps of a proxy.
type traps struct {
	mu     sync.Mutex
	armed  []*Trap
	closed chan struct{} // closed with the proxy: nothing is held any longer
}

// arm adds a trap that catches the next count matches.
func (ts *traps) arm(when When, count int, match func(any) bool) *Trap {
	t := &Trap{when: when, match: match, held: make(chan *Held, count), left: count}
	ts.mu.Lock()
	defer ts.mu.Unlock()
	ts.armed = append(ts.armed, t)
	return t
}

// find returns the first armed trap for the point, whose count it takes one off.
func (ts *traps) find(when When, point any) *Trap {
	ts.mu.Lock()
	defer ts.mu.Unlock()
	for _, t := range ts.armed {
		if t.when == when && t.take(point) {
			return t
		}
	}
	return nil
}

func (t *Trap) take(point any) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.left == 0 || !t.match(point) {
		return false
	}
	t.left--
	return true
}

// hold reports the catch to the trap's owner and returns whether it may go on. It
// waits for the decision, at most until gone or the proxy is closed.
func (ts *traps) hold(t *Trap, gone <-chan struct{}) bool {
	h := &Held{decided: make(chan struct{})}
	t.held <- h
	select {
	case <-h.decided:
		return !h.cut
	case <-gone:
	case <-ts.closed:
	}
	return false
}
