package usecase

import (
	"context"
	"fmt"

	"github.com/stockonce/stockonce/app/order/internal/domain"
)

// compareOrders goes through the orders of both sides, which are sorted alike, like the
// two halves of a zip.
func (p *pass) compareOrders(ctx context.Context) error {
	ours := &cursor[domain.Record]{
		read: func(after string) ([]domain.Record, error) {
			return p.Books.Records(ctx, p.window, after, comparedPage)
		},
		key: func(r domain.Record) string { return r.Order.Number() },
	}
	theirs := &cursor[domain.StockRecord]{
		read: func(after string) ([]domain.StockRecord, error) {
			return p.Stock.Deductions(ctx, StockFilter{Window: p.window, After: after}, comparedPage)
		},
		key: func(s domain.StockRecord) string { return s.OrderNumber },
	}
	var doubts []string
	settle := func() error {
		if err := p.settle(ctx, doubts); err != nil {
			return err
		}
		doubts = doubts[:0]
		return p.progress()
	}
	for {
		number, record, stock, err := next(ours, theirs)
		if err != nil {
			return err
		}
		if number == "" {
			return settle()
		}
		p.report.Orders++
		if len(domain.Compare(record, stock)) > 0 {
			doubts = append(doubts, number)
		}
		if len(doubts) == doubtful || p.report.Orders%comparedPage == 0 {
			if err := settle(); err != nil {
				return err
			}
		}
	}
}

// next takes what both sides have of the lowest number; the number is empty at the end.
func next(ours *cursor[domain.Record], theirs *cursor[domain.StockRecord]) (string, *domain.Record, *domain.StockRecord, error) {
	record, err := ours.peek()
	if err != nil {
		return "", nil, nil, fmt.Errorf("read orders: %w", err)
	}
	stock, err := theirs.peek()
	if err != nil {
		return "", nil, nil, fmt.Errorf("read deductions: %w", err)
	}
	switch {
	case record == nil && stock == nil:
		return "", nil, nil, nil
	case record != nil && stock != nil && record.Order.Number() == stock.OrderNumber:
		ours.take()
		theirs.take()
		return stock.OrderNumber, record, stock, nil
	case stock == nil || record != nil && record.Order.Number() < stock.OrderNumber:
		ours.take()
		return record.Order.Number(), record, nil, nil
	default:
		theirs.take()
		return stock.OrderNumber, nil, stock, nil
	}
}

// cursor goes through what is read in sorted pages.
type cursor[T any] struct {
	read  func(after string) ([]T, error)
	key   func(T) string
	page  []T
	after string
	ended bool
}

// peek is what take takes next, nil at the end. It is valid until the next peek.
func (c *cursor[T]) peek() (*T, error) {
	if len(c.page) == 0 && !c.ended {
		page, err := c.read(c.after)
		if err != nil {
			return nil, err
		}
		c.page, c.ended = page, len(page) < comparedPage
		if len(page) > 0 {
			c.after = c.key(page[len(page)-1])
		}
	}
	if len(c.page) == 0 {
		return nil, nil //nolint:nilnil // the end is no error
	}
	return &c.page[0], nil
}

func (c *cursor[T]) take() { c.page = c.page[1:] }
