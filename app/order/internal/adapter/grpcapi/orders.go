// Package grpcapi answers the order API on both transports: the generated gRPC and
// HTTP servers call the same methods.
package grpcapi

import (
	"context"

	orderv1 "github.com/stockonce/stockonce/api/order/v1"
	"github.com/stockonce/stockonce/app/order/internal/domain"
	"github.com/stockonce/stockonce/app/order/internal/usecase"
)

// defaultPageSize is the size of a page when the request names none.
const defaultPageSize = 50

// Orders implements orderv1.OrderServiceServer and orderv1.OrderServiceHTTPServer.
type Orders struct {
	orderv1.UnimplementedOrderServiceServer

	place  *usecase.PlaceOrder
	find   *usecase.FindOrder
	list   *usecase.ListOrders
	cancel *usecase.CancelOrder
}

// NewOrders makes the service.
func NewOrders(
	place *usecase.PlaceOrder, find *usecase.FindOrder, list *usecase.ListOrders, cancel *usecase.CancelOrder,
) *Orders {
	return &Orders{place: place, find: find, list: list, cancel: cancel}
}

// PlaceOrder implements orderv1.OrderServiceServer.
func (s *Orders) PlaceOrder(ctx context.Context, in *orderv1.PlaceOrderRequest) (*orderv1.PlaceOrderResponse, error) {
	if err := mayPlace(ctx, in.GetCustomer()); err != nil {
		return nil, err
	}
	items := make([]domain.Item, len(in.GetLines()))
	for i, line := range in.GetLines() {
		items[i] = domain.Item{SKU: line.GetSku(), Quantity: line.GetQuantity()}
	}
	wish, err := domain.NewWish(in.GetCustomer(), in.GetRequestId(), in.GetProvider(), items)
	if err != nil {
		return nil, err
	}
	o, err := s.place.Do(ctx, wish)
	if err != nil {
		return nil, err
	}
	return &orderv1.PlaceOrderResponse{Order: toOrder(o)}, nil
}

// GetOrder implements orderv1.OrderServiceServer.
func (s *Orders) GetOrder(ctx context.Context, in *orderv1.GetOrderRequest) (*orderv1.GetOrderResponse, error) {
	o, err := s.visible(ctx, in.GetNumber())
	if err != nil {
		return nil, err
	}
	return &orderv1.GetOrderResponse{Order: toOrder(o)}, nil
}

// visible loads an order that the caller may see.
func (s *Orders) visible(ctx context.Context, number string) (*domain.Order, error) {
	own, err := owner(ctx)
	if err != nil {
		return nil, err
	}
	o, err := s.find.Do(ctx, number)
	if err != nil {
		return nil, err
	}
	if err := hide(own, o.Customer()); err != nil {
		return nil, err
	}
	return o, nil
}

// ListOrders implements orderv1.OrderServiceServer.
func (s *Orders) ListOrders(ctx context.Context, in *orderv1.ListOrdersRequest) (*orderv1.ListOrdersResponse, error) {
	own, err := owner(ctx)
	if err != nil {
		return nil, err
	}
	before, err := readPageToken(in.GetPageToken())
	if err != nil {
		return nil, err
	}
	size := int(in.GetPageSize())
	if size == 0 {
		size = defaultPageSize
	}
	orders, next, err := s.list.Do(ctx, usecase.OrderFilter{Status: fromStatus(in.GetStatus()), Customer: own}, before, size)
	if err != nil {
		return nil, err
	}
	out := &orderv1.ListOrdersResponse{NextPageToken: writePageToken(next)}
	for _, o := range orders {
		out.Orders = append(out.Orders, toOrder(o))
	}
	return out, nil
}

// CancelOrder implements orderv1.OrderServiceServer.
func (s *Orders) CancelOrder(ctx context.Context, in *orderv1.CancelOrderRequest) (*orderv1.CancelOrderResponse, error) {
	// An order never changes its customer, so nothing can come between.
	if _, err := s.visible(ctx, in.GetNumber()); err != nil {
		return nil, err
	}
	o, err := s.cancel.Do(ctx, in.GetNumber())
	if err != nil {
		return nil, err
	}
	return &orderv1.CancelOrderResponse{Order: toOrder(o)}, nil
}
