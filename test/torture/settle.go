package main

import (
	"context"
	"database/sql"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/stockonce/stockonce/app/paysim/book"
)

// settle waits until nothing waits any more, at most until ctx ends, and returns what
// still does.
func (s *scene) settle(ctx context.Context) (waiting string) {
	for again := true; again; again = pause(ctx, time.Second) {
		now, err := s.waiting(ctx)
		switch {
		case err != nil:
			waiting = err.Error()
		case now == "":
			return ""
		default:
			waiting = now
		}
	}
	return waiting
}

// waiting tells in a few words what is not done yet; nothing when all is. Dead tasks
// do not wait: the check judges them.
func (s *scene) waiting(ctx context.Context) (string, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	counts := map[string]int{}
	for _, q := range []string{
		"SELECT CONCAT('orders ', status), COUNT(*) FROM orders WHERE status IN ('created', 'paid', 'unfulfillable', 'refunding') GROUP BY status",
		"SELECT CONCAT('tasks ', kind), COUNT(*) FROM tasks WHERE state = 'pending' GROUP BY kind",
	} {
		if err := count(ctx, s.orderDB, q, counts); err != nil {
			return "", err
		}
	}
	for _, p := range s.providers {
		for _, d := range p.Deliveries() {
			if d.State == book.Waiting {
				counts["callbacks"]++
			}
		}
	}
	var words []string
	for _, what := range slices.Sorted(maps.Keys(counts)) {
		words = append(words, fmt.Sprint(counts[what], " ", what))
	}
	return strings.Join(words, ", "), nil
}

// count adds up the query's rows, of a name and a number each.
func count(ctx context.Context, db *sql.DB, query string, counts map[string]int) error {
	rows, err := db.QueryContext(ctx, query)
	if err != nil {
		return fmt.Errorf("count: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var name string
		var n int
		if err := rows.Scan(&name, &n); err != nil {
			return fmt.Errorf("count: %w", err)
		}
		counts[name] += n
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("count: %w", err)
	}
	return nil
}
