package server

import (
	kgrpc "github.com/go-kratos/kratos/v2/transport/grpc"

	orderv1 "github.com/stockonce/stockonce/api/order/v1"
	"github.com/stockonce/stockonce/app/internal/platform/conf"
	"github.com/stockonce/stockonce/app/internal/platform/edge"
	"github.com/stockonce/stockonce/app/order/internal/adapter/grpcapi"
)

// NewGRPC returns the gRPC server with the order API. The payment callback is not
// there: what a provider signed must arrive as its HTTP bytes.
func NewGRPC(cfg *conf.Server, kit *edge.Kit, orders *grpcapi.Orders) (*kgrpc.Server, error) {
	srv, err := edge.NewGRPCServer(cfg, kit)
	if err != nil {
		return nil, err
	}
	orderv1.RegisterOrderServiceServer(srv, orders)
	return srv, nil
}
