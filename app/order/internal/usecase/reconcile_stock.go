package usecase

import (
	"context"
	"fmt"

	"github.com/stockonce/stockonce/app/order/internal/domain"
)

// levelsPage is how many SKUs are read at a time.
const levelsPage = 500

// compareStock looks for stock that is not the sum of its movements. Product reads both
// at one moment, so there is nothing to be looked at again; nothing repairs it but a
// person, who knows what is on the shelf.
func (p *pass) compareStock(ctx context.Context) error {
	for after := ""; ; {
		levels, err := p.Stock.Levels(ctx, after, nil, levelsPage)
		if err != nil {
			return fmt.Errorf("read stock: %w", err)
		}
		p.report.SKUs += len(levels)
		if err := p.found(ctx, edited(levels), p.byPerson); err != nil {
			return err
		}
		if err := p.progress(); err != nil {
			return err
		}
		if len(levels) < levelsPage {
			return nil
		}
		after = levels[len(levels)-1].SKU
	}
}

func edited(levels []domain.StockLevel) (found []domain.Finding) {
	for _, l := range levels {
		if f, damaged := domain.CompareLevel(l); damaged {
			found = append(found, f)
		}
	}
	return found
}

// byPerson repairs nothing.
func (p *pass) byPerson(context.Context, domain.Finding) (bool, error) { return false, nil }
