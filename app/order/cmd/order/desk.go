package main

import (
	"os"

	"github.com/stockonce/stockonce/app/order/internal/adapter/cli"
	"github.com/stockonce/stockonce/app/order/internal/adapter/refund"
	"github.com/stockonce/stockonce/app/order/internal/adapter/signals"
	"github.com/stockonce/stockonce/app/order/internal/adapter/store"
	"github.com/stockonce/stockonce/app/order/internal/usecase"
)

// desk is what the commands of operators work with. But for reconciliations they do not
// speak to product or to the providers: what they leave is for the service's relay.
func desk(h *host) (*cli.Desk, error) {
	told, err := signals.New(h.Logger, meter())
	if err != nil {
		return nil, err
	}
	s := store.New(h.DB)
	orders, payments := store.NewOrders(s, notifyTargets(startConfig(h))), store.NewPayments(s)
	tasks, callbacks := store.NewTasks(s), store.NewCallbacks(s)
	settle := usecase.NewSettleDeduction(orders, usecase.LeftToRelay{}, told)
	confirm := usecase.NewConfirmPayment(orders, payments, settle, newID(), told)
	return &cli.Desk{
		Orders: orders, Payments: payments, Tasks: tasks, Callbacks: callbacks,
		Handle:     usecase.NewHandlePayment(orders, payments),
		HandleTask: usecase.NewHandleTask(orders, payments, tasks, told),
		FindTask:   usecase.NewFindTask(orders, payments, tasks),
		Replay:     usecase.NewReplayCallback(callbacks, confirm),
		Prune:      usecase.NewPrune(store.NewRetention(s)),
		Findings:   store.NewFindings(s), Passes: passSettings(h)(), Progress: os.Stderr,
		Reconcile: func() (*usecase.Reconcile, func(), error) { return reconcileByHand(h, s, orders, payments, tasks) },
	}, nil
}

// reconcileByHand is the reconciliation of a command, with its own way to product and
// to the providers.
func reconcileByHand(
	h *host, s *store.Store, orders usecase.Orders, payments usecase.Payments, tasks usecase.Tasks,
) (*usecase.Reconcile, func(), error) {
	apis, err := providerAPIs(h, startConfig(h))
	if err != nil {
		return nil, nil, err
	}
	product, hangUp, err := dialProduct(h, startConfig(h))
	if err != nil {
		return nil, nil, err
	}
	return usecase.NewReconcile(usecase.ReconcilePorts{
		Orders: orders, Payments: payments, Tasks: tasks, Books: store.NewBooks(s), Stock: product,
		Providers: refund.NewProviders(apis), Findings: store.NewFindings(s), Passes: store.NewPasses(s),
		Signals: usecase.ToldByReport{},
	}), hangUp, nil
}
