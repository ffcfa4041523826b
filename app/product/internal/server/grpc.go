package server

import (
	kgrpc "github.com/go-kratos/kratos/v2/transport/grpc"

	productv1 "github.com/stockonce/stockonce/api/product/v1"
	"github.com/stockonce/stockonce/app/internal/platform/conf"
	"github.com/stockonce/stockonce/app/internal/platform/edge"
	"github.com/stockonce/stockonce/app/product/internal/adapter/grpcapi"
)

// NewGRPC returns the gRPC server with both services.
func NewGRPC(cfg *conf.Server, kit *edge.Kit, products *grpcapi.ProductService, stock *grpcapi.StockService) *kgrpc.Server {
	srv := edge.NewGRPCServer(cfg, kit)
	productv1.RegisterProductServiceServer(srv, products)
	productv1.RegisterStockServiceServer(srv, stock)
	return srv
}
