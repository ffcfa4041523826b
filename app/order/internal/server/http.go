// Package server makes what Kratos starts and stops.
package server

import (
	khttp "github.com/go-kratos/kratos/v2/transport/http"

	orderv1 "github.com/stockonce/stockonce/api/order/v1"
	"github.com/stockonce/stockonce/app/internal/platform/conf"
	"github.com/stockonce/stockonce/app/internal/platform/edge"
	"github.com/stockonce/stockonce/app/order/internal/adapter/callback"
	"github.com/stockonce/stockonce/app/order/internal/adapter/grpcapi"
)

// NewHTTP returns the HTTP server with the order API and the payment callback.
func NewHTTP(cfg *conf.Server, kit *edge.Kit, orders *grpcapi.Orders, callbacks *callback.Service) (*khttp.Server, error) {
	srv, err := edge.NewHTTPServer(cfg.GetHttp(), kit, edge.WithRawRoute(callback.Raw()))
	if err != nil {
		return nil, err
	}
	orderv1.RegisterOrderServiceHTTPServer(srv, orders)
	orderv1.RegisterPaymentCallbackServiceHTTPServer(srv, callbacks)
	return srv, nil
}
