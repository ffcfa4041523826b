package test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stockonce/stockonce/test/harness"
	"github.com/stockonce/stockonce/test/harness/shop"
)

// instances are the healthy instances of a service as Consul tells them.
func instances(ctx context.Context, c *harness.Consul, name string) ([]string, error) {
	var entries []struct {
		Service struct {
			Address string
			Port    int
		}
	}
	if err := c.Get(ctx, "/v1/health/service/"+name+"?passing", &entries); err != nil {
		return nil, err
	}
	var all []string
	for _, e := range entries {
		all = append(all, e.Service.Address+":"+strconv.Itoa(e.Service.Port))
	}
	return all, nil
}

// registered returns a check that Consul knows exactly the given instances.
func registered(c *harness.Consul, name string, want ...string) func(context.Context) error {
	return func(ctx context.Context) error {
		got, err := instances(ctx, c, name)
		if err == nil && strings.Join(got, " ") != strings.Join(want, " ") {
			err = fmt.Errorf("consul knows %q of %s, not %q", got, name, want)
		}
		return err
	}
}

func startConsul(t *testing.T) *harness.Consul {
	t.Helper()
	// Not the test's short deadline: the first run builds the agent.
	c, err := harness.StartConsul(within(t, 15*time.Minute), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Kill)
	return c
}

func await(ctx context.Context, t *testing.T, check func(context.Context) error, needs ...*harness.Process) {
	t.Helper()
	if err := harness.Await(ctx, check, needs...); err != nil {
		t.Error(err)
	}
}

func TestConsulKnowsTheServicesWhileTheyTakeRequests(t *testing.T) {
	consul := startConsul(t)
	w := prepare(t, settings{"STOCKONCE_CONSUL_ADDRESS": consul.Addr})
	ctx := within(t, time.Minute)
	w.order.Set("STOCKONCE_SERVER_DRAIN_DELAY", "3s")
	// Only Consul tells where product is.
	w.order.Set("STOCKONCE_PRODUCT_ENDPOINT", "127.0.0.1:1")
	for _, s := range []*harness.Service{w.product, w.order} {
		if err := s.Run(ctx); err != nil {
			t.Fatal(err)
		}
	}
	// The HTTP port is the one that gateways call.
	await(ctx, t, registered(consul, "order", w.order.HTTP), w.order.Process)
	await(ctx, t, registered(consul, "product", w.product.HTTP), w.product.Process)

	w.stock(ctx, t, 5, "A")
	var o shop.Order
	await(ctx, t, func(ctx context.Context) (err error) {
		o, err = w.Place(ctx, oneOf("A"))
		return err
	})
	if _, err := w.Deliver(ctx, w.Paid(o)); err != nil {
		t.Fatal(err)
	}
	w.wantStatus(ctx, t, o.Number, "FULFILLED")

	// Asked to stop, order leaves Consul first and takes requests until the callers
	// have noticed.
	if err := w.order.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	await(ctx, t, registered(consul, "order"), w.order.Process)
	if _, err := w.Find(ctx, o.Number); err != nil {
		t.Errorf("no answer while draining: %v", err)
	}
	if err := harness.Answers(w.order.ReadyURL(), http.StatusServiceUnavailable)(ctx); err != nil {
		t.Error(err)
	}
	if err := w.order.Wait(ctx); err != nil {
		t.Error(err)
	}
}

func TestConsulMayBeAwayAtAnyTime(t *testing.T) {
	consul := startConsul(t)
	consul.Kill()
	w := start(t, settings{"STOCKONCE_CONSUL_ADDRESS": consul.Addr})
	ctx := within(t, 2*time.Minute)
	w.stock(ctx, t, 5, "A")
	sell := func(when string) {
		t.Helper()
		o, err := w.Place(ctx, oneOf("A"))
		if err == nil {
			_, err = w.Deliver(ctx, w.Paid(o))
		}
		if err != nil {
			t.Fatalf("%s: %v", when, err)
		}
		w.wantStatus(ctx, t, o.Number, "FULFILLED")
	}
	sell("consul down at start")
	if err := consul.Run(ctx); err != nil {
		t.Fatal(err)
	}
	await(ctx, t, registered(consul, "order", w.order.HTTP), w.order.Process)
	await(ctx, t, registered(consul, "product", w.product.HTTP), w.product.Process)
	sell("consul up")
	consul.Kill()
	sell("consul down again")
	if err := consul.Run(ctx); err != nil {
		t.Fatal(err)
	}
	await(ctx, t, registered(consul, "order", w.order.HTTP), w.order.Process)
	sell("consul up again")
}

func TestALogLevelInConsulAppliesWithoutARestart(t *testing.T) {
	const key = "stockonce/order/config.yaml"
	consul := startConsul(t)
	ctx := within(t, time.Minute)
	w := start(t, settings{"STOCKONCE_CONSUL_ADDRESS": consul.Addr})
	pid := w.order.PID()
	put := func(value string) {
		t.Helper()
		if err := consul.Put(ctx, key, value); err != nil {
			t.Fatal(err)
		}
	}
	// logsRequests tells whether requests are logged, which they are at level info.
	logsRequests := func(want bool) func(context.Context) error {
		return func(ctx context.Context) error {
			before := strings.Count(w.order.Log(), `"msg":"request"`)
			for range 10 {
				_, _ = w.Find(ctx, "NOSUCHORDER")
			}
			// A line is written just after its answer; one of ten may still be missing.
			if got := strings.Count(w.order.Log(), `"msg":"request"`)-before >= 5; got != want {
				return fmt.Errorf("requests are logged: %t, want %t", got, want)
			}
			return nil
		}
	}
	await(ctx, t, logsRequests(true), w.order.Process)
	put("log: {level: error}\n")
	await(ctx, t, logsRequests(false), w.order.Process)

	// A broken value is refused by name, and the old one stays.
	put("log: {level: shouting}\n")
	await(ctx, t, func(context.Context) error {
		for line := range strings.Lines(w.order.Log()) {
			if strings.Contains(line, `"level":"ERROR"`) && strings.Contains(line, "log.level") {
				return nil
			}
		}
		return errors.New("nothing in the log names log.level")
	}, w.order.Process)
	if err := logsRequests(false)(ctx); err != nil {
		t.Error(err)
	}
	put("log: {level: info}\n")
	await(ctx, t, logsRequests(true), w.order.Process)
	if w.order.PID() != pid {
		t.Error("order was started again")
	}
}
