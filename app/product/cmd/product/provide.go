package main

import (
	"github.com/stockonce/stockonce/app/internal/platform/boot"
	platformconf "github.com/stockonce/stockonce/app/internal/platform/conf"
	"github.com/stockonce/stockonce/app/internal/platform/edge"
	"github.com/stockonce/stockonce/app/internal/platform/identity"
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

func newID() usecase.NewID { return identity.New }

// desk is what the commands of operators work with.
func desk(rt *boot.Runtime[*conf.Bootstrap]) *cli.Desk {
	return &cli.Desk{Adjust: usecase.NewAdjust(store.New(rt.DB))}
}
