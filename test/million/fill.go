//go:build linux

package main

import (
	"context"
	"database/sql"
	"fmt"
)

const (
	// skus is how many SKUs there are. Every order is of two.
	skus = 1000
	// batch is how many orders one statement makes.
	batch = 50_000
)

// What an order's number n makes of it, in every 20: 15 are fulfilled, 2 cancelled, 1 was
// unfulfillable and its money is back, 1 was refunded and its stock is back, 1 was paid
// twice and the second payment is back. All of it is older than a day.
const (
	old    = "NOW(6) - INTERVAL 1 DAY - INTERVAL n MINUTE"
	number = "CONCAT('M', LPAD(n, 12, '0'))"
	status = "CASE n MOD 20 WHEN 0 THEN 'cancelled' WHEN 1 THEN 'cancelled' WHEN 2 THEN 'refunded' WHEN 3 THEN 'refunded' ELSE 'fulfilled' END"
	paid   = "n MOD 20 > 1"
	back   = "n MOD 20 IN (2, 3)"
	first  = "n MOD 1000"
	second = "(n * 7 + 1) MOD 1000"
)

// fill makes so many sound orders in both databases.
func fill(ctx context.Context, order, product *sql.DB, orders int) error {
	for _, db := range []*sql.DB{order, product} {
		if err := count(ctx, db, orders); err != nil {
			return err
		}
	}
	if err := each(ctx, product, skus, openSKUs...); err != nil {
		return err
	}
	if err := each(ctx, order, orders, ofOrder...); err != nil {
		return err
	}
	if err := each(ctx, product, orders, ofProduct...); err != nil {
		return err
	}
	for _, db := range []*sql.DB{order, product} {
		if _, err := db.ExecContext(ctx, "DROP TABLE numbers"); err != nil {
			return fmt.Errorf("drop the numbers: %w", err)
		}
	}
	_, err := product.ExecContext(ctx, "UPDATE skus SET stock = (SELECT SUM(delta) FROM stock_movements m WHERE m.sku_id = skus.id)")
	if err != nil {
		return fmt.Errorf("add up the stock: %w", err)
	}
	return nil
}

// count makes a table of the numbers from 0, by doubling it.
func count(ctx context.Context, db *sql.DB, limit int) error {
	for _, statement := range []string{"CREATE TABLE numbers (n INT PRIMARY KEY)", "INSERT INTO numbers VALUES (0)"} {
		if _, err := db.ExecContext(ctx, statement); err != nil {
			return fmt.Errorf("%s: %w", statement, err)
		}
	}
	for have := 1; have < limit; have *= 2 {
		if _, err := db.ExecContext(ctx, "INSERT INTO numbers SELECT n + ? FROM numbers WHERE n + ? < ?", have, have, limit); err != nil {
			return fmt.Errorf("count to %d: %w", limit, err)
		}
	}
	return nil
}

// each executes statements for the numbers below limit, a batch at a time.
func each(ctx context.Context, db *sql.DB, limit int, statements ...string) error {
	for _, statement := range statements {
		for from := 0; from < limit; from += batch {
			if _, err := db.ExecContext(ctx, statement, from, min(from+batch, limit)); err != nil {
				return fmt.Errorf("%s: %w", statement, err)
			}
		}
	}
	return nil
}

const below = " FROM numbers WHERE n >= ? AND n < ?"

var openSKUs = []string{
	"INSERT INTO skus (id, code, product_id, price, currency, stock, low_water) SELECT n + 1, CONCAT('S', LPAD(n, 6, '0')), 'P1', 5, 'CNY', 0, 0" + below,
	"INSERT INTO stock_movements (sku_id, kind, ref, delta, balance, reason, created_at) SELECT n + 1, 'opening', 'P1', 1000000, 1000000, '', NOW(6)" + below,
}

var ofOrder = []string{
	"INSERT INTO orders (id, number, customer, request_id, request_hash, provider, status, currency, amount, winner, stock_back, version, events, created_at, updated_at, expires_at)" +
		" SELECT n + 1, " + number + ", 'many', " + number + ", '', 'standard', " + status + ", 'CNY', 10, IF(" + paid + ", CONCAT('P', n), ''), n MOD 20 = 3, 2, 2, " + old + ", " + old + ", " + old + below,
	"INSERT INTO order_lines (order_id, sku, quantity, unit_price) SELECT n + 1, CONCAT('S', LPAD(" + first + ", 6, '0')), 1, 5" + below,
	"INSERT INTO order_lines (order_id, sku, quantity, unit_price) SELECT n + 1, CONCAT('S', LPAD(" + second + ", 6, '0')), 1, 5" + below + " AND " + first + " <> " + second,
	"INSERT INTO payments (number, provider, transaction_id, order_number, amount, currency, disposition, created_at)" +
		" SELECT CONCAT('P', n), 'standard', CONCAT('T', n), " + number + ", 10, 'CNY', 'winner', " + old + below + " AND " + paid,
	"INSERT INTO payments (number, provider, transaction_id, order_number, amount, currency, disposition, created_at)" +
		" SELECT CONCAT('D', n), 'standard', CONCAT('U', n), " + number + ", 10, 'CNY', 'duplicate', " + old + below + " AND n MOD 20 = 4",
	"INSERT INTO refunds (number, payment, amount, currency, source, state, reason, created_at, updated_at)" +
		" SELECT CONCAT('P', n, '-1'), CONCAT('P', n), 10, 'CNY', 'service', 'confirmed', '', " + old + ", " + old + below + " AND " + back,
	"INSERT INTO refunds (number, payment, amount, currency, source, state, reason, created_at, updated_at)" +
		" SELECT CONCAT('D', n, '-1'), CONCAT('D', n), 10, 'CNY', 'service', 'confirmed', '', " + old + ", " + old + below + " AND n MOD 20 = 4",
	task("'deduct'", number, paid), task("'query_payment'", number, "TRUE"),
	task("'refund'", "CONCAT('P', n, '-1')", back), task("'refund'", "CONCAT('D', n, '-1')", "n MOD 20 = 4"),
	"INSERT INTO order_events (order_number, sequence, kind, subject, note, status, created_at) SELECT " + number + ", 1, 'placed', '', '', 'created', " + old + below,
	"INSERT INTO order_events (order_number, sequence, kind, subject, note, status, created_at) SELECT " + number + ", 2, " + status + ", '', '', " + status + ", " + old + below,
}

func task(kind, ref, where string) string {
	return "INSERT INTO tasks (kind, ref, lane, state, attempt, next_at, token, last_error, created_at, updated_at) SELECT " +
		kind + ", " + ref + ", '', 'done', 0, " + old + ", '', '', " + old + ", " + old + below + " AND " + where
}

var ofProduct = []string{
	"INSERT INTO deductions (order_number, fingerprint, outcome, short_lines, created_at, updated_at)" +
		" SELECT " + number + ", '', CASE n MOD 20 WHEN 2 THEN 'refused' WHEN 3 THEN 'released' ELSE 'deducted' END, '', " + old + ", " + old + below + " AND " + paid,
	movement("sale", "-1", first, paid+" AND n MOD 20 <> 2"),
	movement("sale", "-1", second, paid+" AND n MOD 20 <> 2 AND "+first+" <> "+second),
	movement("release", "1", first, "n MOD 20 = 3"),
	movement("release", "1", second, "n MOD 20 = 3 AND "+first+" <> "+second),
}

func movement(kind, delta, sku, where string) string {
	return "INSERT INTO stock_movements (sku_id, kind, ref, delta, balance, reason, created_at) SELECT " +
		sku + " + 1, '" + kind + "', " + number + ", " + delta + ", 1, '', " + old + below + " AND " + where
}
