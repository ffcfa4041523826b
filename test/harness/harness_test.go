package harness_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stockonce/stockonce/test/harness"
	"github.com/stockonce/stockonce/test/harness/audit"
)

func within(t *testing.T, d time.Duration) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), d)
	t.Cleanup(cancel)
	return ctx
}

func TestAProcessThatEndsBadlySaysSoWithItsLog(t *testing.T) {
	p, err := harness.Start(harness.Command{
		Name: "failing", Path: "/bin/sh", Args: []string{"-c", "echo the reason >&2; exit 3"},
		Log: filepath.Join(t.TempDir(), "log"),
	})
	if err != nil {
		t.Fatal(err)
	}
	err = harness.Await(within(t, time.Minute), func(context.Context) error { return errors.New("not yet") }, p)
	if err == nil || !strings.Contains(err.Error(), "exit status 3") || !strings.Contains(err.Error(), "the reason") {
		t.Errorf("error %v", err)
	}
}

func TestAProcessThatDoesNotEndWhenAskedIsKilled(t *testing.T) {
	log := filepath.Join(t.TempDir(), "log")
	p, err := harness.Start(harness.Command{
		Name: "stubborn", Path: "/bin/sh", Args: []string{"-c", "trap '' TERM; echo ready; while :; do sleep 0.1; done"},
		Env: []string{"PATH=" + os.Getenv("PATH")}, Log: log,
	})
	if err != nil {
		t.Fatal(err)
	}
	err = harness.Await(within(t, time.Minute), func(context.Context) error {
		if !strings.Contains(p.Log(), "ready") {
			return errors.New("not ready")
		}
		return nil
	}, p)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Terminate(within(t, 200*time.Millisecond)); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("error %v", err)
	}
	select {
	case <-p.Done():
	default:
		t.Error("the process is still there")
	}
}

// TestMain makes this binary a program that starts another and waits to be killed.
func TestMain(m *testing.M) {
	if os.Getenv("HARNESS_TEST_PARENT") == "" {
		os.Exit(m.Run())
	}
	p, err := harness.Start(harness.Command{Name: "child", Path: "/bin/sleep", Args: []string{"600"}, Log: os.DevNull})
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	fmt.Println(p.PID())
	<-p.Done()
}

func TestDatabaseAndConsulKeepTheirDataWhenTheyAreKilled(t *testing.T) {
	ctx := within(t, 15*time.Minute) // the first run builds the agent
	folder := t.TempDir()
	program, err := harness.BuildWithMySQL(ctx, folder)
	if err != nil {
		t.Fatal(err)
	}
	server, err := harness.StartMySQL(ctx, program, folder)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Stop() })
	if err := server.Create(ctx, "kept"); err != nil {
		t.Fatal(err)
	}
	db, err := audit.OpenMySQL(server.DSN("kept"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for _, statement := range []string{"CREATE TABLE t (id int PRIMARY KEY)", "INSERT INTO t VALUES (1)"} {
		if _, err := db.ExecContext(ctx, statement); err != nil {
			t.Fatal(err)
		}
	}
	if err := server.Kill(); err != nil {
		t.Fatal(err)
	}
	if err := server.Run(ctx); err != nil {
		t.Fatal(err)
	}
	var n int
	if err := db.QueryRowContext(ctx, "SELECT COUNT(*) FROM t").Scan(&n); err != nil || n != 1 {
		t.Errorf("%d rows after the kill, want 1 (error %v)", n, err)
	}

	consul, err := harness.StartConsul(ctx, folder)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(consul.Kill)
	if err := consul.Put(ctx, "kept", "yes"); err != nil {
		t.Fatal(err)
	}
	consul.Kill()
	if err := consul.Run(ctx); err != nil {
		t.Fatal(err)
	}
	var entries []struct{ Value []byte }
	if err := consul.Get(ctx, "/v1/kv/kept", &entries); err != nil || string(entries[0].Value) != "yes" {
		t.Errorf("%v after the kill (error %v)", entries, err)
	}
}
