package main

import (
	"context"
	"fmt"
	"net"
	"strings"

	"github.com/stockonce/stockonce/test/harness"
)

// welcome is for somebody who copies line after line into a shell.
const welcome = `both services and all payment providers are ready; Ctrl-C ends them

  order      http://ORDER_HTTP   gRPC ORDER_GRPC   ops http://ORDER_OPS
  product    http://PRODUCT_HTTP   gRPC PRODUCT_GRPC   ops http://PRODUCT_OPS
  providers  http://PROVIDERS   standard, wechatpay, alipay and stripe, played by paysim
  keys       KEYS
  logs       FOLDER/*.log

in another terminal, from here: who you are for the next twelve hours, an operator and
the storefront of the customer ann

  export TOKEN=<operator>
  export STOREFRONT_TOKEN=<storefront>

create a product, place an order, and pay it

  curl -s http://PRODUCT_HTTP/v1/products -H "Authorization: Bearer $TOKEN" -H 'Content-Type: application/json' \
    -d '{"name":"Green tea","skus":[{"code":"TEA","price":"2500","currency":"CNY","openingStock":"10"}]}'
  curl -s http://ORDER_HTTP/v1/orders -H "Authorization: Bearer $STOREFRONT_TOKEN" -H 'Content-Type: application/json' \
    -d '{"requestId":"1","customer":"ann","provider":"wechatpay","lines":[{"sku":"TEA","quantity":"2"}]}'
  bin/paysim pay --via http://PROVIDERS --url http://ORDER_HTTP --provider wechatpay --order NUMBER
  curl -s http://PRODUCT_HTTP/v1/skus/TEA -H "Authorization: Bearer $TOKEN"

or with alipay, stripe or standard instead of wechatpay, in both lines (and another
requestId: it makes a repeat known as one). A callback that arrives a hundred times at
once, a forged one; the money back, as an operator or at the provider's console:

  bin/paysim pay --keys KEYS --via http://PROVIDERS --url http://ORDER_HTTP \
    --provider wechatpay --order NUMBER --times 100 --concurrent
  bin/paysim pay --keys KEYS --url http://ORDER_HTTP --provider wechatpay --order NUMBER --forge
  bin/order orders refund NUMBER --by me --reason 'wrong taste' --config FOLDER/order.yaml
  curl -s http://PROVIDERS/sim/refund -H 'Content-Type: application/json' \
    -d '{"provider":"wechatpay","orderNumber":"NUMBER"}'
  curl -s http://ORDER_HTTP/v1/orders/NUMBER -H "Authorization: Bearer $TOKEN"

`

// serve leaves everything running until ctx ends.
func serve(ctx context.Context, s *stage) error {
	s.preferDocumentedPorts()
	if err := s.open(ctx, pace{}); err != nil {
		return err
	}
	fill := strings.NewReplacer(
		"ORDER_HTTP", s.order.HTTP, "ORDER_GRPC", s.order.GRPC, "ORDER_OPS", s.order.Ops,
		"PRODUCT_HTTP", s.product.HTTP, "PRODUCT_GRPC", s.product.GRPC, "PRODUCT_OPS", s.product.Ops,
		"PROVIDERS", s.api, "KEYS", s.keysDir(), "FOLDER", s.folder,
		"<operator>", string(s.identity.Operator()), "<storefront>", string(s.storefront()),
	)
	fmt.Print(fill.Replace(welcome))

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

// preferDocumentedPorts moves everything to the ports of the documentation, if all of
// them are free.
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
		{nil, &s.api, "", 8400},
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
		if l.service != nil {
			l.service.Set(l.setting, *l.addr)
		}
	}
}
