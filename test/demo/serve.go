package main

import (
	"context"
	"fmt"
	"net"

	"github.com/stockonce/stockonce/test/harness"
)

// serve leaves both services running until ctx ends.
func serve(ctx context.Context, s *stage) error {
	s.preferDocumentedPorts()
	if err := s.open(ctx); err != nil {
		return err
	}
	fmt.Printf(`both services are ready; Ctrl-C ends them

  order    http://%s   gRPC %s   ops http://%s
  product  http://%s   gRPC %s   ops http://%s
  secret   %s
  logs     %s/*.log

in another terminal, from here: create a product, place an order, and pay it

  curl -s http://%s/v1/products -H 'Content-Type: application/json' \
    -d '{"name":"Green tea","skus":[{"code":"TEA","price":"2500","currency":"CNY","openingStock":"10"}]}'
  curl -s http://%s/v1/orders -H 'Content-Type: application/json' \
    -d '{"requestId":"1","customer":"me","lines":[{"sku":"TEA","quantity":"2"}]}'
  bin/paysim pay --amount 5000 --url http://%s/v1/payments/standard/callback \
    --secret-file %s --order NUMBER
  curl -s http://%s/v1/skus/TEA

`, s.order.HTTP, s.order.GRPC, s.order.Ops, s.product.HTTP, s.product.GRPC, s.product.Ops, s.secretFile, s.folder,
		s.product.HTTP, s.order.HTTP, s.order.HTTP, s.secretFile, s.product.HTTP)

	select {
	case <-ctx.Done():
		fmt.Println("\nstopping")
		return nil
	case <-s.order.Done():
		return fmt.Errorf("order has ended by itself\n%s", s.order.Tail())
	case <-s.product.Done():
		return fmt.Errorf("product has ended by itself\n%s", s.product.Tail())
	}
}

// preferDocumentedPorts moves both services to the ports of the documentation, if
// all of them are free.
func (s *stage) preferDocumentedPorts() {
	type listener struct {
		service *harness.Service
		addr    *string
		setting string
		port    int
	}
	listeners := []listener{
		{s.order, &s.order.HTTP, "STOCKONCE_SERVER_HTTP_ADDR", 8000},
		{s.order, &s.order.GRPC, "STOCKONCE_SERVER_GRPC_ADDR", 9000},
		{s.order, &s.order.Ops, "STOCKONCE_SERVER_OPS_ADDR", 8080},
		{s.product, &s.product.HTTP, "STOCKONCE_SERVER_HTTP_ADDR", 8001},
		{s.product, &s.product.GRPC, "STOCKONCE_SERVER_GRPC_ADDR", 9001},
		{s.product, &s.product.Ops, "STOCKONCE_SERVER_OPS_ADDR", 8081},
	}
	for _, l := range listeners {
		held, err := net.Listen("tcp", harness.Local(l.port))
		if err != nil {
			return
		}
		if err := held.Close(); err != nil {
			return
		}
	}
	for _, l := range listeners {
		*l.addr = harness.Local(l.port)
		l.service.Set(l.setting, *l.addr)
	}
	s.order.Set("STOCKONCE_PRODUCT_ENDPOINT", s.product.GRPC)
}
