package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"text/tabwriter"
	"time"

	"github.com/stockonce/stockonce/test/harness"
	"github.com/stockonce/stockonce/test/harness/audit"
)

// settledBooks reads both databases once neither stock nor money moves any more and
// every callback is taken.
func (d *demo) settledBooks(ctx context.Context) (books *audit.Books, err error) {
	order, err := audit.OpenSQLite(d.orderDB())
	if err != nil {
		return nil, fmt.Errorf("read the databases: %w", err)
	}
	defer func() { err = errors.Join(err, order.Close()) }()
	product, err := audit.OpenSQLite(d.productDB())
	if err != nil {
		return nil, fmt.Errorf("read the databases: %w", err)
	}
	defer func() { err = errors.Join(err, product.Close()) }()
	return settled(ctx, order, product, d.providers.untaken)
}

func settled(ctx context.Context, order, product *sql.DB, untaken func() error) (books *audit.Books, err error) {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	err = harness.Await(ctx, func(ctx context.Context) error {
		if err := untaken(); err != nil {
			return err
		}
		if books, err = audit.Read(ctx, order, product); err != nil {
			return fmt.Errorf("read the databases: %w", err)
		}
		if moving := append(books.Unsettled(), books.MoneyUnderWay()...); len(moving) > 0 {
			return fmt.Errorf("%q still wait for stock or money", moving)
		}
		return nil
	})
	return books, err
}

// report prints the tables and tells whether every invariant holds and all money adds up.
func report(books *audit.Books, s statement) bool {
	fmt.Println("\nwhat the two databases and the providers say now")
	table("STOCK\tBEFORE\tSOLD\tAFTER", stockRows(books))
	table("ORDERS\tHOW MANY", countRows(audit.Count(books.Orders, func(o audit.Order) string { return o.Status })))
	table("PAYMENTS\tHOW MANY", countRows(audit.Count(books.Payments, func(p audit.Payment) string { return p.Disposition })))
	table("REFUNDS\tHOW MANY", countRows(audit.Count(books.Refunds, func(r audit.Refund) string { return r.State + ", begun by " + r.Source })))

	held := reportMoney(books, s)
	rows := make([]string, 0, len(audit.Invariants())+1)
	check := func(name, says string, violations []string) {
		held = held && len(violations) == 0
		rows = append(rows, fmt.Sprintf("%s %s\t%s", mark(violations), name, says))
		for _, v := range violations {
			rows = append(rows, "\t  "+v)
		}
	}
	for _, i := range audit.Invariants() {
		check(i.Name, i.Says, i.Check(books))
	}
	check("I8", "what was answered ok is recorded, what was forged is not", answersAreTrue(books, s))
	table("INVARIANT\tSAYS", rows)
	return held
}

// answersAreTrue compares what the providers were told with what is recorded.
func answersAreTrue(books *audit.Books, s statement) (bad []string) {
	for _, transaction := range books.Unrecorded(s.told) {
		bad = append(bad, fmt.Sprintf("payment %s was answered ok and is not recorded", transaction))
	}
	absent := books.Unrecorded(s.forged)
	for _, transaction := range s.forged {
		if !slices.Contains(absent, transaction) {
			bad = append(bad, fmt.Sprintf("payment %s was forged and is recorded", transaction))
		}
	}
	return bad
}

func stockRows(books *audit.Books) []string {
	before, sold := map[string]int64{}, map[string]int64{}
	for _, m := range books.Movements {
		if m.Kind == "sale" || m.Kind == "release" {
			sold[m.SKU] -= m.Delta
		} else {
			before[m.SKU] += m.Delta
		}
	}
	rows := make([]string, 0, len(books.SKUs))
	for _, s := range books.SKUs {
		rows = append(rows, fmt.Sprintf("%s\t%d\t%d\t%d", s.Code, before[s.Code], sold[s.Code], s.Stock))
	}
	return rows
}

func countRows(counts map[string]int) []string {
	rows := make([]string, 0, len(counts))
	for _, name := range slices.Sorted(maps.Keys(counts)) {
		rows = append(rows, fmt.Sprintf("%s\t%d", name, counts[name]))
	}
	return rows
}

// table prints rows of cells that are separated by tabs, under a head of the same kind.
func table(head string, rows []string) {
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 3, ' ', 0)
	fmt.Fprintln(w)
	for _, row := range append([]string{head}, rows...) {
		fmt.Fprintln(w, "  "+row)
	}
	// Standard output that fails shows by itself.
	_ = w.Flush()
}

// mark is before what holds, or does not.
func mark(violations []string) string {
	if len(violations) > 0 {
		return "✗"
	}
	return "✓"
}

// money prints an amount of minor units of a currency with two decimals.
func money(minor int64) string { return fmt.Sprintf("%d.%02d", minor/100, minor%100) }
