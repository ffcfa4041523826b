//go:build wireinject

package main

import (
	"github.com/google/wire"

	"github.com/stockonce/stockonce/app/internal/platform/boot"
	"github.com/stockonce/stockonce/app/internal/platform/edge"
	"github.com/stockonce/stockonce/app/order/internal/adapter/callback"
	"github.com/stockonce/stockonce/app/order/internal/adapter/grpcapi"
	"github.com/stockonce/stockonce/app/order/internal/adapter/notify"
	"github.com/stockonce/stockonce/app/order/internal/adapter/productclient"
	"github.com/stockonce/stockonce/app/order/internal/adapter/refund"
	"github.com/stockonce/stockonce/app/order/internal/adapter/signals"
	"github.com/stockonce/stockonce/app/order/internal/adapter/store"
	"github.com/stockonce/stockonce/app/order/internal/conf"
	"github.com/stockonce/stockonce/app/order/internal/server"
	"github.com/stockonce/stockonce/app/order/internal/usecase"
)

// build assembles the service: which adapter serves which port.
func build(rt *boot.Runtime[*conf.Bootstrap]) (boot.App, func(), error) {
	panic(wire.Build(
		// What the process has.
		wire.FieldsOf(new(*boot.Runtime[*conf.Bootstrap]), "Logger", "DB", "Health"),
		startConfig, serverConfig, settings, errorMap, edge.NewKit, meter, newID,

		// Ports and their adapters.
		store.New,
		notifyTargets,
		store.NewOrders, wire.Bind(new(usecase.Orders), new(*store.Orders)),
		store.NewPayments, wire.Bind(new(usecase.Payments), new(*store.Payments)),
		store.NewTasks, wire.Bind(new(usecase.Tasks), new(*store.Tasks)),
		dialProduct,
		wire.Bind(new(usecase.StockDeductor), new(*productclient.Client)),
		wire.Bind(new(usecase.StockReleaser), new(*productclient.Client)),
		wire.Bind(new(usecase.Catalog), new(*productclient.Client)),
		providerAPIs, refund.NewProviders, wire.Bind(new(usecase.PaymentProviders), new(*refund.Providers)),
		notifier, wire.Bind(new(usecase.Notifier), new(*notify.Notifier)),
		operatorSignals,
		wire.Bind(new(usecase.Signals), new(*signals.Signals)),
		wire.Bind(new(callback.Signals), new(*signals.Signals)),

		// Usecases.
		placeOrder, usecase.NewFindOrder, usecase.NewListOrders, usecase.NewCancelOrder,
		usecase.NewConfirmPayment, usecase.NewSettleDeduction, usecase.NewReleaseStock, usecase.NewSendRefund,
		querySettings, usecase.NewQueryPayment, closePayment, usecase.NewNotifyTarget, expireOrders,

		// What calls them.
		grpcapi.NewOrders,
		callbackProviders, callback.NewService,
		wire.Bind(new(callback.Confirmer), new(*usecase.ConfirmPayment)),
		server.NewHTTP, server.NewGRPC,
		wire.Struct(new(server.Work), "*"), lanes, keyFiles, server.NewRelay,
		workers, wire.Struct(new(boot.App), "*"),
	))
}
