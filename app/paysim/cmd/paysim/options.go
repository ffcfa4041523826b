package main

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/stockonce/stockonce/app/paysim/keyset"
)

// secretVariable holds the standard provider's secret when neither file nor folder is named.
const secretVariable = "PAYSIM_SECRET"

// tokenVariable holds the token that the order service is asked with. There is no flag
// for it: everybody on a machine sees those.
const tokenVariable = "TOKEN"

// maxTimes bounds one run: this is a toy, no load generator.
const maxTimes = 10_000

type payOptions struct {
	provider, order, currency, state, transaction string

	amount                        int64
	hasAmount, hasCurrency        bool
	times                         int
	concurrent, forge, byCert     bool
	late, timeout                 time.Duration
	url, via, keysDir, secretFile string
	// token is shown to the order service when it is asked; callbacks show none.
	token string
}

const payUsage = `paysim pay reports a payment to the order service, as the provider does. Repeats are
deliveries of one notice, each signed anew.

With --via a running "paysim serve" knows of the payment, so that it can be refunded
and asked for. That server reports it then, again and again until it is taken; but
with --times, --concurrent or --late the notice is sent from here.

Usage:
  paysim pay --keys DIR --provider NAME --order NUMBER [flags]

States:
  standard   paid, pending, failed, closed
  wechatpay  SUCCESS, REFUND, NOTPAY, USERPAYING, ACCEPT, CLOSED, REVOKED, PAYERROR
  alipay     TRADE_SUCCESS, TRADE_FINISHED, WAIT_BUYER_PAY, TRADE_CLOSED
  stripe     payment_intent.succeeded, .created, .processing, .payment_failed, .canceled;
             checkout.session.completed, .unpaid, .async_payment_succeeded,
             .async_payment_failed, .expired
  and for each provider those of standard that it has

Flags:
`

// parsePay reads and checks the flags.
func parsePay(args []string, getenv func(string) string, stdout io.Writer) (payOptions, error) {
	o := payOptions{token: getenv(tokenVariable)}
	flags := newFlags("pay")
	flags.StringVar(&o.provider, "provider", "standard", "`name` of the provider: "+strings.Join(keyset.Names(), ", "))
	flags.StringVar(&o.order, "order", "", "`number` of the order that is paid")
	flags.Int64Var(&o.amount, "amount", 0, "amount in `minor-units` of the currency: 1099 is 10.99 (default what the order costs: its service is asked, with the token in the variable "+tokenVariable+")")
	flags.StringVar(&o.currency, "currency", "CNY", "ISO 4217 `code`; without --amount the order's")
	flags.StringVar(&o.state, "state", "paid", "`state` of the payment, see above")
	flags.StringVar(&o.transaction, "transaction", "", "the provider's `id` of the payment (default a new one)")
	flags.IntVar(&o.times, "times", 1, "deliver so many `times`")
	flags.BoolVar(&o.concurrent, "concurrent", false, "make all deliveries at once instead of one after the other")
	flags.BoolVar(&o.forge, "forge", false, "sign with a key the service does not have; 401 is the expected answer")
	flags.DurationVar(&o.late, "late", 0, "sign so long ago, as a `duration`; beyond the window 401 is expected. Below zero: in the future")
	flags.BoolVar(&o.byCert, "certificate", false, "wechatpay: sign under the platform certificate's serial number instead of the public key's id")
	flags.StringVar(&o.url, "url", "http://127.0.0.1:8000", "base `address` of the order service; one with a path is taken as the callback's")
	flags.StringVar(&o.via, "via", "", "base `address` of a running paysim serve")
	flags.StringVar(&o.keysDir, "keys", getenv(keysVariable), "`folder` that paysim keys made (default the variable "+keysVariable+")")
	flags.StringVar(&o.secretFile, "secret-file", "", "standard, instead of --keys: `file` that holds the secret (default the variable "+secretVariable+")")
	flags.DurationVar(&o.timeout, "timeout", 15*time.Second, "how long to wait for each answer, as a `duration`")
	if err := parse(flags, payUsage, args, stdout); err != nil {
		return o, err
	}
	o.hasAmount, o.hasCurrency = given(flags, "amount"), given(flags, "currency")
	return o, o.check()
}

// check tells the first thing wrong. Amount and order number may be anything a
// broken provider could send.
func (o payOptions) check() error {
	switch {
	case !slices.Contains(keyset.Names(), o.provider):
		return fmt.Errorf("--provider %q is none of %s", o.provider, strings.Join(keyset.Names(), ", "))
	case o.order == "":
		return errors.New("--order is missing")
	case o.times < 1 || o.times > maxTimes:
		return fmt.Errorf("--times must be 1 to %d", maxTimes)
	case o.timeout <= 0:
		return errors.New("--timeout must be positive")
	case o.byCert && o.provider != "wechatpay":
		return errors.New("--certificate is for wechatpay alone")
	case o.secretFile != "" && o.provider != "standard":
		return errors.New("--secret-file is for standard alone; give --keys")
	case o.via != "" && o.forge:
		return errors.New("--forge and --via exclude each other: a provider knows nothing of forged payments")
	case o.via != "":
		return errors.Join(checkURL("url", o.url), checkURL("via", o.via))
	}
	return checkURL("url", o.url)
}

// byServer tells whether the notice is to be sent by the server named by --via.
func (o payOptions) byServer() bool {
	return o.via != "" && o.times == 1 && !o.concurrent && o.late == 0
}
