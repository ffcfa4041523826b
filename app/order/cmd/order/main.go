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

// serviceName is who this service is to others: in the registry, and in the rules of
// what it alone may call.
const serviceName = "order"

// version is set by the linker.
var version = "dev"

func main() {
	boot.Main(boot.Spec[*conf.Bootstrap]{
		Name:       serviceName,
		Version:    version,
		Defaults:   configs.Default,
		New:        func() *conf.Bootstrap { return &conf.Bootstrap{} },
		Validate:   (*conf.Bootstrap).Validate,
		Live:       []string{"relay", "providers", "access", "limits", "reconciliation"},
		Migrations: migrations.Files,
		Build:      build,
		Commands:   cli.Commands(desk),
	})
}
