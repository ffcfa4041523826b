// This program creates a product, as an operator, places an order for it and reads the
// order back, as the storefront of a customer, over gRPC. It exits with 1 when anything
// is not as it should be.
package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	orderv1 "github.com/stockonce/stockonce/api/order/v1"
	productv1 "github.com/stockonce/stockonce/api/product/v1"
)

func main() {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	err := run(ctx,
		service{address("PRODUCT_GRPC", "127.0.0.1:9001"), bearer(os.Getenv("TOKEN"))},
		service{address("ORDER_GRPC", "127.0.0.1:9000"), bearer(os.Getenv("STOREFRONT_TOKEN"))})
	cancel()
	if err != nil {
		fmt.Fprintln(os.Stderr, "example:", err)
		os.Exit(1)
	}
}

func address(variable, otherwise string) string {
	if value := os.Getenv(variable); value != "" {
		return value
	}
	return otherwise
}

// customer is who the storefront's token speaks of: it can place no other's orders.
const customer = "ann"

// service is where a service is and what it is shown.
type service struct {
	addr  string
	token bearer
}

// connect shows the token with every call.
func (s service) connect() (*grpc.ClientConn, error) {
	return grpc.NewClient(s.addr, grpc.WithTransportCredentials(insecure.NewCredentials()), grpc.WithPerRPCCredentials(s.token))
}

// bearer is a token for calls within this machine: elsewhere a connection must be
// encrypted, and RequireTransportSecurity say so.
type bearer string

func (b bearer) GetRequestMetadata(context.Context, ...string) (map[string]string, error) {
	return map[string]string{"authorization": "Bearer " + string(b)}, nil
}

func (b bearer) RequireTransportSecurity() bool { return false }

func run(ctx context.Context, product, order service) (err error) {
	productConn, err := product.connect()
	if err != nil {
		return fmt.Errorf("client of product: %w", err)
	}
	defer func() { err = errors.Join(err, productConn.Close()) }()
	orderConn, err := order.connect()
	if err != nil {
		return fmt.Errorf("client of order: %w", err)
	}
	defer func() { err = errors.Join(err, orderConn.Close()) }()

	sku, err := createProduct(ctx, productv1.NewProductServiceClient(productConn))
	if err != nil {
		return err
	}
	orders := orderv1.NewOrderServiceClient(orderConn)
	placed, err := placeOrder(ctx, orders, sku)
	if err != nil {
		return err
	}
	if err := readBack(ctx, orders, placed); err != nil {
		return err
	}
	fmt.Println("the Go client works")
	return nil
}

// createProduct returns the code of the product's only SKU. Codes are unique in the
// whole shop, so each run makes its own.
func createProduct(ctx context.Context, products productv1.ProductServiceClient) (string, error) {
	sku := "TEA-GO-" + rand.Text()
	res, err := products.CreateProduct(ctx, &productv1.CreateProductRequest{
		Name: "Green tea",
		// Prices count minor units: 2500 is 25.00.
		Skus: []*productv1.CreateProductSku{{Code: sku, Price: 2500, Currency: "CNY", OpeningStock: 10}},
	})
	if err != nil {
		return "", fmt.Errorf("create product: %w", err)
	}
	fmt.Printf("created product %s with SKU %s, 10 pieces at 25.00 CNY\n", res.GetProduct().GetId(), sku)
	return sku, nil
}

// placeOrder places one order by sending the same request twice: the request id
// makes that safe.
func placeOrder(ctx context.Context, orders orderv1.OrderServiceClient, sku string) (*orderv1.Order, error) {
	request := &orderv1.PlaceOrderRequest{
		RequestId: rand.Text(),
		Customer:  customer,
		Lines:     []*orderv1.PlaceOrderLine{{Sku: sku, Quantity: 2}},
	}
	placed, err := orders.PlaceOrder(ctx, request)
	if err != nil {
		return nil, fmt.Errorf("place order: %w", err)
	}
	again, err := orders.PlaceOrder(ctx, request)
	if err != nil {
		return nil, fmt.Errorf("place the same order again: %w", err)
	}
	if number := placed.GetOrder().GetNumber(); number == "" || again.GetOrder().GetNumber() != number {
		return nil, fmt.Errorf("placing one request twice gave orders %q and %q", number, again.GetOrder().GetNumber())
	}
	fmt.Printf("placed order %s for 2 pieces, twice with one request id: one order\n", placed.GetOrder().GetNumber())
	return placed.GetOrder(), nil
}

// readBack checks that the order is stored as it was placed.
func readBack(ctx context.Context, orders orderv1.OrderServiceClient, placed *orderv1.Order) error {
	res, err := orders.GetOrder(ctx, &orderv1.GetOrderRequest{Number: placed.GetNumber()})
	if err != nil {
		return fmt.Errorf("read order: %w", err)
	}
	order := res.GetOrder()
	switch {
	case !proto.Equal(order, placed):
		return fmt.Errorf("placed %v, read back %v", placed, order)
	case order.GetStatus() != orderv1.OrderStatus_ORDER_STATUS_CREATED:
		return fmt.Errorf("a new order is %v", order.GetStatus())
	case order.GetAmount() != 2*2500 || order.GetCurrency() != "CNY" || len(order.GetLines()) != 1:
		return fmt.Errorf("an order for two pieces at 25.00 CNY is %v", order)
	}
	fmt.Println("read it back:", protojson.Format(order))
	return nil
}
