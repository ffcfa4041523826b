package grpcapi

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	orderv1 "github.com/stockonce/stockonce/api/order/v1"
	"github.com/stockonce/stockonce/app/internal/platform/access"
	"github.com/stockonce/stockonce/app/internal/platform/access/accesstest"
	"github.com/stockonce/stockonce/app/internal/platform/dbtest"
	"github.com/stockonce/stockonce/app/internal/platform/identity"
	"github.com/stockonce/stockonce/app/order/internal/adapter/store"
	"github.com/stockonce/stockonce/app/order/internal/adapter/store/migrations"
	"github.com/stockonce/stockonce/app/order/internal/domain"
	"github.com/stockonce/stockonce/app/order/internal/usecase"
)

// catalog sells everything at one price.
type catalog struct{}

func (catalog) Prices(_ context.Context, skus []string) (map[string]domain.Money, error) {
	prices := map[string]domain.Money{}
	for _, sku := range skus {
		prices[sku] = domain.Money{Minor: 100, Currency: "CNY"}
	}
	return prices, nil
}

// noProviders is of a shop whose payment providers have no API.
type noProviders struct{ usecase.PaymentProviders }

func (noProviders) Configured() []string { return nil }

func newOrders(t *testing.T) *Orders {
	t.Helper()
	orders := store.NewOrders(store.New(dbtest.SQLite(t, migrations.Files)), nil)
	return NewOrders(
		usecase.NewPlaceOrder(orders, catalog{}, identity.New, time.Hour, usecase.QuerySettings{}),
		usecase.NewFindOrder(orders), usecase.NewListOrders(orders), usecase.NewCancelOrder(orders, noProviders{}),
	)
}

// as is the context of a call that the guard let in.
func as(t *testing.T, caller accesstest.As) context.Context {
	t.Helper()
	return access.NewContext(t.Context(), access.Caller(caller))
}

func TestAStorefrontHasItsOwnCustomersOrdersOnly(t *testing.T) {
	s := newOrders(t)
	ann, bob, operator := as(t, accesstest.Storefront("ann")), as(t, accesstest.Storefront("bob")), as(t, accesstest.Operator("op"))
	wish := func(customer, request string) *orderv1.PlaceOrderRequest {
		return &orderv1.PlaceOrderRequest{
			Customer: customer, RequestId: request, Lines: []*orderv1.PlaceOrderLine{{Sku: "tea", Quantity: 1}},
		}
	}
	place := func(ctx context.Context, customer, request string) string {
		t.Helper()
		answer, err := s.PlaceOrder(ctx, wish(customer, request))
		if err != nil {
			t.Fatal(err)
		}
		return answer.GetOrder().GetNumber()
	}
	first, second, others := place(ann, "ann", "1"), place(operator, "ann", "2"), place(bob, "bob", "1")

	if _, err := s.PlaceOrder(ann, wish("bob", "2")); !errors.Is(err, errOthersOrder) || Errors(err).Code != 403 {
		t.Errorf("ann places bob's order: %v", err)
	}
	for name, read := range map[string]func(context.Context, string) error{
		"get": func(ctx context.Context, number string) error {
			_, err := s.GetOrder(ctx, &orderv1.GetOrderRequest{Number: number})
			return err
		},
		"cancel": func(ctx context.Context, number string) error {
			_, err := s.CancelOrder(ctx, &orderv1.CancelOrderRequest{Number: number})
			return err
		},
	} {
		theirs, nobodys := Errors(read(ann, others)), Errors(read(ann, "NOBODYS"))
		if theirs == nil || theirs.Code != 404 || theirs.Error() != nobodys.Error() {
			t.Errorf("%s of another's order: %v; of none: %v", name, theirs, nobodys)
		}
		for who, err := range map[string]error{"ann": read(ann, first), "the operator": read(operator, first)} {
			if err != nil {
				t.Errorf("%s by %s: %v", name, who, err)
			}
		}
	}
	if o, err := s.GetOrder(bob, &orderv1.GetOrderRequest{Number: others}); err != nil || o.GetOrder().GetStatus() != orderv1.OrderStatus_ORDER_STATUS_CREATED {
		t.Errorf("bob's order is %v, %v", o, err)
	}
	for who, tc := range map[string]struct {
		ctx  context.Context //nolint:containedctx // who asks
		want []string
	}{"ann": {ann, []string{second, first}}, "bob": {bob, []string{others}}, "operator": {operator, []string{others, second, first}}} {
		answer, err := s.ListOrders(tc.ctx, &orderv1.ListOrdersRequest{})
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, o := range answer.GetOrders() {
			got = append(got, o.GetNumber())
		}
		if !slices.Equal(got, tc.want) {
			t.Errorf("%s sees %v, want %v", who, got, tc.want)
		}
	}
}

func TestWhoeverIsMoreThanAStorefrontSeesMore(t *testing.T) {
	s := newOrders(t)
	both := accesstest.Storefront("ann")
	both.By = []access.Role{access.Storefront, access.Auditor}
	if own, err := owner(as(t, both)); err != nil || own != "" {
		t.Errorf("bound to %q, %v", own, err)
	}
	if _, err := s.ListOrders(t.Context(), &orderv1.ListOrdersRequest{}); err == nil || Errors(err) != nil {
		t.Errorf("without the guard: %v", err)
	}
}
