package limit_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stockonce/stockonce/app/internal/platform/limit"
)

func enter(t *testing.T, g *limit.Gate) *limit.Pass {
	t.Helper()
	pass, err := g.Enter(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return pass
}

func TestWhoFindsNoPlaceWaitsInLineAndNotForEver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := limit.NewGate(limit.Settings{Most: 2, Wait: 250 * time.Millisecond})
		first, second := enter(t, g), enter(t, g)
		if g.Full() {
			t.Error("full although one may still wait")
		}
		got := make(chan *limit.Pass)
		go func() {
			pass, _ := g.Enter(t.Context())
			got <- pass
		}()
		synctest.Wait()
		if !g.Full() {
			t.Error("not full although half as many wait as work")
		}
		begin := time.Now()
		if _, err := g.Enter(t.Context()); !errors.Is(err, limit.ErrFull) || time.Since(begin) != 0 {
			t.Errorf("one too many got %v after %s, want to be refused at once", err, time.Since(begin))
		}
		first.Leave(false)
		waiter := <-got
		if waiter == nil {
			t.Fatal("the place that came free was not given to the one who waited")
		}
		begin = time.Now()
		if _, err := g.Enter(t.Context()); !errors.Is(err, limit.ErrWaited) || time.Since(begin) != 250*time.Millisecond {
			t.Errorf("got %v after %s, want ErrWaited after 250ms", err, time.Since(begin))
		}
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
		defer cancel()
		if _, err := g.Enter(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("a caller who went away got %v", err)
		}
		second.Leave(false)
		waiter.Leave(false)
		enter(t, g).Leave(false)
	})
}

// behind is a server with so many workers behind a gate: each piece of work takes a
// worker 20 ms, and waits for one. It is sent n at once, again and again.
func behind(t *testing.T, g *limit.Gate, workers, n int, last time.Duration) (done, slow, refused int) {
	t.Helper()
	slots := make(chan struct{}, workers)
	var mu sync.Mutex
	var wg sync.WaitGroup
	for begin := time.Now(); time.Since(begin) < last; time.Sleep(10 * time.Millisecond) {
		for range n {
			wg.Go(func() {
				arrived := time.Now()
				pass, err := g.Enter(t.Context())
				if err != nil {
					mu.Lock()
					defer mu.Unlock()
					refused++
					return
				}
				slots <- struct{}{}
				time.Sleep(20 * time.Millisecond)
				<-slots
				pass.Leave(true)
				mu.Lock()
				defer mu.Unlock()
				if done++; time.Since(arrived) > 900*time.Millisecond {
					slow++
				}
			})
		}
	}
	wg.Wait()
	return done, slow, refused
}

func TestUnderTenTimesTheLoadTheGateKeepsGoodputAndTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		// 4 workers do 200 a second; 2000 a second arrive. All 256 would take 1.3 s.
		g := limit.NewGate(limit.Settings{Most: 256, Wait: 250 * time.Millisecond, Target: 450 * time.Millisecond})
		behind(t, g, 4, 20, 3*time.Second) // finds its limit
		done, slow, refused := behind(t, g, 4, 20, 10*time.Second)
		t.Logf("%d done, %d of them slow, %d refused", done, slow, refused)
		if done < 1900 { // of 2000 that the workers can do
			t.Errorf("%d were done, want the workers to be busy all the time", done)
		}
		if slow > done/100 {
			t.Errorf("%d of %d took longer than 900 ms", slow, done)
		}
		// What was slow is fast again: the gate opens.
		behind(t, g, 64, 20, 10*time.Second)
		if _, _, refused := behind(t, g, 64, 20, 5*time.Second); refused > 0 {
			t.Errorf("%d refused although there is room", refused)
		}
	})
}

func TestAFixedLimitWouldNotHaveDone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := limit.NewGate(limit.Settings{Most: 256, Wait: 250 * time.Millisecond})
		if done, slow, _ := behind(t, g, 4, 20, 10*time.Second); slow < done/2 {
			t.Errorf("%d of %d were slow: the load of these tests is too small to tell anything", slow, done)
		}
	})
}

func TestNewSettingsHoldAtOnceAndForThoseWhoWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := limit.NewGate(limit.Settings{Most: 1, Wait: time.Minute})
		first := enter(t, g)
		got := make(chan *limit.Pass)
		go func() { got <- enter(t, g) }()
		synctest.Wait()
		g.Configure(limit.Settings{Most: 2, Wait: time.Minute})
		(<-got).Leave(false)
		first.Leave(false)
	})
}

func TestOneCallerLeavesRoomForOthers(t *testing.T) {
	var callers limit.Callers
	first, second := callers.Enter("noisy", 2), callers.Enter("noisy", 2)
	if first == nil || second == nil {
		t.Fatal("refused with room left")
	}
	if callers.Enter("noisy", 2) != nil {
		t.Error("a third one was let in")
	}
	if quiet := callers.Enter("quiet", 2); quiet == nil {
		t.Error("another caller was refused")
	} else {
		quiet()
	}
	first()
	if again := callers.Enter("noisy", 2); again == nil {
		t.Error("a place that was given back is lost")
	}
}
