//go:build linux

// Command million fills both services' databases with as many orders as a shop has in
// years, plants one damage of each kind, has `order reconcile --full` find them beside
// the running services, repairs them, and tells time and memory. `make test-million`
// calls it.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/stockonce/stockonce/test/harness"
)

func main() {
	orders := flag.Int("orders", 1_000_000, "how many orders there are")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, *orders)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "million:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, orders int) (err error) {
	folder, err := os.MkdirTemp("", "stockonce-million-")
	if err != nil {
		return fmt.Errorf("make the scratch folder: %w", err)
	}
	var open harness.Stack
	open.Push(func() { err = errors.Join(err, os.RemoveAll(folder)) })
	defer open.Close()
	s, err := openScene(ctx, folder, &open)
	if err != nil {
		return err
	}
	began := time.Now()
	if err := fill(ctx, s.place.Order, s.place.Product, orders); err != nil {
		return err
	}
	fmt.Printf("%d orders, %d SKUs, filled in %s; %d CPUs\n", orders, skus, time.Since(began).Round(time.Second), runtime.NumCPU())
	if err := s.run(ctx); err != nil {
		return err
	}
	if err := s.prove(ctx); err != nil {
		return fmt.Errorf("%w\n%s\n%s", err, s.order.Tail(), s.product.Tail())
	}
	return nil
}

// patience is how long a damage must have lasted to count here.
const patience = 2 * time.Second

// prove makes passes: over sound books, over damaged ones, with repair, and after it.
func (s *scene) prove(ctx context.Context) error {
	if _, err := s.pass(ctx, "sound", nil); err != nil {
		return err
	}
	want, err := s.place.Plant(ctx)
	if err != nil {
		return err
	}
	select { // until what the provider knows alone has been known to it for a while
	case <-time.After(patience):
	case <-ctx.Done():
		return ctx.Err()
	}
	if _, err := s.pass(ctx, "damaged", want); err != nil {
		return err
	}
	repaired, err := s.pass(ctx, "repair", want, "--repair")
	if err != nil {
		return err
	}
	fmt.Printf("%d of %d repairs are on their way; a person does the rest\n", repaired.Repaired, len(want))
	if err := s.byPerson(ctx, repaired); err != nil {
		return err
	}
	settling, cancel := context.WithTimeout(ctx, 2*time.Minute)
	defer cancel()
	if err := harness.Await(settling, s.settled, s.order.Process, s.product.Process); err != nil {
		return err
	}
	_, err = s.pass(ctx, "after", nil)
	return err
}

// byPerson does what no repair may.
func (s *scene) byPerson(ctx context.Context, p pass) error {
	for _, f := range p.Findings {
		if f.Kind == "payment_without_order" {
			if out, err := s.order.Command(ctx, "payments", "refund", f.Ref, "--by", "ann", "--reason", "nobody's"); err != nil {
				return fmt.Errorf("%w: %s", err, out)
			}
		}
	}
	return s.place.RepairStock(ctx)
}

// settled wants no task left.
func (s *scene) settled(ctx context.Context) error {
	var left int
	const query = "SELECT COUNT(*) FROM tasks WHERE state <> 'done' AND kind NOT IN ('query_payment', 'close_payment')"
	if err := s.place.Order.QueryRowContext(ctx, query).Scan(&left); err != nil {
		return fmt.Errorf("count tasks: %w", err)
	}
	if left > 0 {
		return fmt.Errorf("%d tasks are left", left)
	}
	return nil
}

// check wants exactly the findings given.
func (p pass) check(want []string) error {
	got := make([]string, 0, len(p.Findings))
	for _, f := range p.Findings {
		got = append(got, f.Kind+" "+f.Ref)
	}
	slices.Sort(got)
	if !slices.Equal(got, want) {
		return fmt.Errorf("found\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	return nil
}
