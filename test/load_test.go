package test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stockonce/stockonce/test/harness/shop"
)

// each runs f for 0 … n-1 in so many workers and returns when all are done.
func each(n, workers int, f func(i int)) {
	next := make(chan int)
	var wg sync.WaitGroup
	for range workers {
		wg.Go(func() {
			for i := range next {
				f(i)
			}
		})
	}
	for i := range n {
		next <- i
	}
	close(next)
	wg.Wait()
}

// stampede sends the same bytes n times at once, each again while it is answered
// with 503, and fails the test on any answer that is neither. It returns how often a
// 503 was answered.
func (w *world) stampede(ctx context.Context, t *testing.T, n int, notice shop.Notice) (busy int) {
	t.Helper()
	signed, err := w.Sign(notice)
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	answers := map[string]int{}
	begin := make(chan struct{})
	var wg sync.WaitGroup
	for range n {
		wg.Go(func() {
			<-begin
			for {
				status, err := w.Call(ctx, signed)
				key := fmt.Sprintf("%d", status)
				if err != nil {
					key = err.Error()
				}
				mu.Lock()
				answers[key]++
				mu.Unlock()
				if status != 503 {
					return
				}
				select {
				case <-time.After(time.Second): // as Retry-After asks
				case <-ctx.Done():
					return
				}
			}
		})
	}
	close(begin)
	wg.Wait()
	busy = answers["503"]
	delete(answers, "503")
	if answers["200"] != n || len(answers) != 1 {
		t.Errorf("%d identical callbacks were answered with %v", n, answers)
	}
	return busy
}

// latencies are of one kind of request. Add is safe for concurrent use.
type latencies struct {
	mu  sync.Mutex
	all []time.Duration
	bad []string
}

// add measures one request.
func (l *latencies) add(f func() error) {
	begin := time.Now()
	err := f()
	took := time.Since(begin)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.all = append(l.all, took)
	if err != nil {
		l.bad = append(l.bad, err.Error())
	}
}

// percentile is the latency that p of 100 requests did not exceed.
func (l *latencies) percentile(p int) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	sorted := slices.Sorted(slices.Values(l.all))
	return sorted[(len(sorted)*p-1)/100]
}

func (l *latencies) String() string {
	return fmt.Sprintf("n=%d p50=%s p99=%s max=%s failed=%d", len(l.all),
		l.percentile(50).Round(100*time.Microsecond), l.percentile(99).Round(100*time.Microsecond),
		l.percentile(100).Round(100*time.Microsecond), len(l.bad))
}
