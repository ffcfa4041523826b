// Command demo starts both services on SQLite in a scratch folder, plays the payment
// providers, and shows what the services promise. `make demo`, `make run` and
// `make examples` call it.
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
	"time"
)

const usage = `Usage:
  demo [flags]                  play four payment providers, kill a service, check every
                                invariant and that the money adds up
  demo [flags] run              leave services and providers running until Ctrl-C
  demo [flags] with -- COMMAND  run a command beside both services, told by
                                ORDER_GRPC, PRODUCT_GRPC, ORDER_HTTP, PRODUCT_HTTP,
                                TOKEN (an operator's) and STOREFRONT_TOKEN

Exit codes: 0 all held; 1 something did not, or could not be run; 130 interrupted;
with "with": the command's.

Flags:
`

// patience bounds the whole demo: nothing in it takes a tenth of that.
const patience = 2 * time.Minute

func main() {
	var opts options
	flag.StringVar(&opts.bin, "bin", "bin", "`folder` with the built services")
	flag.BoolVar(&opts.keep, "keep", false, "keep the scratch folder: databases, keys and logs")
	flag.Usage = func() {
		fmt.Fprint(flag.CommandLine.Output(), usage)
		flag.PrintDefaults()
	}
	flag.Parse()

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	err := run(ctx, opts, flag.Args())
	interrupted := ctx.Err() != nil
	stop()
	var failed *exec.ExitError
	switch {
	case err == nil:
	case errors.As(err, &failed):
		os.Exit(failed.ExitCode())
	case interrupted:
		fmt.Println("interrupted; everything is stopped")
		os.Exit(130)
	default:
		fmt.Fprintln(os.Stderr, "demo:", err)
		os.Exit(1)
	}
}

type options struct {
	bin  string
	keep bool
}

func run(ctx context.Context, opts options, args []string) (err error) {
	play, err := choose(args)
	if err != nil {
		return err
	}
	s, err := newStage(opts.bin)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.close(opts.keep)) }()
	return play(ctx, s)
}

// choose is what the arguments ask for.
func choose(args []string) (func(context.Context, *stage) error, error) {
	switch {
	case len(args) == 0:
		return func(ctx context.Context, s *stage) error {
			ctx, cancel := context.WithTimeout(ctx, patience)
			defer cancel()
			return demonstrate(ctx, s)
		}, nil
	case args[0] == "run" && len(args) == 1:
		return serve, nil
	case args[0] == "with" && len(args) > 2 && args[1] == "--":
		return func(ctx context.Context, s *stage) error { return beside(ctx, s, args[2:]) }, nil
	}
	return nil, fmt.Errorf("do not know what %q asks for; see --help", args)
}

// beside runs a command while both services run.
func beside(ctx context.Context, s *stage, command []string) error {
	if err := s.open(ctx, pace{}); err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, command[0], command[1:]...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	cmd.Env = append(os.Environ(),
		"ORDER_GRPC="+s.order.GRPC, "PRODUCT_GRPC="+s.product.GRPC,
		"ORDER_HTTP="+s.order.HTTP, "PRODUCT_HTTP="+s.product.HTTP,
		"TOKEN="+string(s.identity.Operator()), "STOREFRONT_TOKEN="+string(s.storefront()))
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("%s: %w", command[0], err)
	}
	return nil
}
