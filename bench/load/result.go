package load

import (
	"slices"
	"sync"
	"time"
)

// Result is how the requests of one run were answered.
type Result struct {
	// Lasted is how long requests were sent.
	Lasted time.Duration
	// Status counts answers.
	Status map[int]int
	// Unsent counts what was due and not sent, Failed what got no answer, as Failure.
	Unsent, Failed int
	Failure        error

	mu      sync.Mutex
	good    []time.Duration
	bad     []time.Duration
	lastBad time.Time
}

// add counts an answer. Its time counts from when the request was due, so that a
// generator that falls behind does not flatter the server.
func (r *Result) add(due time.Time, status int, err error) {
	now := time.Now()
	r.mu.Lock()
	defer r.mu.Unlock()
	if err != nil {
		r.Failed++
		r.Failure = err
	} else {
		r.Status[status]++
	}
	if status/100 == 2 {
		r.good = append(r.good, now.Sub(due))
		return
	}
	r.bad = append(r.bad, now.Sub(due))
	r.lastBad = now
}

func (r *Result) unsent() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.Unsent++
	r.lastBad = time.Now()
}

// Sent is how many requests a second were sent.
func (r *Result) Sent() float64 {
	return float64(len(r.good)+len(r.bad)) / r.Lasted.Seconds()
}

// Goodput is how many requests a second were answered with 2xx.
func (r *Result) Goodput() float64 { return float64(len(r.good)) / r.Lasted.Seconds() }

// Good is the time that p of 100 requests answered with 2xx did not exceed, and Bad
// that of the others; 0 when there were none.
func (r *Result) Good(p float64) time.Duration { return percentile(r.good, p) }

// Bad is Good of requests that were not answered with 2xx.
func (r *Result) Bad(p float64) time.Duration { return percentile(r.bad, p) }

// LastBad is when the last request was not answered with 2xx; zero when all were.
func (r *Result) LastBad() time.Time { return r.lastBad }

func percentile(all []time.Duration, p float64) time.Duration {
	if len(all) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(all))
	return sorted[max(0, min(len(sorted)-1, int(float64(len(sorted))*p/100)))]
}
