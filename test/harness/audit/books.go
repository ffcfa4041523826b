// Package audit reads both services' databases and checks the system's invariants
// in them, independently of the services' own code.
package audit

import (
	"context"
	"database/sql"
	"fmt"
)

// Books is all that the two databases say. Read them when nothing is under way: the
// two are not read at one moment.
type Books struct {
	Orders     []Order
	Payments   []Payment
	Refunds    []Refund
	Tasks      []Task
	Deductions []Deduction
	SKUs       []SKU
	Movements  []Movement // as they were written
	// Accepted are the payments of another amount that a person accepted.
	Accepted []string
}

// Order is an order as stored.
type Order struct {
	Number, Status, Winner, Currency string
	Amount                           int64
	Lines                            map[string]int64 // quantity by SKU
}

// Payment is a payment as stored.
type Payment struct {
	Number, Provider, Transaction, Order, Disposition, Currency string
	Amount                                                      int64
}

// Refund is a refund as stored.
type Refund struct {
	Number, Payment, State, Source, Currency string
	Amount                                   int64
}

// Task is a task as stored.
type Task struct{ Kind, Ref, State, LastError string }

// Deduction is product's stored answer.
type Deduction struct{ Order, Outcome string }

// SKU is a SKU as stored.
type SKU struct {
	Code  string
	Stock int64
}

// Movement is one row of the stock ledger.
type Movement struct {
	SKU, Kind, Ref string
	Delta, Balance int64
}

// Read reads the books from the databases of order and of product.
func Read(ctx context.Context, order, product *sql.DB) (*Books, error) {
	var b Books
	lines := map[string]map[string]int64{}
	steps := []func() error{
		func() error {
			return each(ctx, order, "SELECT o.number, l.sku, l.quantity FROM orders o JOIN order_lines l ON l.order_id = o.id",
				func(scan func(...any) error) error {
					var number, sku string
					var quantity int64
					if err := scan(&number, &sku, &quantity); err != nil {
						return err
					}
					if lines[number] == nil {
						lines[number] = map[string]int64{}
					}
					lines[number][sku] += quantity
					return nil
				})
		},
		func() error {
			return collect(ctx, order, "SELECT number, status, winner, currency, amount FROM orders", &b.Orders,
				func(o *Order) []any { return []any{&o.Number, &o.Status, &o.Winner, &o.Currency, &o.Amount} })
		},
		func() error {
			return collect(ctx, order, "SELECT number, provider, transaction_id, order_number, disposition, currency, amount FROM payments", &b.Payments,
				func(p *Payment) []any {
					return []any{&p.Number, &p.Provider, &p.Transaction, &p.Order, &p.Disposition, &p.Currency, &p.Amount}
				})
		},
		func() error {
			return collect(ctx, order, "SELECT number, payment, state, source, currency, amount FROM refunds", &b.Refunds,
				func(r *Refund) []any {
					return []any{&r.Number, &r.Payment, &r.State, &r.Source, &r.Currency, &r.Amount}
				})
		},
		func() error {
			return collect(ctx, order, "SELECT kind, ref, state, last_error FROM tasks", &b.Tasks,
				func(t *Task) []any { return []any{&t.Kind, &t.Ref, &t.State, &t.LastError} })
		},
		func() error {
			return collect(ctx, order, "SELECT subject FROM order_events WHERE kind = 'payment_accepted'", &b.Accepted,
				func(payment *string) []any { return []any{payment} })
		},
		func() error {
			return collect(ctx, product, "SELECT order_number, outcome FROM deductions", &b.Deductions,
				func(d *Deduction) []any { return []any{&d.Order, &d.Outcome} })
		},
		func() error {
			return collect(ctx, product, "SELECT code, stock FROM skus", &b.SKUs,
				func(s *SKU) []any { return []any{&s.Code, &s.Stock} })
		},
		func() error {
			return collect(ctx, product, "SELECT s.code, m.kind, m.ref, m.delta, m.balance FROM stock_movements m JOIN skus s ON s.id = m.sku_id ORDER BY m.id", &b.Movements,
				func(m *Movement) []any { return []any{&m.SKU, &m.Kind, &m.Ref, &m.Delta, &m.Balance} })
		},
	}
	for _, step := range steps {
		if err := step(); err != nil {
			return nil, err
		}
	}
	for i := range b.Orders {
		b.Orders[i].Lines = lines[b.Orders[i].Number]
	}
	return &b, nil
}

// collect appends one T per row.
func collect[T any](ctx context.Context, db *sql.DB, query string, all *[]T, fields func(*T) []any) error {
	return each(ctx, db, query, func(scan func(...any) error) error {
		var row T
		if err := scan(fields(&row)...); err != nil {
			return err
		}
		*all = append(*all, row)
		return nil
	})
}

func each(ctx context.Context, db *sql.DB, query string, f func(scan func(...any) error) error) error {
	rows, err := db.QueryContext(ctx, query)
	if err != nil {
		return fmt.Errorf("read the books: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		if err := f(rows.Scan); err != nil {
			return fmt.Errorf("read the books: %w", err)
		}
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("read the books: %w", err)
	}
	return nil
}
