package usecase

import (
	"context"
	"fmt"

	"github.com/stockonce/stockonce/app/order/internal/domain"
)

// ReplayCallback has a kept notice judged once more, as a person decided. It was
// verified when it came, by keys that may be out of use by now, and is not verified
// again.
type ReplayCallback struct {
	callbacks Callbacks
	confirm   *ConfirmPayment
}

// NewReplayCallback makes the usecase.
func NewReplayCallback(callbacks Callbacks, confirm *ConfirmPayment) *ReplayCallback {
	return &ReplayCallback{callbacks: callbacks, confirm: confirm}
}

// Do judges the notice of the callback with the id as if it came now, keeps it as
// another callback that names who asked and why, and returns the verdict. Money is
// recorded once, however often that is done. ErrCallbackNotFound and
// domain.ErrNotReplayable are returned.
func (uc *ReplayCallback) Do(ctx context.Context, id int64, by, reason string) (domain.Verdict, error) {
	kept, err := uc.callbacks.Find(ctx, id)
	if err != nil {
		return "", fmt.Errorf("find callback %d: %w", id, err)
	}
	n, err := kept.Replay(by, reason)
	if err != nil {
		return "", err
	}
	return uc.confirm.judge(ctx, n)
}

// LeftToRelay is the StockDeductor of who does not speak to product, as a command
// that runs beside the service: the service's relay takes the stock.
type LeftToRelay struct{}

// Deduct implements StockDeductor: nothing is sent.
func (LeftToRelay) Deduct(context.Context, string, []domain.Item) (domain.Outcome, error) {
	return "", ErrNotTried
}

// Try implements StockDeductor: nothing is sent.
func (LeftToRelay) Try(context.Context, string, []domain.Item) (domain.Outcome, error) {
	return "", ErrNotTried
}
