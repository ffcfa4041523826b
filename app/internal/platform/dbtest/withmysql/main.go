// Command withmysql runs a command beside a MySQL-compatible server:
//
//	withmysql [flags] -- command [argument...]
//
// The command finds the server's address in TEST_MYSQL_DSN. If that is set already,
// the command is run with it as it is. Otherwise a private server is started and
// torn down after the command, also when withmysql itself is killed. Without a
// server program on the machine, root gets MariaDB from apt. The exit code is the
// command's.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"syscall"

	"github.com/stockonce/stockonce/app/internal/platform/dbtest/server"
)

const envDSN = "TEST_MYSQL_DSN"

func main() {
	code, err := run()
	if err != nil {
		fmt.Fprintln(os.Stderr, "withmysql:", err)
	}
	os.Exit(code)
}

func run() (code int, err error) {
	var o server.Options
	flag.StringVar(&o.Binary, "server", os.Getenv("TEST_MYSQL_SERVER"), "the server `program`; otherwise mariadbd or mysqld is looked for")
	flag.StringVar(&o.Data, "data", "", "the `folder` to keep data in; otherwise a scratch folder")
	flag.IntVar(&o.Port, "port", 0, "the TCP `port`; 0 takes a free one")
	flag.BoolVar(&o.Durable, "durable", false, "commits survive a kill of the server")
	flag.Parse()
	if flag.NArg() == 0 {
		flag.Usage()
		return 2, errors.New("no command given")
	}
	// A signal is for the command; the server is stopped after it.
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	dsn := os.Getenv(envDSN)
	if dsn == "" {
		s, err := start(context.Background(), o)
		if err != nil {
			return 1, err
		}
		defer s.Stop()
		dsn = s.DSN()
	}
	return command(flag.Args(), dsn, signals)
}

// start starts the server, after installing one if none is there.
func start(ctx context.Context, o server.Options) (*server.Server, error) {
	s, err := server.Start(ctx, o)
	if !errors.Is(err, server.ErrNoServer) {
		return s, err
	}
	if err := install(ctx); err != nil {
		return nil, fmt.Errorf("%w (%w)", server.ErrNoServer, err)
	}
	return server.Start(ctx, o)
}

func command(args []string, dsn string, signals <-chan os.Signal) (int, error) {
	cmd := exec.Command(args[0], args[1:]...) //nolint:gosec,noctx // running a command is its purpose; signals are passed on
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	cmd.Env = append(os.Environ(), envDSN+"="+dsn)
	if err := cmd.Start(); err != nil {
		return 1, err
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	for {
		select {
		case s := <-signals:
			_ = cmd.Process.Signal(s) // it may have just ended
		case err := <-ended:
			if exit, ok := errors.AsType[*exec.ExitError](err); ok {
				return max(1, exit.ExitCode()), nil
			}
			return 0, err
		}
	}
}
