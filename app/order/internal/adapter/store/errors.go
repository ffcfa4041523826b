package store

import (
	"context"
	"errors"
	"fmt"

	"github.com/stockonce/stockonce/app/internal/platform/dbtx"
	"github.com/stockonce/stockonce/app/order/internal/usecase"
)

// fail names technical errors as the ports do: the caller's context error when its
// time is over, usecase.ErrUnavailable when the database could not be reached or
// gave up. Every other error stays as it is.
func fail(ctx context.Context, err error) error {
	err = dbtx.Classify(ctx, err)
	if errors.Is(err, dbtx.ErrUnavailable) {
		return fmt.Errorf("%w: %w", usecase.ErrUnavailable, err)
	}
	return err
}
