package store

import (
	"context"
	"fmt"
	"time"

	"github.com/stockonce/stockonce/app/order/internal/adapter/store/ent"
	"github.com/stockonce/stockonce/app/order/internal/adapter/store/ent/orderline"
	"github.com/stockonce/stockonce/app/order/internal/adapter/store/ent/payment"
	"github.com/stockonce/stockonce/app/order/internal/adapter/store/ent/refund"
	"github.com/stockonce/stockonce/app/order/internal/domain"
)

// load makes the order of a row that was read with the clock, with all that
// belongs to it.
func load(ctx context.Context, c *ent.Client, row *ent.Order) (*domain.Order, time.Time, error) {
	stored, err := head(row)
	if err != nil {
		return nil, time.Time{}, err
	}
	if stored.Now, err = rowNow(row); err != nil {
		return nil, time.Time{}, err
	}
	lines, err := loadLines(ctx, c, row)
	if err != nil {
		return nil, time.Time{}, err
	}
	stored.Lines = lines[row.ID]
	if stored.Payments, err = loadPayments(ctx, c, row.Number); err != nil {
		return nil, time.Time{}, err
	}
	if stored.Refunds, err = loadRefunds(ctx, c, stored.Payments); err != nil {
		return nil, time.Time{}, err
	}
	return domain.Restore(stored), stored.Now, nil
}

// head is what the order's own row holds.
func head(row *ent.Order) (domain.Stored, error) {
	status, err := domain.ParseStatus(row.Status)
	if err != nil {
		return domain.Stored{}, fmt.Errorf("order %s: %w", row.Number, err)
	}
	return domain.Stored{
		Number: row.Number, Customer: row.Customer, RequestID: row.RequestID, RequestHash: row.RequestHash,
		Provider: row.Provider, Status: status, Total: domain.Money{Minor: row.Amount, Currency: row.Currency},
		Winner: row.Winner, StockBack: row.StockBack,
		CreatedAt: row.CreatedAt.UTC(), UpdatedAt: row.UpdatedAt.UTC(), ExpiresAt: row.ExpiresAt.UTC(),
	}, nil
}

// loadLines reads the lines of orders, by the id of the order's row.
func loadLines(ctx context.Context, c *ent.Client, orders ...*ent.Order) (map[int64][]domain.Line, error) {
	ids := make([]int64, len(orders))
	for i, o := range orders {
		ids[i] = o.ID
	}
	rows, err := c.OrderLine.Query().Where(orderline.OrderIDIn(ids...)).
		Order(orderline.ByOrderID(), orderline.BySku()).All(ctx)
	if err != nil {
		return nil, fmt.Errorf("read lines: %w", err)
	}
	lines := make(map[int64][]domain.Line, len(orders))
	for _, row := range rows {
		lines[row.OrderID] = append(lines[row.OrderID], domain.Line{
			Item: domain.Item{SKU: row.Sku, Quantity: row.Quantity}, UnitPrice: row.UnitPrice,
		})
	}
	return lines, nil
}

// loadPayments reads the payments that name an order, orphans among them.
func loadPayments(ctx context.Context, c *ent.Client, number string) ([]domain.Payment, error) {
	rows, err := c.Payment.Query().Where(payment.OrderNumberEQ(number)).Order(payment.ByID()).All(ctx)
	if err != nil {
		return nil, fmt.Errorf("read payments: %w", err)
	}
	return toPayments(rows), nil
}

func toPayments(rows []*ent.Payment) []domain.Payment {
	payments := make([]domain.Payment, len(rows))
	for i, row := range rows {
		payments[i] = toPayment(row)
	}
	return payments
}

func toPayment(row *ent.Payment) domain.Payment {
	p := domain.Payment{
		Number: row.Number, Provider: row.Provider, TransactionID: row.TransactionID, OrderNumber: row.OrderNumber,
		Amount:      domain.Money{Minor: row.Amount, Currency: row.Currency},
		Disposition: domain.Disposition(row.Disposition), ReceivedAt: row.CreatedAt.UTC(),
	}
	if row.PaidAt != nil {
		p.PaidAt = row.PaidAt.UTC()
	}
	return p
}

// loadRefunds reads the refunds of payments.
func loadRefunds(ctx context.Context, c *ent.Client, payments []domain.Payment) ([]domain.Refund, error) {
	if len(payments) == 0 {
		return nil, nil
	}
	numbers := make([]string, len(payments))
	for i, p := range payments {
		numbers[i] = p.Number
	}
	rows, err := c.Refund.Query().Where(refund.PaymentIn(numbers...)).
		Order(refund.ByCreatedAt(), refund.ByID()).All(ctx)
	if err != nil {
		return nil, fmt.Errorf("read refunds: %w", err)
	}
	refunds := make([]domain.Refund, len(rows))
	for i, row := range rows {
		refunds[i] = toRefund(row)
	}
	return refunds, nil
}

func toRefund(row *ent.Refund) domain.Refund {
	return domain.Refund{
		Number: row.ID, Payment: row.Payment, Amount: domain.Money{Minor: row.Amount, Currency: row.Currency},
		Source: domain.RefundSource(row.Source), State: domain.RefundState(row.State),
		Reason: row.Reason, By: row.ByWhom, Ref: row.ProviderRef, CreatedAt: row.CreatedAt.UTC(),
	}
}
