package harness_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stockonce/stockonce/test/harness"
	"github.com/stockonce/stockonce/test/harness/audit"
)

func TestADatabasesClockIsSetBothWays(t *testing.T) {
	folder := t.TempDir()
	t.Setenv("TEST_MYSQL_SERVER", "") // put back what WithClocks sets
	if err := harness.WithClocks(folder); errors.Is(err, harness.ErrNoClock) {
		t.Skip(err)
	} else if err != nil {
		t.Fatal(err)
	}
	ctx := within(t, 2*time.Minute)
	program, err := harness.BuildWithMySQL(ctx, folder)
	if err != nil {
		t.Fatal(err)
	}
	server, err := harness.StartClockedMySQL(ctx, program, folder)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Stop() })
	db, err := audit.OpenMySQL(server.DSN(""))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	for _, off := range []time.Duration{0, 90 * time.Second, -90 * time.Second} {
		if err := server.SetClock(off); err != nil {
			t.Fatal(err)
		}
		err := harness.Await(ctx, func(ctx context.Context) error {
			var now float64
			if err := db.QueryRowContext(ctx, "SELECT UNIX_TIMESTAMP(NOW(6))").Scan(&now); err != nil {
				return err
			}
			if got := time.Duration(now*1e9) - time.Duration(time.Now().UnixNano()); (got - off).Abs() > 10*time.Second {
				return fmt.Errorf("the clock is off by %s, want %s", got, off)
			}
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	}
}
