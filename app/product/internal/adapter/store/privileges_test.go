package store_test

import (
	"testing"

	"github.com/stockonce/stockonce/app/internal/platform/dbtest"
	"github.com/stockonce/stockonce/app/product/internal/adapter/store/migrations"
)

func TestTheServiceCanRewriteNoLedgerAndDeletesNothing(t *testing.T) {
	dbtest.WantPrivileges(t, "product", migrations.Files, map[string][]string{
		"products":        nil,
		"stock_movements": nil,
		"deductions":      {"outcome", "short_lines", "updated_at"},
		"skus":            {"stock"},
	})
}
