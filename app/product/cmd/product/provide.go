package main

import (
	"github.com/go-kratos/kratos/v2/transport"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/metric"

	"github.com/stockonce/stockonce/app/internal/platform/access"
	"github.com/stockonce/stockonce/app/internal/platform/boot"
	platformconf "github.com/stockonce/stockonce/app/internal/platform/conf"
	"github.com/stockonce/stockonce/app/internal/platform/edge"
	"github.com/stockonce/stockonce/app/internal/platform/identity"
	"github.com/stockonce/stockonce/app/internal/platform/worker"
	"github.com/stockonce/stockonce/app/product/internal/adapter/cli"
	"github.com/stockonce/stockonce/app/product/internal/adapter/grpcapi"
	"github.com/stockonce/stockonce/app/product/internal/adapter/store"
	"github.com/stockonce/stockonce/app/product/internal/conf"
	"github.com/stockonce/stockonce/app/product/internal/usecase"
)

// What wire cannot find as a constructor.

// serverConfig is read once: addresses and time-outs need a restart.
func serverConfig(rt *boot.Runtime[*conf.Bootstrap]) *platformconf.Server {
	return rt.Config.Current().GetServer()
}

func errorMap() edge.ErrorMap { return grpcapi.MapError }

func guard(rt *boot.Runtime[*conf.Bootstrap]) (*access.Guard, error) { return boot.NewGuard(rt) }

func kit(rt *boot.Runtime[*conf.Bootstrap], m edge.ErrorMap, a edge.Access) *edge.Kit {
	return boot.NewKit(rt, m, a)
}

func workers(rt *boot.Runtime[*conf.Bootstrap], g *access.Guard) []transport.Server {
	return []transport.Server{worker.NewServer(rt.Logger, g.Loop())}
}

func newID() usecase.NewID { return identity.New }

func meter() metric.Meter { return otel.Meter("stockonce/product") }

// desk is what the commands of operators work with.
func desk(rt *boot.Runtime[*conf.Bootstrap]) *cli.Desk {
	return &cli.Desk{Adjust: usecase.NewAdjust(store.New(rt.DB))}
}
