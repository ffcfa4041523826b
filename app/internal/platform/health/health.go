// Package health answers whether a process should be sent requests.
package health

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"
)

const (
	// checkTimeout is how long one check may take.
	checkTimeout = time.Second
	// cacheFor is how long a check's answer is given again, so that probes from
	// many sides cost one check a second.
	cacheFor = time.Second
	// cacheFailure is the same for bad news: how soon it is noticed that all is well again.
	cacheFailure = 250 * time.Millisecond
)

// Check asks one thing that this process cannot serve without. That is what it
// owns: never another service, and never the registry, or one outage spreads.
type Check struct {
	// Name is shown to operators.
	Name string
	// Run returns nil when all is well.
	Run func(ctx context.Context) error
	// Needed says that no request can be answered while it fails: see FailingSince.
	Needed bool
}

// State is a process's readiness: it is ready while all its checks pass and it is
// not draining. It is safe for concurrent use.
type State struct {
	checks []*cachedCheck
	drain  chan struct{}
	once   sync.Once
}

// NewState makes the state of a process that is not draining.
func NewState(checks ...Check) *State {
	s := &State{drain: make(chan struct{})}
	for _, c := range checks {
		s.checks = append(s.checks, &cachedCheck{Check: c})
	}
	return s
}

// Observe has f called when a check begins to fail, with its error, and when it
// passes again, with nil. It must be called before Ready.
func (s *State) Observe(f func(check string, err error)) {
	for _, c := range s.checks {
		c.observe = f
	}
}

// Drain makes the process not ready for good: it is about to stop.
func (s *State) Drain() { s.once.Do(func() { close(s.drain) }) }

// Draining returns a channel that is closed once the process drains.
func (s *State) Draining() <-chan struct{} { return s.drain }

// FailingSince is when the first needed check began to fail, as far as was found out
// last; the zero time when all pass. It asks nothing: somebody must call Ready.
func (s *State) FailingSince() (first time.Time) {
	for _, c := range s.checks {
		if at := c.failing.Load(); c.Needed && at != nil && (first.IsZero() || at.Before(first)) {
			first = *at
		}
	}
	return first
}

// Report is what a State found.
type Report struct {
	Ready    bool
	Draining bool
	// Failed holds the error of every check that does not pass, by name.
	Failed map[string]error
}

// Ready asks all checks at once; answers are at most a second old. It takes no
// longer than a second, or than ctx lasts.
func (s *State) Ready(ctx context.Context) Report {
	errs := make([]error, len(s.checks))
	var wg sync.WaitGroup
	for i, c := range s.checks {
		wg.Go(func() { errs[i] = c.ask(ctx) })
	}
	wg.Wait()
	r := Report{Ready: true, Failed: map[string]error{}}
	for i, err := range errs {
		if err != nil {
			r.Ready = false
			r.Failed[s.checks[i].Name] = err
		}
	}
	select {
	case <-s.drain:
		r.Ready, r.Draining = false, true
	default:
	}
	return r
}

// cachedCheck is a check with its last answer.
type cachedCheck struct {
	Check
	observe func(check string, err error)
	// failing is when the run began that was the first to fail; nil while it passes.
	failing atomic.Pointer[time.Time]

	mu      sync.Mutex
	running chan struct{} // closed when the run under way has ended; nil: none is
	at      time.Time
	err     error
}

// ask returns an answer at most cacheFor old. However many ask, one run is under
// way at a time, even when it does not heed its context and outlives the time-out.
func (c *cachedCheck) ask(ctx context.Context) error {
	c.mu.Lock()
	if c.running == nil {
		fresh := cacheFor
		if c.err != nil {
			fresh = cacheFailure
		}
		if !c.at.IsZero() && time.Since(c.at) < fresh {
			defer c.mu.Unlock()
			return c.err
		}
		c.running = make(chan struct{})
		// The run outlives the one who asked first: others wait for it as well.
		go c.run(context.WithoutCancel(ctx), c.running)
	}
	running := c.running
	c.mu.Unlock()

	timer := time.NewTimer(checkTimeout)
	defer timer.Stop()
	select {
	case <-running:
		c.mu.Lock()
		defer c.mu.Unlock()
		return c.err
	case <-timer.C:
		return fmt.Errorf("no answer within %s", checkTimeout)
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

func (c *cachedCheck) run(ctx context.Context, running chan struct{}) {
	begin := time.Now()
	ctx, cancel := context.WithTimeout(ctx, checkTimeout)
	defer cancel()
	err := fmt.Errorf("check %s panicked", c.Name)
	defer func() {
		_ = recover() // a broken check is a failed check, not a dead process
		c.mu.Lock()
		turned := (err == nil) != (c.err == nil)
		c.err, c.at, c.running = err, time.Now(), nil
		if err == nil {
			c.failing.Store(nil)
		} else if c.failing.Load() == nil {
			c.failing.Store(&begin)
		}
		c.mu.Unlock()
		close(running)
		if turned && c.observe != nil {
			c.observe(c.Name, err)
		}
	}()
	err = c.Run(ctx)
}
