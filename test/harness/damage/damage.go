// Package damage damages the books of running services in all the ways that a
// reconciliation finds.
package damage

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"

	"github.com/stockonce/stockonce/app/paysim/sim"
	"github.com/stockonce/stockonce/test/harness"
	"github.com/stockonce/stockonce/test/harness/shop"
)

// Place is where there is something to damage.
type Place struct {
	*shop.Shop

	Sim            *sim.Server // calls back to order
	Order, Product *sql.DB
}

// What there is to damage. Orders of alone are the last of its ledger: deleting others
// would damage the balances of what follows.
const (
	plenty = "DAMAGED-PLENTY"
	alone  = "DAMAGED-ALONE"
	edited = "DAMAGED-EDITED"
)

// Plant makes one damage of each kind, and returns what is to be found, sorted: kind and
// ref. Providers know of the missed payment since now.
func (p *Place) Plant(ctx context.Context) ([]string, error) {
	err := p.CreateProduct(ctx, shop.SKU{Code: plenty, Price: 995, Stock: 100},
		shop.SKU{Code: alone, Price: 995, Stock: 100}, shop.SKU{Code: edited, Price: 995, Stock: 100})
	if err != nil {
		return nil, err
	}
	var want []string
	for _, plant := range []func(context.Context) (string, error){
		p.missingDeduction, p.extraDeduction, p.editedStock, p.missingRefund, p.stuckTask, p.missedCallback, p.paymentWithoutOrder,
	} {
		planted, err := plant(ctx)
		if err != nil {
			return nil, fmt.Errorf("plant a damage: %w", err)
		}
		want = append(want, planted)
	}
	slices.Sort(want)
	return want, nil
}

func (p *Place) missingDeduction(ctx context.Context) (string, error) {
	o, err := p.fulfilled(ctx, alone)
	if err != nil {
		return "", err
	}
	return "missing_deduction " + o.Number, on(ctx, p.Product, []any{o.Number},
		"DELETE FROM deductions WHERE order_number = ?", "DELETE FROM stock_movements WHERE ref = ?",
		"UPDATE skus SET stock = stock + 1 WHERE code = '"+alone+"' AND ? <> ''")
}

// extraDeduction takes stock for an order that was cancelled.
func (p *Place) extraDeduction(ctx context.Context) (string, error) {
	o, err := p.place(ctx, "standard", plenty)
	if err == nil {
		err = p.Cancel(ctx, o.Number)
	}
	if err != nil {
		return "", err
	}
	return "extra_deduction " + o.Number, on(ctx, p.Product, []any{o.Number},
		"INSERT INTO deductions (order_number, fingerprint, outcome, short_lines, created_at, updated_at) VALUES (?, '', 'deducted', '', NOW(6), NOW(6))",
		"INSERT INTO stock_movements (sku_id, kind, ref, delta, balance, reason, created_at) SELECT id, 'sale', ?, -1, stock - 1, '', NOW(6) FROM skus WHERE code = '"+plenty+"'",
		"UPDATE skus SET stock = stock - 1 WHERE code = '"+plenty+"' AND ? <> ''")
}

func (p *Place) editedStock(ctx context.Context) (string, error) {
	return "edited_stock " + edited, on(ctx, p.Product, []any{edited}, "UPDATE skus SET stock = stock + 3 WHERE code = ?")
}

// RepairStock undoes what only a person could: the edited stock.
func (p *Place) RepairStock(ctx context.Context) error {
	return on(ctx, p.Product, []any{edited}, "UPDATE skus SET stock = stock - 3 WHERE code = ?")
}

// missingRefund forgets the refund of a payment that came for a cancelled order. The
// provider remembers: asked by the same number, it pays nothing more.
func (p *Place) missingRefund(ctx context.Context) (string, error) {
	o, err := p.place(ctx, "standard", plenty)
	if err == nil {
		err = p.Cancel(ctx, o.Number)
	}
	if err == nil {
		_, err = p.Sim.Pay(ctx, sim.Payment{Provider: "standard", OrderNumber: o.Number, Amount: o.Amount})
	}
	if err != nil {
		return "", err
	}
	var refund string
	err = harness.Await(ctx, func(ctx context.Context) error {
		const query = "SELECT r.number FROM refunds r JOIN payments p ON p.number = r.payment WHERE r.state = 'confirmed' AND p.order_number = ?"
		return p.Order.QueryRowContext(ctx, query, o.Number).Scan(&refund)
	})
	if err != nil {
		return "", fmt.Errorf("refund of order %s: %w", o.Number, err)
	}
	payment, _, _ := strings.Cut(refund, "-")
	return "missing_refund " + payment, on(ctx, p.Order, []any{refund},
		"DELETE FROM refunds WHERE number = ?", "DELETE FROM tasks WHERE kind = 'refund' AND ref = ?")
}

func (p *Place) stuckTask(ctx context.Context) (string, error) {
	o, err := p.fulfilled(ctx, plenty)
	if err != nil {
		return "", err
	}
	return "stuck_task deduct/" + o.Number, on(ctx, p.Order, []any{o.Number},
		"UPDATE tasks SET state = 'dead', updated_at = updated_at - INTERVAL 1 DAY WHERE kind = 'deduct' AND ref = ?")
}

// missedCallback has a provider tell nobody that an order is paid, and nobody ask.
func (p *Place) missedCallback(ctx context.Context) (string, error) {
	o, err := p.place(ctx, "stripe", plenty)
	if err != nil {
		return "", err
	}
	err = on(ctx, p.Order, []any{o.Number},
		"UPDATE orders SET created_at = created_at - INTERVAL 1 DAY WHERE number = ?",
		"DELETE FROM tasks WHERE kind = 'query_payment' AND ref = ?")
	if err != nil {
		return "", err
	}
	_, err = p.Sim.Pay(ctx, sim.Payment{Provider: "stripe", OrderNumber: o.Number, Amount: o.Amount, Silent: true})
	return "missed_callback " + o.Number, err
}

func (p *Place) paymentWithoutOrder(ctx context.Context) (string, error) {
	paid, err := p.Sim.Pay(ctx, sim.Payment{Provider: "alipay", OrderNumber: "NOBODYS1", Amount: 500})
	if err != nil {
		return "", err
	}
	var number string
	err = harness.Await(ctx, func(ctx context.Context) error {
		return p.Order.QueryRowContext(ctx, "SELECT number FROM payments WHERE transaction_id = ?", paid.TransactionID).Scan(&number)
	})
	if err != nil {
		return "", fmt.Errorf("payment of nobody: %w", err)
	}
	return "payment_without_order " + number, on(ctx, p.Order, []any{number},
		"UPDATE payments SET created_at = created_at - INTERVAL 1 YEAR WHERE number = ?")
}

func (p *Place) place(ctx context.Context, provider, sku string) (shop.Order, error) {
	return p.PlaceWith(ctx, provider, shop.Line{SKU: sku, Quantity: 1})
}

// fulfilled has an order placed, paid and fulfilled.
func (p *Place) fulfilled(ctx context.Context, sku string) (shop.Order, error) {
	o, err := p.place(ctx, "wechatpay", sku)
	if err != nil {
		return o, err
	}
	if _, err := p.Sim.Pay(ctx, sim.Payment{Provider: "wechatpay", OrderNumber: o.Number, Amount: o.Amount}); err != nil {
		return o, fmt.Errorf("pay order %s: %w", o.Number, err)
	}
	return o, harness.Await(ctx, func(ctx context.Context) error {
		found, err := p.Find(ctx, o.Number)
		if err == nil && found.Status != "ORDER_STATUS_FULFILLED" {
			err = fmt.Errorf("order %s is %s", o.Number, found.Status)
		}
		return err
	})
}

// on executes statements, each with the same arguments.
func on(ctx context.Context, db *sql.DB, args []any, statements ...string) error {
	for _, statement := range statements {
		result, err := db.ExecContext(ctx, statement, args...)
		if err != nil {
			return fmt.Errorf("%s: %w", statement, err)
		}
		if n, err := result.RowsAffected(); err != nil || n == 0 {
			return fmt.Errorf("%s changed nothing: %w", statement, err)
		}
	}
	return nil
}
