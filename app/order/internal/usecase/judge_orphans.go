package usecase

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/stockonce/stockonce/app/order/internal/domain"
)

// JudgeOrphans judges held payments again once the order they name exists.
type JudgeOrphans struct {
	orders Orders
	window time.Duration
}

// NewJudgeOrphans makes the usecase; after window an orphan is left to a person.
func NewJudgeOrphans(orders Orders, window time.Duration) *JudgeOrphans {
	return &JudgeOrphans{orders: orders, window: window}
}

// Do judges the orphans that name the order number of the claimed task.
func (uc *JudgeOrphans) Do(ctx context.Context, c domain.Claim) error {
	err := uc.orders.Update(ctx, c.Ref, func(o *domain.Order) error {
		o.AdoptOrphans(c)
		return nil
	})
	switch {
	case errors.Is(err, ErrOrderNotFound) && c.Age > uc.window:
		return &HopelessError{Reason: fmt.Sprintf("no order %s after %s", c.Ref, uc.window)}
	case err != nil:
		return fmt.Errorf("judge payments of order %s: %w", c.Ref, err)
	}
	return nil
}
