package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"net/url"
	"time"

	"github.com/stockonce/stockonce/app/paysim/standard"
)

// secretVariable holds the secret when no file is named.
const secretVariable = "PAYSIM_SECRET"

// maxTimes bounds one run: this is a toy, no load generator.
const maxTimes = 10_000

type payOptions struct {
	notice     standard.Notice
	times      int
	concurrent bool
	forge      bool
	url        string
	secretFile string
	timeout    time.Duration
}

const payUsage = `paysim pay reports a payment as the provider "standard" does: a JSON notice signed
as Standard Webhooks. Repeats are deliveries of one message, each signed anew.

Usage:
  paysim pay --order NUMBER --amount MINOR-UNITS [flags]

Flags:
`

// parsePay reads and checks the flags. Asked for help it writes that to stdout and
// returns flag.ErrHelp.
func parsePay(args []string, stdout io.Writer) (payOptions, error) {
	var o payOptions
	flags := flag.NewFlagSet("pay", flag.ContinueOnError)
	flags.SetOutput(io.Discard) // the caller prints the error
	flags.StringVar(&o.notice.OrderNumber, "order", "", "`number` of the order that is paid")
	flags.Int64Var(&o.notice.Amount, "amount", 0, "amount in `minor-units` of the currency: 1099 is 10.99")
	flags.StringVar(&o.notice.Currency, "currency", "CNY", "ISO 4217 `code`")
	flags.StringVar(&o.notice.State, "state", standard.StatePaid, "`state` of the payment: paid, failed or pending")
	flags.StringVar(&o.notice.TransactionID, "transaction", "", "the provider's `id` of the payment (default a new one)")
	flags.IntVar(&o.times, "times", 1, "deliver so many `times`")
	flags.BoolVar(&o.concurrent, "concurrent", false, "make all deliveries at once instead of one after the other")
	flags.BoolVar(&o.forge, "forge", false, "sign with a key the service does not have; 401 is the expected answer")
	flags.StringVar(&o.url, "url", "http://127.0.0.1:8000/v1/payments/standard/callback", "callback `address`")
	flags.StringVar(&o.secretFile, "secret-file", "", "`file` that holds the secret (default the variable "+secretVariable+")")
	flags.DurationVar(&o.timeout, "timeout", 15*time.Second, "how long to wait for each answer, as a `duration`")

	err := flags.Parse(args)
	if errors.Is(err, flag.ErrHelp) {
		fmt.Fprint(stdout, payUsage)
		flags.SetOutput(stdout)
		flags.PrintDefaults()
		return o, flag.ErrHelp
	}
	if err != nil {
		return o, fmt.Errorf("read the flags: %w", err)
	}
	if flags.NArg() > 0 {
		return o, fmt.Errorf("unexpected argument %q", flags.Arg(0))
	}
	if o.notice.TransactionID == "" {
		o.notice.TransactionID = standard.NewTransactionID()
	}
	o.notice.PaidAt = time.Now()
	return o, o.check()
}

// check tells the first thing wrong. Amount and order number may be anything a
// broken provider could send, as long as they were given.
func (o payOptions) check() error {
	target, err := url.Parse(o.url)
	switch {
	case o.notice.OrderNumber == "":
		return errors.New("--order is missing")
	case o.notice.Amount == 0:
		return errors.New("--amount is missing")
	case o.notice.State != standard.StatePaid && o.notice.State != standard.StateFailed && o.notice.State != standard.StatePending:
		return fmt.Errorf("--state %q is none of paid, failed, pending", o.notice.State)
	case o.times < 1 || o.times > maxTimes:
		return fmt.Errorf("--times must be 1 to %d", maxTimes)
	case o.timeout <= 0:
		return errors.New("--timeout must be positive")
	case err != nil || (target.Scheme != "http" && target.Scheme != "https") || target.Host == "":
		return fmt.Errorf("--url %q is no http address", o.url)
	}
	return nil
}
