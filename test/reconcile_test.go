package test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stockonce/stockonce/app/paysim/sim"
	"github.com/stockonce/stockonce/test/harness/damage"
)

// pass is what `order reconcile --json` prints.
type pass struct {
	Orders, SKUs, Asked, Moving, Found, Repaired int
	Findings                                     []struct {
		Kind, Ref, Order, Detail, Remedy string
		Repaired                         bool
	}
}

// found lists what a pass found, as kind and ref, sorted.
func (p pass) found() []string {
	list := []string{}
	for _, f := range p.Findings {
		list = append(list, f.Kind+" "+f.Ref)
	}
	slices.Sort(list)
	return list
}

// reconcile runs `order reconcile` and wants it to end with 3 exactly if it found
// something.
func (m *market) reconcile(ctx context.Context, t *testing.T, args ...string) (p pass) {
	t.Helper()
	out, err := m.order.Command(ctx, append([]string{"reconcile", "--json"}, args...)...)
	if at := strings.Index(out, "{\n"); at < 0 || json.NewDecoder(strings.NewReader(out[at:])).Decode(&p) != nil {
		t.Fatalf("reconcile %v: %v\n%s", args, err, out)
	}
	code := 0
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		code = exit.ExitCode()
	}
	if want := map[bool]int{false: 0, true: 3}[p.Found > 0]; code != want {
		t.Fatalf("reconcile %v ended with %d, want %d: %v\n%s", args, code, want, err, out)
	}
	return p
}

// openComparing opens a market whose order service compares as often as given; 0s means
// never.
func openComparing(t *testing.T, engine, every, fullEvery string) *market {
	t.Helper()
	m := prepareMarket(t, engine, nil)
	m.order.Set("STOCKONCE_RECONCILIATION_EVERY", every)
	m.order.Set("STOCKONCE_RECONCILIATION_FULL_EVERY", fullEvery)
	m.order.Set("STOCKONCE_RECONCILIATION_UNCHANGED_FOR", "0s")
	m.run(within(t, time.Minute), t)
	return m
}

// TestTheSevenDamagesAreFoundAndRepaired plants each damage with SQL in the databases of
// running services.
func TestTheSevenDamagesAreFoundAndRepaired(t *testing.T) {
	m := openComparing(t, onMariaDB, "0s", "0s")
	ctx := within(t, 3*time.Minute)
	m.stock(ctx, t, 1000, "A")
	look := []string{"--full", "--unchanged-for", "0s", "--stuck-after", "2s"}
	for _, provider := range providers {
		o := m.orderWith(ctx, t, provider, "A")
		m.pay(ctx, t, provider, o)
		m.wantStatus(ctx, t, o.Number, "FULFILLED")
	}
	if got := m.reconcile(ctx, t, look...); got.Found != 0 || got.Orders != len(providers) || got.SKUs != 1 {
		t.Fatalf("sound books: %+v", got)
	}

	place := &damage.Place{Shop: m.Shop, Sim: m.sim, Order: m.orderDB, Product: m.productDB}
	want, err := place.Plant(ctx)
	if err != nil {
		t.Fatal(err)
	}
	// What the provider knows alone must have been known to it for a while.
	m.await(ctx, t, func(ctx context.Context) error {
		if got := m.reconcile(ctx, t, look...).found(); !slices.Equal(got, want) {
			return fmt.Errorf("found\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
		return nil
	})
	list, err := m.order.Command(ctx, "findings", "list")
	if err != nil || strings.Count(list, "\n") != len(want)+1 {
		t.Errorf("findings list: %v\n%s", err, list)
	}

	repaired := m.reconcile(ctx, t, append(look, "--repair")...)
	if repaired.Repaired != 5 {
		t.Errorf("%d repairs are on their way, want 5: %+v", repaired.Repaired, repaired.Findings)
	}
	for _, f := range repaired.Findings {
		if byPerson := f.Kind == "edited_stock" || f.Kind == "payment_without_order"; f.Repaired == byPerson {
			t.Errorf("%s %s: repaired %t", f.Kind, f.Ref, f.Repaired)
		}
		if f.Kind != "payment_without_order" {
			continue
		}
		if out, err := m.order.Command(ctx, "payments", "refund", f.Ref, "--by", "ann", "--reason", "nobody's"); err != nil {
			t.Errorf("%v\n%s", err, out)
		}
	}
	if err := place.RepairStock(ctx); err != nil {
		t.Fatal(err)
	}
	m.await(ctx, t, func(ctx context.Context) error {
		if got := m.reconcile(ctx, t, look...).found(); len(got) > 0 {
			return fmt.Errorf("still found: %v", got)
		}
		return nil
	})
	if list, err := m.order.Command(ctx, "findings", "list"); err != nil || list != "None.\n" {
		t.Errorf("findings list: %v\n%s", err, list)
	}
	m.closeBooks(ctx, t)
}

// TestABusySystemHasNoFindings compares the books again and again, without leaving
// alone what changes, while all that can happen to an order happens.
func TestABusySystemHasNoFindings(t *testing.T) {
	const orders = 60
	for _, engine := range []string{onSQLite, onMariaDB} {
		t.Run(engine, func(t *testing.T) {
			m := openComparing(t, engine, "0.3s", "1s")
			ctx := within(t, 3*time.Minute)
			m.stock(ctx, t, 1000, "A", "B")
			m.stock(ctx, t, orders/4, "SHORT")
			var busy sync.WaitGroup
			working, stop := context.WithCancel(ctx)
			busy.Go(func() {
				defer stop()
				each(orders, 8, func(i int) { m.live(ctx, t, i) })
			})
			passes := 0
			for working.Err() == nil || passes < 3 {
				if got := m.reconcile(ctx, t, "--full", "--repair", "--unchanged-for", "0s"); got.Found != 0 {
					t.Errorf("found in sound books: %+v", got.Findings)
					break
				}
				passes++
			}
			busy.Wait()
			t.Logf("%d passes beside %d orders", passes, orders)
			m.taken(ctx, t)
			m.closeBooks(ctx, t)
			var found, finished int
			if err := m.orderDB.QueryRowContext(ctx, "SELECT COUNT(*) FROM findings").Scan(&found); err != nil || found != 0 {
				t.Errorf("%d findings were stored: %v", found, err)
			}
			if err := m.orderDB.QueryRowContext(ctx, "SELECT COUNT(*) FROM reconciliation_passes").Scan(&finished); err != nil || finished != 2 {
				t.Errorf("%d kinds of passes came to an end, want 2: %v", finished, err)
			}
		})
	}
}

// live is the life of one order of the busy shop.
func (m *market) live(ctx context.Context, t *testing.T, i int) {
	provider := providers[i%len(providers)]
	sku := "A"
	if i%3 == 0 {
		sku = "SHORT"
	}
	o, err := m.PlaceWith(ctx, provider, oneOf(sku), oneOf("B"))
	if err != nil {
		t.Error(err)
		return
	}
	if i%5 == 4 {
		if err := m.Cancel(ctx, o.Number); err != nil {
			t.Error(err)
		}
	}
	for range 1 + i%2 {
		if _, err := m.sim.Pay(ctx, sim.Payment{Provider: provider, OrderNumber: o.Number, Amount: o.Amount}); err != nil {
			t.Error(err)
		}
	}
	if i%7 == 6 {
		// Refused while the order is not paid yet, or is not to be paid any more.
		_, _ = m.order.Command(ctx, "orders", "refund", o.Number, "--by", "ann", "--reason", "asked for")
	}
}
