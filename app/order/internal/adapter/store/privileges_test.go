package store_test

import (
	"testing"

	"github.com/stockonce/stockonce/app/internal/platform/dbtest"
	"github.com/stockonce/stockonce/app/order/internal/adapter/store/migrations"
)

func TestTheServiceCanRewriteNoHistoryAndDeletesNothing(t *testing.T) {
	dbtest.WantPrivileges(t, "order", migrations.Files, map[string][]string{
		"order_lines":  nil,
		"order_events": nil,
		"callbacks":    nil,
		"payments":     {"disposition"},
		"orders":       {"status", "winner", "stock_back", "version", "events", "updated_at"},
		"refunds":      {"source", "state", "reason", "by_whom", "provider_ref", "updated_at"},
		"findings": {
			"order_number", "detail", "remedy", "first_seen", "last_seen", "resolved_at", "resolved_by", "reason",
		},
		"reconciliation_passes": {"compared_until", "finished_at"},
		"leases":                {"holder", "ends_at"},
		"tasks":                 {"lane", "state", "attempt", "next_at", "token", "last_error", "created_at", "updated_at"},
	})
}
