package main

import (
	"context"

	"github.com/go-kratos/kratos/v2/transport"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/metric"

	"github.com/stockonce/stockonce/app/internal/platform/boot"
	platformconf "github.com/stockonce/stockonce/app/internal/platform/conf"
	"github.com/stockonce/stockonce/app/internal/platform/edge"
	"github.com/stockonce/stockonce/app/internal/platform/identity"
	"github.com/stockonce/stockonce/app/order/internal/adapter/callback"
	"github.com/stockonce/stockonce/app/order/internal/adapter/callback/standard"
	"github.com/stockonce/stockonce/app/order/internal/adapter/grpcapi"
	"github.com/stockonce/stockonce/app/order/internal/adapter/productclient"
	"github.com/stockonce/stockonce/app/order/internal/adapter/signals"
	"github.com/stockonce/stockonce/app/order/internal/conf"
	"github.com/stockonce/stockonce/app/order/internal/server"
	"github.com/stockonce/stockonce/app/order/internal/usecase"
)

// host is the process the service runs in.
type host = boot.Runtime[*conf.Bootstrap]

// expiryBatch is how many unpaid orders one pass cancels.
const expiryBatch = 100

// What wire cannot find as a constructor.

// startConfig is read once: most of it needs a restart. settings is what is asked
// anew each time.
func startConfig(h *host) *conf.Bootstrap { return h.Config.Current() }

func settings(h *host) func() *conf.Bootstrap { return h.Config.Current }

func serverConfig(c *conf.Bootstrap) *platformconf.Server { return c.GetServer() }

func errorMap() edge.ErrorMap { return grpcapi.Errors }

func newID() usecase.NewID { return identity.New }

func meter() metric.Meter { return otel.Meter("stockonce/order") }

func dialProduct(h *host, c *conf.Bootstrap) (*productclient.Client, func(), error) {
	conn, err := productclient.Dial(context.Background(), c.GetProduct().GetEndpoint(), h.Discovery)
	if err != nil {
		return nil, nil, err
	}
	client := productclient.New(conn, productclient.Limits{
		CallTimeout: c.GetProduct().GetCallTimeout().AsDuration(),
		TryTimeout:  c.GetProduct().GetTryTimeout().AsDuration(),
		Tries:       int(c.GetProduct().GetTryLimit()),
	})
	return client, func() { _ = conn.Close() }, nil
}

func operatorSignals(h *host, m metric.Meter, tasks usecase.Tasks) (*signals.Signals, error) {
	if err := signals.WatchTasks(m, tasks); err != nil {
		return nil, err
	}
	return signals.New(h.Logger, m)
}

func placeOrder(c *conf.Bootstrap, orders usecase.Orders, catalog usecase.Catalog, newID usecase.NewID) *usecase.PlaceOrder {
	return usecase.NewPlaceOrder(orders, catalog, newID, c.GetOrders().GetPayWithin().AsDuration())
}

func judgeOrphans(c *conf.Bootstrap, orders usecase.Orders) *usecase.JudgeOrphans {
	return usecase.NewJudgeOrphans(orders, c.GetOrders().GetOrphanWindow().AsDuration())
}

func expireOrders(c *conf.Bootstrap, orders usecase.Orders, signals usecase.Signals) *usecase.ExpireOrders {
	return usecase.NewExpireOrders(orders, signals, c.GetOrders().GetGrace().AsDuration(), expiryBatch)
}

// callbackProviders is the registry of payment providers: a new one is one line here.
func callbackProviders(h *host, c *conf.Bootstrap) (*callback.Providers, error) {
	providers, err := callback.NewProviders(c.GetCallback(), map[string]callback.Build{
		"standard": standard.Build,
	}, h.Logger)
	if err != nil {
		return nil, err
	}
	h.Config.Subscribe(func(_, c *conf.Bootstrap) { providers.Configure(c.GetCallback()) })
	return providers, nil
}

func workers(relay *server.Relay) []transport.Server { return []transport.Server{relay} }
