// Package test runs both services as their users run them, as built binaries on a
// real database and a real Consul agent, and shows what issue after issue promised:
// a paid order takes its stock exactly once, whatever breaks on the way.
package test

import (
	"context"
	"flag"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"testing"
	"time"

	"github.com/stockonce/stockonce/test/harness"
)

var (
	raceFlag  = flag.Bool("race-services", false, "build the services with the race detector")
	killsFlag = flag.Int("kills", 3, "how often each service is killed at each point of the flow")
)

// Shared by all tests: building and starting them takes seconds.
var (
	binaries harness.Binaries
	mysql    *harness.MySQL
)

func TestMain(m *testing.M) {
	flag.Parse()
	// The tests that run beside each other spend most of their time waiting.
	if flag.Lookup("test.parallel").Value.String() == strconv.Itoa(runtime.GOMAXPROCS(0)) {
		_ = flag.Set("test.parallel", "6")
	}
	os.Exit(run(m))
}

func run(m *testing.M) (code int) {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Minute)
	defer cancel()
	folder, err := os.MkdirTemp("", "stockonce-e2e-")
	if err == nil {
		defer func() { _ = os.RemoveAll(folder) }()
		binaries, err = harness.Build(ctx, folder, *raceFlag)
	}
	if err == nil {
		mysql, err = harness.StartMySQL(ctx, binaries.WithMySQL, folder)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer func() { _ = mysql.Stop() }()
	return m.Run()
}
