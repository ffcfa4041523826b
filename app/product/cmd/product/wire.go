//go:build wireinject

package main

import (
	"github.com/google/wire"

	"github.com/stockonce/stockonce/app/internal/platform/access"
	"github.com/stockonce/stockonce/app/internal/platform/boot"
	"github.com/stockonce/stockonce/app/internal/platform/edge"
	"github.com/stockonce/stockonce/app/product/internal/adapter/grpcapi"
	"github.com/stockonce/stockonce/app/product/internal/adapter/signals"
	"github.com/stockonce/stockonce/app/product/internal/adapter/store"
	"github.com/stockonce/stockonce/app/product/internal/conf"
	"github.com/stockonce/stockonce/app/product/internal/server"
	"github.com/stockonce/stockonce/app/product/internal/usecase"
)

// build puts the service together: the ports get their adapters, the usecases their
// ports, the servers the usecases.
func build(rt *boot.Runtime[*conf.Bootstrap]) (boot.App, func(), error) {
	panic(wire.Build(
		wire.FieldsOf(new(*boot.Runtime[*conf.Bootstrap]), "Logger", "DB"),
		serverConfig,
		errorMap,

		// adapters out
		store.New,
		wire.Bind(new(usecase.Products), new(*store.Store)),
		wire.Bind(new(usecase.Stock), new(*store.Store)),
		wire.Bind(new(usecase.Ledger), new(*store.Store)),
		newID,
		meter,
		signals.New,
		wire.Bind(new(usecase.Signals), new(*signals.Signals)),

		// usecases
		usecase.NewCreateProduct,
		usecase.NewFindProduct,
		usecase.NewListProducts,
		usecase.NewFindSKU,
		usecase.NewLookUpPrices,
		usecase.NewRestock,
		usecase.NewAdjust,
		usecase.NewListMovements,
		usecase.NewDeduct,
		usecase.NewBatchDeduct,
		usecase.NewRelease,
		usecase.NewListDeductions,
		usecase.NewListStock,

		// adapters in
		wire.Struct(new(grpcapi.ProductUsecases), "*"),
		wire.Struct(new(grpcapi.StockUsecases), "*"),
		grpcapi.NewProductService,
		grpcapi.NewStockService,

		// servers
		guard,
		wire.Bind(new(edge.Access), new(*access.Guard)),
		kit,
		server.NewHTTP,
		server.NewGRPC,
		workers,
		wire.Struct(new(boot.App), "*"),
	))
}
