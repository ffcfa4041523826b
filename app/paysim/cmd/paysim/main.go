// Command paysim is payment providers to play with: it reports payments as WeChat Pay,
// Alipay, Stripe and a provider of one's own do, and serves their APIs.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
)

const usage = `paysim plays payment providers: standard, wechatpay, alipay, stripe.

Usage:
  paysim keys [flags]    make test keys, and the configuration that goes with them
  paysim pay [flags]     report a payment to the order service
  paysim serve [flags]   keep payments, report them, refund them and answer queries
  paysim help            print this

"paysim pay --help" tells its flags, and so do the others.

The first minute:
  paysim keys --dir keys
  order --config keys/order.yaml
  paysim pay --keys keys --provider wechatpay --order NUMBER

Exit codes:
  0  every answer was the expected one: what the provider takes as received, or 401
     with --forge and with --late beyond the window; serve was ended
  1  some answer was another; serve could not go on
  2  the command line, a key or the order was wrong; nothing was sent
  3  some try got no answer at all
`

// Exit codes, as usage tells them.
const (
	exitOK = iota
	exitUnexpected
	exitUsage
	exitNoAnswer
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Getenv, os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// run is main without the process around it.
func run(ctx context.Context, args []string, getenv func(string) string, stdout, stderr io.Writer) int {
	command := "help"
	if len(args) > 0 {
		command = args[0]
	}
	var err error
	switch command {
	case "pay":
		return pay(ctx, args[1:], getenv, stdout, stderr)
	case "serve":
		return serve(ctx, args[1:], getenv, stdout, stderr)
	case "keys":
		err = keys(args[1:], stdout)
	case "help", "-h", "-help", "--help":
		_, err = io.WriteString(stdout, usage)
		if len(args) == 0 {
			err = errors.Join(err, errors.New("a command is missing"))
		}
	default:
		err = fmt.Errorf("there is no command %q; see paysim help", command)
	}
	if err != nil {
		fmt.Fprintln(stderr, "paysim:", err)
		return exitUsage
	}
	return exitOK
}
