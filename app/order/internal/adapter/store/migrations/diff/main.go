// Diff writes the migration from the newest files to the Ent schema:
//
//	go run ./internal/adapter/store/migrations/diff -dir internal/adapter/store/migrations -name add_something
package main

import (
	"github.com/stockonce/stockonce/app/internal/platform/migrate/diff"
	"github.com/stockonce/stockonce/app/order/internal/adapter/store/ent/migrate"
)

func main() { diff.Main(migrate.Tables) }
