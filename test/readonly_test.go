package test

import (
	"context"
	"testing"
	"time"

	"github.com/stockonce/stockonce/test/harness"
	"github.com/stockonce/stockonce/test/harness/audit"
)

func TestAReadOnlyServerIsOutlived(t *testing.T) {
	server := ownServer(t, t.TempDir())
	w := prepareAt(t, server, server.Addr(), onMariaDB, shipped(nil))
	ctx := within(t, time.Minute)
	for _, s := range []*harness.Service{w.product, w.order} {
		if err := s.Run(ctx); err != nil {
			t.Fatal(err)
		}
	}
	db, err := audit.OpenMySQL(server.DSN(""))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	set := func(statement string) func(context.Context) error {
		return func(ctx context.Context) error {
			_, err := db.ExecContext(ctx, statement)
			return err
		}
	}
	u := &unwritable{world: w, begin: set("SET GLOBAL read_only = 1"), end: set("SET GLOBAL read_only = 0")}
	u.outlives(ctx, t)
}
