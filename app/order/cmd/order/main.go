// Order keeps orders and payments, receives the payment providers' callbacks and
// has product take the stock of what is paid.
package main

import (
	"github.com/stockonce/stockonce/app/internal/platform/boot"
	"github.com/stockonce/stockonce/app/order/configs"
	"github.com/stockonce/stockonce/app/order/internal/adapter/cli"
	"github.com/stockonce/stockonce/app/order/internal/adapter/store/migrations"
	"github.com/stockonce/stockonce/app/order/internal/conf"
)

// version is set by the linker.
var version = "dev"

func main() {
	boot.Main(boot.Spec[*conf.Bootstrap]{
		Name:       "order",
		Version:    version,
		Defaults:   configs.Default,
		New:        func() *conf.Bootstrap { return &conf.Bootstrap{} },
		Validate:   (*conf.Bootstrap).Validate,
		Live:       []string{"relay", "providers"},
		Migrations: migrations.Files,
		Build:      build,
		Commands:   cli.Commands(desk),
	})
}
