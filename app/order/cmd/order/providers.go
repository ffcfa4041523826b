package main

import (
	"context"
	"fmt"

	"github.com/go-kratos/kratos/v2/transport"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/metric"

	"github.com/stockonce/stockonce/app/internal/platform/access"
	"github.com/stockonce/stockonce/app/internal/platform/boot"
	platformconf "github.com/stockonce/stockonce/app/internal/platform/conf"
	"github.com/stockonce/stockonce/app/internal/platform/credential"
	"github.com/stockonce/stockonce/app/internal/platform/edge"
	"github.com/stockonce/stockonce/app/internal/platform/identity"
	"github.com/stockonce/stockonce/app/internal/platform/keyring"
	"github.com/stockonce/stockonce/app/internal/platform/tlsfile"
	"github.com/stockonce/stockonce/app/internal/platform/worker"
	"github.com/stockonce/stockonce/app/order/internal/adapter/callback"
	"github.com/stockonce/stockonce/app/order/internal/adapter/callback/alipay"
	"github.com/stockonce/stockonce/app/order/internal/adapter/callback/standard"
	"github.com/stockonce/stockonce/app/order/internal/adapter/callback/stripe"
	"github.com/stockonce/stockonce/app/order/internal/adapter/callback/wechatpay"
	"github.com/stockonce/stockonce/app/order/internal/adapter/grpcapi"
	"github.com/stockonce/stockonce/app/order/internal/adapter/notify"
	"github.com/stockonce/stockonce/app/order/internal/adapter/productclient"
	"github.com/stockonce/stockonce/app/order/internal/adapter/refund"
	alipayapi "github.com/stockonce/stockonce/app/order/internal/adapter/refund/alipay"
	standardapi "github.com/stockonce/stockonce/app/order/internal/adapter/refund/standard"
	stripeapi "github.com/stockonce/stockonce/app/order/internal/adapter/refund/stripe"
	wechatpayapi "github.com/stockonce/stockonce/app/order/internal/adapter/refund/wechatpay"
	"github.com/stockonce/stockonce/app/order/internal/adapter/signals"
	"github.com/stockonce/stockonce/app/order/internal/adapter/store"
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

func guard(h *host) (*access.Guard, error) { return boot.NewGuard(h) }

func kit(h *host, m edge.ErrorMap, a edge.Access) *edge.Kit { return boot.NewKit(h, m, a) }

func newID() usecase.NewID { return identity.New }

func meter() metric.Meter { return otel.Meter("stockonce/order") }

func dialProduct(h *host, c *conf.Bootstrap) (*productclient.Client, func(), error) {
	target := productclient.Target{Endpoint: c.GetProduct().GetEndpoint(), Discovery: h.Discovery}
	if cfg := c.GetProduct().GetTls(); cfg != nil {
		encrypted, err := tlsfile.NewClient(cfg, "product.tls", h.Logger)
		if err != nil {
			return nil, nil, err
		}
		target.TLS = encrypted
	}
	if cfg := c.GetProduct().GetToken(); cfg != nil {
		token, err := credential.New(cfg, serviceName, h.Logger)
		if err != nil {
			return nil, nil, fmt.Errorf("product.token: %w", err)
		}
		target.Token = token
	}
	conn, err := productclient.Dial(context.Background(), target)
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

func operatorSignals(
	h *host, m metric.Meter, tasks usecase.Tasks, findings usecase.Findings, passes usecase.Passes,
) (*signals.Signals, error) {
	if err := signals.WatchTasks(m, tasks); err != nil {
		return nil, err
	}
	if err := signals.WatchFindings(m, findings, passes); err != nil {
		return nil, err
	}
	return signals.New(h.Logger, m)
}

// passSettings tells how reconciliations go, by the current configuration.
func passSettings(h *host) func() usecase.PassSettings {
	return func() usecase.PassSettings {
		c := h.Config.Current()
		r := c.GetReconciliation()
		return usecase.PassSettings{
			Every: r.GetEvery().AsDuration(), FullEvery: r.GetFullEvery().AsDuration(),
			UnchangedFor: r.GetUnchangedFor().AsDuration(), StuckAfter: r.GetStuckAfter().AsDuration(),
			OrphanWindow: c.GetOrders().GetOrphanWindow().AsDuration(),
		}
	}
}

func querySettings(c *conf.Bootstrap) usecase.QuerySettings {
	settings := usecase.QuerySettings{Window: c.GetOrders().GetOrphanWindow().AsDuration()}
	for _, d := range c.GetOrders().GetQueryAfter() {
		settings.After = append(settings.After, d.AsDuration())
	}
	return settings
}

// closePayment looks for trades that are not known yet as long as payments are waited
// for where nobody can be asked.
func closePayment(
	c *conf.Bootstrap, tasks usecase.Tasks, providers usecase.PaymentProviders, confirm *usecase.ConfirmPayment,
) *usecase.ClosePayment {
	return usecase.NewClosePayment(tasks, providers, confirm, c.GetOrders().GetGrace().AsDuration())
}

func placeOrder(
	c *conf.Bootstrap, orders usecase.Orders, catalog usecase.Catalog, newID usecase.NewID,
	query usecase.QuerySettings,
) *usecase.PlaceOrder {
	return usecase.NewPlaceOrder(orders, catalog, newID, c.GetOrders().GetPayWithin().AsDuration(), query)
}

func expireOrders(
	c *conf.Bootstrap, orders usecase.Orders, tasks usecase.Tasks, providers usecase.PaymentProviders, signals usecase.Signals,
) *usecase.ExpireOrders {
	return usecase.NewExpireOrders(orders, tasks, providers, signals, c.GetOrders().GetGrace().AsDuration(), expiryBatch)
}

// The payment providers: a new one is one line in each of the two lists.

func callbackProviders(h *host, c *conf.Bootstrap, m metric.Meter) (*callback.Providers, error) {
	providers, err := keyring.NewSet("callbacks", c.GetProviders(), map[string]callback.Build{
		"standard":  standard.Build,
		"wechatpay": wechatpay.Build,
		"alipay":    alipay.Build,
		"stripe":    stripe.Build,
	}, h.Logger)
	if err != nil {
		return nil, err
	}
	h.Config.Subscribe(func(_, c *conf.Bootstrap) { providers.Configure(c.GetProviders()) })
	return providers, signals.WatchKeys(m, func() map[string][]keyring.Key {
		keys := map[string][]keyring.Key{}
		for name, p := range providers.All() {
			keys[name] = p.Keys()
		}
		return keys
	})
}

func providerAPIs(h *host, c *conf.Bootstrap) (*refund.APIs, error) {
	apis, err := keyring.NewSet("provider APIs", c.GetProviders(), map[string]refund.Build{
		"standard":  standardapi.Build,
		"wechatpay": wechatpayapi.Build,
		"alipay":    alipayapi.Build,
		"stripe":    stripeapi.Build,
	}, h.Logger)
	if err != nil {
		return nil, err
	}
	h.Config.Subscribe(func(_, c *conf.Bootstrap) { apis.Configure(c.GetProviders()) })
	return apis, nil
}

func notifier(h *host, c *conf.Bootstrap) (*notify.Notifier, error) {
	return notify.New(c.GetNotify(), h.Logger)
}

// notifyTargets are fixed at start: each has a lane of its own.
func notifyTargets(c *conf.Bootstrap) store.Targets {
	targets := store.Targets{}
	for _, t := range c.GetNotify().GetTargets() {
		targets = append(targets, t.GetId())
	}
	return targets
}

func lanes(apis *refund.APIs, targets store.Targets) server.Lanes {
	return server.Lanes{Providers: apis.Names(), Targets: targets}
}

// keyFiles lists what reads its key files again.
func keyFiles(callbacks *callback.Providers, apis *refund.APIs, n *notify.Notifier) []func(context.Context) (int, error) {
	return []func(context.Context) (int, error){callbacks.Reload, apis.Reload, n.Reload}
}

func workers(h *host, relay *server.Relay, g *access.Guard) []transport.Server {
	return []transport.Server{relay, worker.NewServer(h.Logger, g.Loop())}
}
