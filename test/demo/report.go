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
	"github.com/stockonce/stockonce/test/harness/shop"
)

// settledBooks reads both databases once no order waits for its stock any more.
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
	return settled(ctx, order, product)
}

func settled(ctx context.Context, order, product *sql.DB) (books *audit.Books, err error) {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	err = harness.Await(ctx, func(ctx context.Context) error {
		if books, err = audit.Read(ctx, order, product); err != nil {
			return fmt.Errorf("read the databases: %w", err)
		}
		if waiting := books.Unsettled(); len(waiting) > 0 {
			return fmt.Errorf("orders %q still wait for their stock", waiting)
		}
		return nil
	})
	return books, err
}

// report prints the tables and tells whether every invariant holds.
func (d *demo) report(books *audit.Books) bool {
	fmt.Println("\nwhat the two databases say now")
	table("STOCK\tBEFORE\tSOLD\tAFTER", stockRows(books))
	table("ORDERS\tHOW MANY", countRows(audit.Count(books.Orders, func(o audit.Order) string { return o.Status })))
	table("PAYMENTS\tHOW MANY", countRows(audit.Count(books.Payments, func(p audit.Payment) string { return p.Disposition })))
	m := books.Money()
	table("MONEY\t"+shop.Currency, []string{
		"arrived\t" + money(m.Captured), "kept\t" + money(m.Kept), "going back\t" + money(m.Returned), "held\t" + money(m.Held),
	})

	held := true
	rows := make([]string, 0, len(audit.Invariants())+1)
	check := func(name, says string, violations []string) {
		mark := "✓"
		if len(violations) > 0 {
			mark, held = "✗", false
		}
		rows = append(rows, fmt.Sprintf("%s %s\t%s", mark, name, says))
		for _, v := range violations {
			rows = append(rows, "\t  "+v)
		}
	}
	for _, i := range audit.Invariants() {
		check(i.Name, i.Says, i.Check(books))
	}
	check("I8", "what was answered ok is recorded, what was forged is not", d.answersAreTrue(books))
	table("INVARIANT\tSAYS", rows)
	return held
}

// answersAreTrue compares what the provider was told with what is recorded.
func (d *demo) answersAreTrue(books *audit.Books) (bad []string) {
	for _, transaction := range books.Unrecorded(d.provider.taken) {
		bad = append(bad, fmt.Sprintf("payment %s was answered ok and is not recorded", transaction))
	}
	absent := books.Unrecorded(d.provider.forged)
	for _, transaction := range d.provider.forged {
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
