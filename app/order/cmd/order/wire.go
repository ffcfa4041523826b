//go:build wireinject

package main

import (
	"github.com/google/wire"

	"github.com/stockonce/stockonce/app/internal/platform/access"
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
		wire.FieldsOf(new(*boot.Runtime[*conf.Bootstrap]), "Logger", "DB"),
		startConfig, serverConfig, settings, errorMap, guard, wire.Bind(new(edge.Access), new(*access.Guard)), kit, meter, newID,

		// Ports and their adapters.
		store.New,
		notifyTargets,
		store.NewOrders, wire.Bind(new(usecase.Orders), new(*store.Orders)),
		store.NewPayments, wire.Bind(new(usecase.Payments), new(*store.Payments)),
		store.NewTasks, wire.Bind(new(usecase.Tasks), new(*store.Tasks)),
		store.NewBooks, wire.Bind(new(usecase.Books), new(*store.Books)),
		store.NewFindings, wire.Bind(new(usecase.Findings), new(*store.Findings)),
		store.NewPasses, wire.Bind(new(usecase.Passes), new(*store.Passes)),
		store.NewLeases, wire.Bind(new(usecase.Leases), new(*store.Leases)),
		dialProduct,
		wire.Bind(new(usecase.StockDeductor), new(*productclient.Client)),
		wire.Bind(new(usecase.StockReleaser), new(*productclient.Client)),
		wire.Bind(new(usecase.Catalog), new(*productclient.Client)),
		wire.Bind(new(usecase.StockBooks), new(*productclient.Client)),
		providerAPIs, refund.NewProviders, wire.Bind(new(usecase.PaymentProviders), new(*refund.Providers)),
		notifier, wire.Bind(new(usecase.Notifier), new(*notify.Notifier)),
		operatorSignals,
		wire.Bind(new(usecase.Signals), new(*signals.Signals)),
		wire.Bind(new(callback.Signals), new(*signals.Signals)),
		wire.Bind(new(usecase.PassSignals), new(*signals.Signals)),

		// Usecases.
		placeOrder, usecase.NewFindOrder, usecase.NewListOrders, usecase.NewCancelOrder,
		usecase.NewConfirmPayment, usecase.NewSettleDeduction, usecase.NewReleaseStock, usecase.NewSendRefund,
		querySettings, usecase.NewQueryPayment, closePayment, usecase.NewNotifyTarget, expireOrders,
		wire.Struct(new(usecase.ReconcilePorts), "*"), usecase.NewReconcile, passSettings, usecase.NewScheduleReconciliation,

		// What calls them.
		grpcapi.NewOrders,
		callbackProviders, callback.NewService,
		wire.Bind(new(callback.Confirmer), new(*usecase.ConfirmPayment)),
		server.NewHTTP, server.NewGRPC,
		wire.Struct(new(server.Work), "*"), lanes, keyFiles, server.NewRelay,
		workers, wire.Struct(new(boot.App), "*"),
	))
}
