package grpcapi

import (
	"context"
	"errors"

	"github.com/stockonce/stockonce/app/internal/platform/access"
	"github.com/stockonce/stockonce/app/order/internal/usecase"
)

var (
	// errOthersOrder is returned for an order that a customer would place for another.
	errOthersOrder = errors.New("customer: a storefront places orders for its own customer only, the token's subject")
	// errNoCaller is a fault of ours: the edge lets nobody in without an identity.
	errNoCaller = errors.New("a call without an identity got past the guard")
)

// owner is the customer whose orders alone the caller may see and make; empty for
// callers who may see and make everybody's. Whoever may call by another role than
// storefront too is not bound by that one.
func owner(ctx context.Context) (string, error) {
	caller, ok := access.From(ctx)
	switch {
	case !ok:
		return "", errNoCaller
	case caller.Only(access.Storefront):
		return caller.Subject, nil
	default:
		return "", nil
	}
}

// mayPlace returns errOthersOrder when the caller may not place the customer's orders.
func mayPlace(ctx context.Context, customer string) error {
	own, err := owner(ctx)
	if err == nil && own != "" && own != customer {
		return errOthersOrder
	}
	return err
}

// hide makes another customer's order one that there is not, so that nobody learns
// which numbers there are.
func hide(own, customer string) error {
	if own != "" && own != customer {
		return usecase.ErrOrderNotFound
	}
	return nil
}
