// Package limit decides how much is taken on at once, so that what is taken on can be
// finished in time and what is not is told so at once.
package limit

import (
	"container/list"
	"context"
	"errors"
	"sync"
	"time"
)

var (
	// ErrFull says that as many work and wait already as may.
	ErrFull = errors.New("too many at once")
	// ErrWaited says that no place came free within the time that one may wait.
	ErrWaited = errors.New("waited too long for a place")
)

// Settings are the bounds of a gate.
type Settings struct {
	// Most is how many may work at once at most, however fast they are; at least 1.
	Most int
	// Wait is how long one may wait for a place.
	Wait time.Duration
	// Target is how long work should take. While it takes longer fewer are let in, so
	// that what is behind the gate works instead of queueing; 0 means always Most.
	Target time.Duration
}

// least is how far a gate closes at most: enough to keep finding out how long work
// takes, and to keep something behind the gate busy that is slow by nature.
const least = 8

// Gate bounds how many work at once. How many, it finds out by itself: with every
// piece of work that took longer than the target the number shrinks in proportion, at
// most by half and once for all that were let in together; with every one that did not,
// while the gate is the bound, it grows by one over itself, so by about one each time
// that everybody has been through. A gate is safe for concurrent use.
type Gate struct {
	mu      sync.Mutex
	set     Settings
	limit   float64   // between least and Most
	shrunk  time.Time // when it began to shrink last, and what it was before
	before  float64
	working int
	waiting list.List // of chan struct{}, closed when its owner has been given a place
}

// NewGate makes a gate that is wide open.
func NewGate(s Settings) *Gate { return &Gate{set: s, limit: float64(s.Most)} }

// Configure changes the bounds, also while the gate is in use.
func (g *Gate) Configure(s Settings) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if s == g.set {
		return
	}
	g.set, g.limit = s, float64(s.Most)
	g.admit()
}

// Full tells whether Enter would refuse at once. It is for those who can spare
// themselves work before they ask.
func (g *Gate) Full() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.full()
}

// Enter takes a place, or waits for one: in line, no longer than Settings.Wait and
// ctx, and only while fewer wait than half of those who work. A nil error obliges to
// call Leave of the pass, once.
func (g *Gate) Enter(ctx context.Context) (*Pass, error) {
	g.mu.Lock()
	if g.waiting.Len() == 0 && g.working < int(g.limit) {
		g.working++
		g.mu.Unlock()
		return &Pass{gate: g, begun: time.Now()}, nil
	}
	if g.full() {
		g.mu.Unlock()
		return nil, ErrFull
	}
	given := make(chan struct{})
	place := g.waiting.PushBack(given)
	wait := g.set.Wait
	g.mu.Unlock()

	timer := time.NewTimer(wait)
	defer timer.Stop()
	err := ErrWaited
	select {
	case <-given:
		return &Pass{gate: g, begun: time.Now()}, nil
	case <-timer.C:
	case <-ctx.Done():
		err = context.Cause(ctx)
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	select {
	case <-given: // meanwhile; it is somebody else's now
		g.working--
		g.admit()
	default:
		g.waiting.Remove(place)
	}
	return nil, err
}

// full needs the lock.
func (g *Gate) full() bool {
	return g.working >= int(g.limit) && (g.set.Wait <= 0 || g.waiting.Len() >= max(1, int(g.limit)/2))
}

// admit gives free places to those who wait. It needs the lock.
func (g *Gate) admit() {
	for g.working < int(g.limit) && g.waiting.Len() > 0 {
		close(g.waiting.Remove(g.waiting.Front()).(chan struct{})) //nolint:forcetypeassert,errcheck // nothing else is in it
		g.working++
	}
}

// Pass is a place that somebody has.
type Pass struct {
	gate  *Gate
	begun time.Time
}

// Leave gives the place back. measured is false for work whose time says nothing about
// how busy things are.
func (p *Pass) Leave(measured bool) {
	g, now := p.gate, time.Now()
	g.mu.Lock()
	defer g.mu.Unlock()
	if measured && g.set.Target > 0 {
		g.learn(p.begun, now)
	}
	g.working--
	g.admit()
}

// learn adjusts the limit to a piece of work. It needs the lock.
func (g *Gate) learn(begun, now time.Time) {
	took := now.Sub(begun)
	switch {
	case took <= g.set.Target:
		if g.working >= int(g.limit) {
			g.limit += 1 / g.limit
		}
	default:
		if begun.After(g.shrunk) {
			g.before, g.shrunk = g.limit, now
		}
		// Those that were let in before that were let in by the limit before.
		g.limit = min(g.limit, g.before*max(0.5, float64(g.set.Target)/float64(took)))
	}
	g.limit = min(max(g.limit, least), float64(g.set.Most))
}
