// Command paysim is a payment provider to play with: it signs notices as a
// provider does and sends them to the order service.
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

const usage = `paysim plays the payment provider.

Usage:
  paysim pay [flags]    report a payment to the order service
  paysim keys           print a new secret and how to configure it
  paysim help           print this

"paysim pay --help" tells its flags.

Exit codes:
  0  every answer was the expected one: 2xx, or 401 with --forge
  1  some answer was another
  2  the command line or the secret was wrong; nothing was sent
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
