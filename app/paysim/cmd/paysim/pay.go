package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/stockonce/stockonce/app/paysim/book"
	"github.com/stockonce/stockonce/app/paysim/deliver"
	"github.com/stockonce/stockonce/app/paysim/dialect"
	"github.com/stockonce/stockonce/app/paysim/keyfile"
)

func pay(ctx context.Context, args []string, getenv func(string) string, stdout, stderr io.Writer) int {
	opts, err := parsePay(args, getenv, stdout)
	if errors.Is(err, flag.ErrHelp) {
		return exitOK
	}
	code := exitUsage
	if err == nil {
		code, err = payAs(ctx, opts, getenv, stdout)
	}
	if err != nil {
		fmt.Fprintln(stderr, "paysim pay:", err)
	}
	return code
}

// payAs makes the payment. An error goes with the exit code that it means.
func payAs(ctx context.Context, opts payOptions, getenv func(string) string, stdout io.Writer) (int, error) {
	d, err := speaker(opts, getenv)
	if err != nil {
		return exitUsage, err
	}
	word, err := dialect.Understand(d, opts.state)
	if err != nil {
		return exitUsage, fmt.Errorf("--%w", err)
	}
	if !opts.hasAmount {
		price, code, err := askPrice(ctx, opts)
		if err != nil {
			return code, err
		}
		opts.amount = price.amount
		if !opts.hasCurrency {
			opts.currency = price.currency
		}
	}
	now := time.Now()
	p := book.Payment{
		Provider: opts.provider, OrderNumber: opts.order, TransactionID: opts.transaction, Amount: opts.amount,
		Currency: opts.currency, State: word.State, Word: word.Text, CreatedAt: now,
	}
	switch {
	case opts.via != "":
		var code int
		if p, code, err = register(ctx, opts, word.Text); err != nil {
			return code, err
		}
	case p.TransactionID == "":
		p.TransactionID = d.NewTransactionID(now)
	}
	stamp(&p, now)
	fmt.Fprintf(stdout, "%s %s: order %s, %d %s, state %s\n\n", p.Provider, p.TransactionID,
		p.OrderNumber, p.Amount, p.Currency, word.Text)
	if opts.byServer() {
		return watch(ctx, opts, p, stdout)
	}
	return send(ctx, opts, d, p, stdout)
}

// stamp fills in the times that a payment's state goes with.
func stamp(p *book.Payment, now time.Time) {
	if p.State == book.Paid && p.PaidAt.IsZero() {
		p.PaidAt = now
	}
	if p.State == book.Closed && p.ClosedAt.IsZero() {
		p.ClosedAt = now
	}
}

// send delivers the notice from here.
func send(ctx context.Context, opts payOptions, d dialect.Dialect, p book.Payment, stdout io.Writer) (int, error) {
	request, err := d.Notice(book.PaymentNotice(p, time.Now()))
	if err != nil {
		return exitUsage, err
	}
	signed := func(at time.Time) (http.Header, []byte) { return request(at.Add(-opts.late)) }
	sender := deliver.NewSender(keyfile.CallbackURL(opts.url, opts.provider), opts.timeout)
	defer sender.Close()
	var answers []deliver.Answer
	if opts.concurrent {
		answers = sender.AtOnce(ctx, opts.times, signed)
	} else {
		answers = sender.Repeat(ctx, opts.times, signed)
	}
	if err := deliver.WriteTable(stdout, answers); err != nil {
		return exitUnexpected, err
	}
	return judge(opts, d, answers), nil
}

// judge turns the answers into the exit code.
func judge(opts payOptions, d dialect.Dialect, answers []deliver.Answer) int {
	window := d.Retry().Window
	refused := opts.forge || (window > 0 && opts.late.Abs() > window)
	code := exitOK
	for _, answer := range answers {
		expected := d.Taken(answer)
		if refused {
			expected = answer.Status == http.StatusUnauthorized
		}
		switch {
		case answer.Err != nil:
			return exitNoAnswer
		case !expected:
			code = exitUnexpected
		}
	}
	if len(answers) < opts.times {
		return exitNoAnswer
	}
	return code
}
