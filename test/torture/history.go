package main

import (
	"context"
	"database/sql"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
)

// history is all that the databases and the provider know about an order.
var history = []struct {
	what, query string
	product     bool // asked of product's database, else of order's
}{
	{"order", "SELECT number, provider, status, amount, winner, created_at, updated_at, expires_at FROM orders WHERE number = ?", false},
	{"lines", "SELECT l.sku, l.quantity FROM order_lines l JOIN orders o ON o.id = l.order_id WHERE o.number = ?", false},
	{"events", "SELECT sequence, kind, subject, status, note, created_at FROM order_events WHERE order_number = ? ORDER BY sequence", false},
	{"callbacks", "SELECT transaction_id, state, amount, verdict, problem, answer_status, created_at FROM callbacks WHERE order_number = ? ORDER BY id", false},
	{"payments", "SELECT number, transaction_id, amount, disposition, created_at FROM payments WHERE order_number = ? ORDER BY id", false},
	{"refunds", "SELECT r.number, r.amount, r.source, r.state, r.reason, r.created_at, r.updated_at FROM refunds r JOIN payments p ON p.number = r.payment WHERE p.order_number = ? ORDER BY r.created_at", false},
	{"tasks", "SELECT DISTINCT t.kind, t.ref, t.state, t.attempt, t.next_at, t.last_error, t.created_at, t.updated_at FROM tasks t LEFT JOIN payments p ON t.ref LIKE CONCAT(p.number, '%') WHERE ? IN (t.ref, p.order_number) ORDER BY t.created_at", false},
	{"deduction", "SELECT outcome, short_lines, created_at, updated_at FROM deductions WHERE order_number = ?", true},
	{"movements", "SELECT s.code, m.kind, m.delta, m.balance, m.created_at FROM stock_movements m JOIN skus s ON s.id = m.sku_id WHERE m.ref = ? ORDER BY m.id", true},
}

// tellHistory writes what is known about an order.
func (s *scene) tellHistory(ctx context.Context, w io.Writer, number string) {
	fmt.Fprintf(w, "\nhistory of order %s", number)
	if p, ok := s.kept.placed[number]; ok {
		fmt.Fprintf(w, ", of customer %d who %s", p.id, p.deed)
	}
	fmt.Fprintln(w)
	for _, part := range history {
		db := s.orderDB
		if part.product {
			db = s.productDB
		}
		if err := tell(ctx, w, part.what, db, part.query, number); err != nil {
			fmt.Fprintf(w, "  %s: %v\n", part.what, err)
		}
	}
	for _, p := range s.providers {
		for _, paid := range p.Payments() {
			if paid.OrderNumber == number {
				fmt.Fprintf(w, "  at the provider: %s %d %s, %d of it back\n", paid.TransactionID, paid.Amount, paid.State, paid.Refunded)
			}
		}
		for _, r := range p.Refunds() {
			if r.OrderNumber == number {
				fmt.Fprintf(w, "  refund at the provider: %s %q of %s, %d %s\n", r.ID, r.Number, r.TransactionID, r.Amount, r.State)
			}
		}
		for _, d := range p.Deliveries() {
			if d.Payment.OrderNumber == number {
				fmt.Fprintf(w, "  callback: %s after %d tries, the last answered %s\n", d.State, d.Tries, d.Answer)
			}
		}
	}
}

// tell writes a query's rows under their columns' names.
func tell(ctx context.Context, w io.Writer, what string, db *sql.DB, query, number string) error {
	rows, err := db.QueryContext(ctx, query, number)
	if err != nil {
		return err
	}
	defer rows.Close()
	names, err := rows.Columns()
	if err != nil {
		return err
	}
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	defer func() { _ = table.Flush() }() // what cannot be written shows by itself
	fmt.Fprintf(table, "  %s:\t%s\n", what, strings.Join(names, "\t"))
	for rows.Next() {
		cells, fields := make([]sql.NullString, len(names)), make([]any, len(names))
		for i := range cells {
			fields[i] = &cells[i]
		}
		if err := rows.Scan(fields...); err != nil {
			return err
		}
		for _, cell := range cells {
			fmt.Fprintf(table, "\t%s", cell.String)
		}
		fmt.Fprintln(table)
	}
	return rows.Err()
}
