// Package server makes what Kratos starts and stops.
package server

import (
	khttp "github.com/go-kratos/kratos/v2/transport/http"

	productv1 "github.com/stockonce/stockonce/api/product/v1"
	"github.com/stockonce/stockonce/app/internal/platform/conf"
	"github.com/stockonce/stockonce/app/internal/platform/edge"
	"github.com/stockonce/stockonce/app/product/internal/adapter/grpcapi"
)

// NewHTTP returns the HTTP server with the product API. StockService is not there:
// taking stock is for the order service, over gRPC.
func NewHTTP(cfg *conf.Server, kit *edge.Kit, products *grpcapi.ProductService) (*khttp.Server, error) {
	srv, err := edge.NewHTTPServer(cfg.GetHttp(), kit)
	if err != nil {
		return nil, err
	}
	productv1.RegisterProductServiceHTTPServer(srv, products)
	return srv, nil
}
