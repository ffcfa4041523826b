package server

import (
	kgrpc "github.com/go-kratos/kratos/v2/transport/grpc"

	productv1 "github.com/stockonce/stockonce/api/product/v1"
	"github.com/stockonce/stockonce/app/internal/platform/conf"
	"github.com/stockonce/stockonce/app/internal/platform/edge"
	"github.com/stockonce/stockonce/app/product/internal/adapter/grpcapi"
)

// NewGRPC returns the gRPC server with both services.
func NewGRPC(cfg *conf.Server, kit *edge.Kit, products *grpcapi.ProductService, stock *grpcapi.StockService) (*kgrpc.Server, error) {
	// A large order takes a thousand statements, and is asked about again until there
	// is an answer.
	kit.Long(productv1.StockService_DeductStock_FullMethodName,
		productv1.StockService_BatchDeductStock_FullMethodName,
		productv1.StockService_ReleaseStock_FullMethodName)
	srv, err := edge.NewGRPCServer(cfg, kit)
	if err != nil {
		return nil, err
	}
	productv1.RegisterProductServiceServer(srv, products)
	productv1.RegisterStockServiceServer(srv, stock)
	return srv, nil
}
