package main

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/stockonce/stockonce/test/harness"
)

// replica is one instance of a service. Whenever it is gone and nothing keeps it
// down it is started again, as by Kubernetes.
type replica struct {
	*harness.Service
	name string

	mu       sync.Mutex
	down     bool
	restarts int
}

// restartPause is how long a replica that ended stays so.
const restartPause = 300 * time.Millisecond

// mind keeps the replica running until ctx ends.
func (r *replica) mind(ctx context.Context) {
	tick := time.NewTicker(restartPause)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			r.revive()
		}
	}
}

func (r *replica) revive() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.down || r.runs() {
		return
	}
	if r.Launch() == nil { // else the next tick tries again
		r.restarts++
	}
}

func (r *replica) runs() bool {
	if r.Process == nil {
		return false
	}
	select {
	case <-r.Done():
		return false
	default:
		return true
	}
}

// kill ends the replica at once and keeps it down for a while.
func (r *replica) kill(ctx context.Context, lasts time.Duration) {
	r.mu.Lock()
	r.down = true
	r.Close()
	r.mu.Unlock()
	r.comeBack(ctx, lasts)
}

// grace is how long a replica that is asked to end may take before it is killed, as
// Kubernetes does.
const grace = 30 * time.Second

// roll asks the replica to end, and keeps it down for a while.
func (r *replica) roll(ctx context.Context, lasts time.Duration) {
	r.mu.Lock()
	r.down = true
	p := r.Process
	r.mu.Unlock()
	if p != nil {
		patience, cancel := context.WithTimeout(context.WithoutCancel(ctx), grace)
		defer cancel()
		_ = p.Terminate(patience) // how it ends is not the point here: what it leaves behind is
	}
	r.comeBack(ctx, lasts)
}

func (r *replica) comeBack(ctx context.Context, after time.Duration) {
	pause(ctx, after)
	r.mu.Lock()
	r.down = false
	r.mu.Unlock()
	r.revive()
}

// stop has the replica stand still for a while.
func (r *replica) stop(ctx context.Context, lasts time.Duration) error {
	r.mu.Lock()
	p := r.Process
	r.mu.Unlock()
	if p == nil {
		return errors.New("it does not run")
	}
	if err := p.Pause(); err != nil {
		return err
	}
	pause(ctx, lasts)
	return p.Resume()
}

// pause waits for d, at most until ctx ends; it tells whether all of it passed.
func pause(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
