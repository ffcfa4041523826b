// Product keeps products, SKUs and stock, and takes the stock of paid orders
// exactly once. `product help` tells its subcommands.
package main

import (
	"github.com/stockonce/stockonce/app/internal/platform/boot"
	"github.com/stockonce/stockonce/app/product/configs"
	"github.com/stockonce/stockonce/app/product/internal/adapter/cli"
	"github.com/stockonce/stockonce/app/product/internal/adapter/store/migrations"
	"github.com/stockonce/stockonce/app/product/internal/conf"
)

// version is set by the linker.
var version = "dev"

func main() { boot.Main(spec()) }

func spec() boot.Spec[*conf.Bootstrap] {
	return boot.Spec[*conf.Bootstrap]{
		Name:       "product",
		Version:    version,
		Defaults:   configs.Default,
		New:        func() *conf.Bootstrap { return &conf.Bootstrap{} },
		Validate:   (*conf.Bootstrap).Validate,
		Live:       []string{"access", "limits"},
		Migrations: migrations.Files,
		Build:      build,
		Commands:   cli.Commands(desk),
	}
}
