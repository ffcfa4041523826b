package productclient

import (
	"sync"
	"time"
)

const (
	// breakAfter failures in a row there is no point in waiting for more.
	breakAfter = 5
	// breakFor is how long nothing is tried then; after it, one probe decides.
	breakFor = time.Second
)

// breaker stops immediate tries while product keeps failing: a callback must not
// wait for what will not come. The first success ends it. It is safe for
// concurrent use.
type breaker struct {
	mu       sync.Mutex
	failures int // in a row
	until    time.Time
	probing  bool
}

// allow tells whether to try at this time. Who is allowed must call done.
func (b *breaker) allow(now time.Time) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case b.failures < breakAfter:
		return true
	case b.probing || now.Before(b.until):
		return false
	default:
		b.probing = true
		return true
	}
}

// done reports how an allowed try ended.
func (b *breaker) done(now time.Time, ok bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.probing = false
	if ok {
		b.failures = 0
		return
	}
	b.failures++
	b.until = now.Add(breakFor)
}
