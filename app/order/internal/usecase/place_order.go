package usecase

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/stockonce/stockonce/app/order/internal/domain"
)

// PlaceOrder stores an order at product's prices, once per customer and request id.
type PlaceOrder struct {
	orders    Orders
	catalog   Catalog
	newID     NewID
	payWithin time.Duration
	settings  QuerySettings
}

// NewPlaceOrder makes the usecase; an order waits for its payment for payWithin, and
// its provider is asked about it as the settings say.
func NewPlaceOrder(
	orders Orders, catalog Catalog, newID NewID, payWithin time.Duration, settings QuerySettings,
) *PlaceOrder {
	return &PlaceOrder{orders: orders, catalog: catalog, newID: newID, payWithin: payWithin, settings: settings}
}

// Do places what the wish asks for, or returns the order that the same request
// placed before. ErrRequestReused is returned when that request asked for something
// else, ErrCatalogUnavailable when there are no prices, and what domain.Place returns.
func (uc *PlaceOrder) Do(ctx context.Context, w domain.Wish) (*domain.Order, error) {
	o, err := uc.placedBefore(ctx, w)
	if !errors.Is(err, ErrOrderNotFound) {
		return o, err
	}
	prices, err := uc.catalog.Prices(ctx, w.SKUs())
	if err != nil {
		return nil, fmt.Errorf("place order: %w", err)
	}
	now, err := uc.orders.Now(ctx)
	if err != nil {
		return nil, fmt.Errorf("place order: %w", err)
	}
	o, err = domain.Place(uc.newID(), w, prices, now, uc.payWithin)
	if err != nil {
		return nil, err
	}
	if o.Provider() != "" {
		o.WatchPayment(o.QueryIn(uc.settings.After))
	}
	switch err := uc.orders.Add(ctx, o); {
	case errors.Is(err, ErrRequestTaken):
		// The same request came twice at once, and the other one was first.
		return uc.placedBefore(ctx, w)
	case err != nil:
		return nil, fmt.Errorf("place order: %w", err)
	}
	return o, nil
}

// placedBefore is the order that the same request placed.
func (uc *PlaceOrder) placedBefore(ctx context.Context, w domain.Wish) (*domain.Order, error) {
	o, err := uc.orders.FindByRequest(ctx, w.Customer, w.RequestID)
	if err != nil {
		return nil, fmt.Errorf("find order of request: %w", err)
	}
	if o.RequestHash() != w.Hash() {
		return nil, fmt.Errorf("order %s: %w", o.Number(), ErrRequestReused)
	}
	return o, nil
}
