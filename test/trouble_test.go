package test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stockonce/stockonce/test/harness"
	"github.com/stockonce/stockonce/test/harness/shop"
	"github.com/stockonce/stockonce/test/harness/wire"
)

const (
	// answerLimit is what callers are promised, and slack what this machine may add to
	// it: it runs the database, both services and their callers on few cores.
	answerLimit = time.Second
	slack       = time.Second
	// recovery is how soon after the trouble's end requests are taken as before.
	recovery = 5 * time.Second
)

// shipped makes a world's services as patient as their configuration says.
func shipped(more settings) settings {
	s := settings{
		"STOCKONCE_LIMITS_ANSWER_WITHIN": "0.9s", "STOCKONCE_LIMITS_OPEN": "256",
		"STOCKONCE_LIMITS_REQUESTS": "256", "STOCKONCE_LIMITS_PER_CALLER": "64",
	}
	maps.Copy(s, more)
	return s
}

// ownServer starts a database server that only this test uses, with its data below
// folder.
func ownServer(t *testing.T, folder string) *harness.MySQL {
	t.Helper()
	server, err := harness.StartMySQL(within(t, 2*time.Minute), binaries.WithMySQL, folder)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Stop() })
	return server
}

// callers are one kind each of what callers ask of both services, again and again.
type callers struct {
	w     *world
	asks  map[string]func(context.Context) (int, error)
	mu    sync.Mutex
	count map[string]int // "kind status"
	times latencies
	wrong []string
}

// newCallers places orders for callbacks to pay, one after another.
func newCallers(ctx context.Context, t *testing.T, w *world) *callers {
	t.Helper()
	w.stock(ctx, t, 1_000_000, "A")
	o := w.placed(ctx, t, "A")
	c := &callers{w: w, count: map[string]int{}}
	get := func(url string) func(context.Context) (int, error) {
		return func(ctx context.Context) (int, error) {
			status, _, err := w.Send(ctx, http.MethodGet, url, http.Header{}, nil)
			return status, err
		}
	}
	notice, err := w.Sign(w.Paid(o))
	if err != nil {
		t.Fatal(err)
	}
	c.asks = map[string]func(context.Context) (int, error){
		"callback":   func(ctx context.Context) (int, error) { return w.Call(ctx, notice) },
		"read order": get(w.OrdersURL() + "/" + o.Number),
		"list":       get(w.OrdersURL()),
		"read sku":   get(strings.TrimSuffix(w.ProductsURL(), "products") + "skus/A"),
		"place": func(ctx context.Context) (int, error) {
			_, err := w.Place(ctx, oneOf("A"))
			return statusOf(err)
		},
	}
	return c
}

// statusOf is how a request of the shop was answered; an error when it was not.
func statusOf(err error) (int, error) {
	if answer, ok := errors.AsType[*shop.StatusError](err); ok {
		return answer.Status, nil
	}
	if err != nil {
		return 0, err
	}
	return http.StatusOK, nil
}

// during sends from all sides for so long, and returns when all is answered.
func (c *callers) during(ctx context.Context, d time.Duration, each int) {
	end := time.Now().Add(d)
	var wg sync.WaitGroup
	for kind, ask := range c.asks {
		for range each {
			wg.Go(func() {
				for time.Now().Before(end) && ctx.Err() == nil {
					c.one(ctx, kind, ask)
				}
			})
		}
	}
	wg.Wait()
}

func (c *callers) one(ctx context.Context, kind string, ask func(context.Context) (int, error)) {
	var status int
	begin := time.Now()
	c.times.add(func() (err error) {
		status, err = ask(ctx)
		return err
	})
	took := time.Since(begin)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.count[kind+" "+strconv.Itoa(status)]++
	if status != http.StatusOK && status != http.StatusServiceUnavailable || took > answerLimit+slack {
		c.wrong = append(c.wrong, fmt.Sprintf("%s: %d after %s", kind, status, took.Round(time.Millisecond)))
	}
}

// report fails the test for every answer that came too late or was neither 200 nor 503.
func (c *callers) report(t *testing.T) {
	t.Helper()
	t.Logf("%v: %s", c.count, &c.times)
	if len(c.wrong) > 0 {
		t.Errorf("%d of %d answers were late or wrong, as %s", len(c.wrong), len(c.times.all), c.wrong[0])
	}
	c.count, c.wrong, c.times.all = map[string]int{}, nil, nil
}

// wantBack waits until every kind of request is taken again, and tells how long that took.
func (c *callers) wantBack(ctx context.Context, t *testing.T) {
	t.Helper()
	begin := time.Now()
	for kind, ask := range c.asks {
		for {
			status, err := ask(ctx)
			if status == http.StatusOK {
				break
			}
			if took := time.Since(begin); took > recovery+slack {
				t.Fatalf("%s is answered with %d (%v) %s after the end of the trouble", kind, status, err, took.Round(time.Millisecond))
			}
		}
	}
	t.Logf("all requests are taken again after %s", time.Since(begin).Round(time.Millisecond))
}

// goroutines is how many a service has.
func goroutines(ctx context.Context, t *testing.T, s *harness.Service) int {
	t.Helper()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+s.Ops+"/metrics", nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	for line := range bytes.Lines(text) {
		if value, ok := bytes.CutPrefix(line, []byte("go_goroutines ")); ok {
			n, err := strconv.Atoi(string(bytes.TrimSpace(value)))
			if err != nil {
				t.Fatal(err)
			}
			return n
		}
	}
	t.Fatal("no go_goroutines in the metrics")
	return 0
}

// TestCallersAreAnsweredInASecondWhateverTheDatabaseDoes has the database stand still,
// take 3 s for everything, and go away, under load.
func TestCallersAreAnsweredInASecondWhateverTheDatabaseDoes(t *testing.T) {
	server := ownServer(t, t.TempDir())
	line, err := wire.NewTCP(server.Addr())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(line.Close)
	w := prepareAt(t, server, line.Addr, onMariaDB, shipped(nil))
	ctx := within(t, 3*time.Minute)
	for _, s := range []*harness.Service{w.product, w.order} {
		if err := s.Run(ctx); err != nil {
			t.Fatal(err)
		}
	}
	c := newCallers(ctx, t, w)
	c.during(ctx, 500*time.Millisecond, 4)
	c.report(t)
	for _, trouble := range []struct {
		name       string
		begin, end func() error
	}{
		{"it stands still", server.Pause, server.Resume},
		{
			"it takes 3 s for everything",
			func() error { line.Delay(3 * time.Second); return nil },
			func() error { line.Delay(0); return nil },
		},
		{"it is killed", server.Kill, func() error { return server.Run(ctx) }},
	} {
		t.Run(trouble.name, func(t *testing.T) {
			memory, err := w.order.Memory()
			if err != nil {
				t.Fatal(err)
			}
			calm := goroutines(ctx, t, w.order)
			under := make(chan struct{})
			go func() { // begins under load: commits are cut short as well
				defer close(under)
				c.during(ctx, 4*time.Second, 20)
			}()
			time.Sleep(300 * time.Millisecond)
			if err := trouble.begin(); err != nil {
				t.Fatal(err)
			}
			time.Sleep(2 * time.Second)
			busy := goroutines(ctx, t, w.order)
			<-under
			grown, err := w.order.Memory()
			if err != nil {
				t.Fatal(err)
			}
			c.report(t)
			t.Logf("goroutines %d, %d before; memory %d MiB, %d before", busy, calm, grown>>20, memory>>20)
			// 100 callers with a connection and a request each, of which those that wait
			// for the database have a few more.
			if busy > calm+1000 || grown > memory+64<<20 {
				t.Errorf("goroutines went from %d to %d, memory from %d to %d MiB", calm, busy, memory>>20, grown>>20)
			}
			if err := trouble.end(); err != nil {
				t.Fatal(err)
			}
			c.wantBack(ctx, t)
		})
	}
	w.settle(ctx, t)
}
