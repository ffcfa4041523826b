package limit

import "sync"

// Callers counts how many each caller has at work at once. It remembers nobody who has
// none. The zero value is ready; it is safe for concurrent use.
type Callers struct {
	mu      sync.Mutex
	working map[string]int
}

// Enter takes one of a caller's places and returns how to give it back, or nil when
// the caller has most of them already.
func (c *Callers) Enter(caller string, most int) (leave func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.working[caller] >= most {
		return nil
	}
	if c.working == nil {
		c.working = map[string]int{}
	}
	c.working[caller]++
	return func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		if c.working[caller]--; c.working[caller] == 0 {
			delete(c.working, caller)
		}
	}
}
