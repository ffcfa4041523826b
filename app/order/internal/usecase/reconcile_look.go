package usecase

import (
	"context"
	"errors"
	"fmt"

	"github.com/stockonce/stockonce/app/order/internal/domain"
)

// looks is how often an order is looked at that changes meanwhile.
const looks = 3

// seen is an order as both sides had it at one moment.
type seen struct {
	number string
	record *domain.Record
	stock  *domain.StockRecord
}

// look reads orders on both sides so that both are of one moment, and leaves out those
// that do not stand still. Their tasks' times are part of what is compared, so nothing
// that changed and changed back is taken for unchanged.
func (p *pass) look(ctx context.Context, numbers []string) ([]seen, error) {
	var certain []seen
	for try := 0; try < looks && len(numbers) > 0; try++ {
		before, err := p.recordsOf(ctx, numbers)
		if err != nil {
			return nil, err
		}
		stocks, err := p.Stock.Deductions(ctx, StockFilter{Orders: numbers}, len(numbers))
		if err != nil {
			return nil, fmt.Errorf("read deductions: %w", err)
		}
		after, err := p.recordsOf(ctx, numbers)
		if err != nil {
			return nil, err
		}
		taken := make(map[string]*domain.StockRecord, len(stocks))
		for i := range stocks {
			taken[stocks[i].OrderNumber] = &stocks[i]
		}
		var again []string
		for _, number := range numbers {
			a, b := before[number], after[number]
			switch {
			case (a == nil) != (b == nil), a != nil && !a.Same(b):
				again = append(again, number)
			case p.young(a, taken[number]):
				p.report.Moving++
			default:
				certain = append(certain, seen{number, a, taken[number]})
			}
		}
		numbers = again
	}
	p.report.Moving += len(numbers)
	return certain, nil
}

// young tells whether either side changed too short a time ago.
func (p *pass) young(r *domain.Record, s *domain.StockRecord) bool {
	return r != nil && r.Unchanged() < p.UnchangedFor || s != nil && s.Unchanged < p.UnchangedFor
}

func (p *pass) recordsOf(ctx context.Context, numbers []string) (map[string]*domain.Record, error) {
	records, err := p.Books.RecordsOf(ctx, numbers)
	if err != nil {
		return nil, fmt.Errorf("read orders again: %w", err)
	}
	byNumber := make(map[string]*domain.Record, len(records))
	for i := range records {
		byNumber[records[i].Order.Number()] = &records[i]
	}
	return byNumber, nil
}

// settle looks at doubtful orders again, and stores and repairs what is damaged.
func (p *pass) settle(ctx context.Context, numbers []string) error {
	certain, err := p.look(ctx, numbers)
	if err != nil {
		return err
	}
	for _, s := range certain {
		if err := p.found(ctx, domain.Compare(s.record, s.stock), s.mend(p)); err != nil {
			return err
		}
	}
	return nil
}

// mend repairs what is found of the order, if it still is when nobody else can change
// the order.
func (s seen) mend(p *pass) func(context.Context, domain.Finding) (bool, error) {
	return func(ctx context.Context, f domain.Finding) (mended bool, err error) {
		err = p.Orders.Update(ctx, s.number, func(o *domain.Order) error {
			mended = false
			now := *s.record
			now.Order = o
			for _, again := range domain.Compare(&now, s.stock) {
				if again.Kind == f.Kind && again.Ref == f.Ref {
					mended = o.Mend(again)
				}
			}
			return nil
		})
		if errors.Is(err, ErrOrderNotFound) {
			return false, nil
		}
		return mended, err
	}
}
