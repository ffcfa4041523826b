package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/stockonce/stockonce/app/paysim/book"
)

// register makes the payment known to the server that --via names, and lets it report
// the payment unless that is done from here. An error goes with its exit code.
func register(ctx context.Context, opts payOptions, state string) (p book.Payment, code int, err error) {
	status, err := exchange(ctx, opts.timeout, "", http.MethodPost, strings.TrimSuffix(opts.via, "/")+"/sim/pay", map[string]any{
		"provider": opts.provider, "orderNumber": opts.order, "transactionId": opts.transaction,
		"amount": opts.amount, "currency": opts.currency, "state": state, "notify": opts.byServer(),
	}, &p)
	switch {
	case err == nil:
		return p, exitOK, nil
	case status == 0:
		return p, exitNoAnswer, fmt.Errorf("--via: %w", err)
	}
	return p, exitUnexpected, fmt.Errorf("--via: refused: %w", err)
}

// watch waits until the server has made a first try, and tells what became of it.
func watch(ctx context.Context, opts payOptions, p book.Payment, stdout io.Writer) (int, error) {
	ctx, cancel := context.WithTimeout(ctx, opts.timeout)
	defer cancel()
	where := strings.TrimSuffix(opts.via, "/") + "/sim/deliveries?" + url.Values{
		"provider": {p.Provider}, "transaction": {p.TransactionID},
	}.Encode()
	again := time.NewTicker(50 * time.Millisecond)
	defer again.Stop()
	for {
		var answer struct {
			Deliveries []book.Delivery `json:"deliveries"`
		}
		status, err := exchange(ctx, opts.timeout, "", http.MethodGet, where, nil, &answer)
		switch {
		case status == 0:
			return exitNoAnswer, fmt.Errorf("--via: %w", err)
		case err != nil:
			return exitUnexpected, fmt.Errorf("--via: %w", err)
		case len(answer.Deliveries) == 0:
			return exitUnexpected, errors.New("that server reports nothing: it was started without --callback")
		}
		if last := answer.Deliveries[len(answer.Deliveries)-1]; last.Tries > 0 {
			return tell(last, stdout)
		}
		select {
		case <-ctx.Done():
			return exitNoAnswer, errors.New("the notice has got no answer yet; the server goes on trying")
		case <-again.C:
		}
	}
}

func tell(d book.Delivery, stdout io.Writer) (int, error) {
	table := tabwriter.NewWriter(stdout, 0, 0, 3, ' ', 0)
	fmt.Fprintln(table, "TRIES\tSTATE\tANSWER\tNEXT TRY")
	next, code := "none", exitOK
	if d.State != book.Taken {
		code = exitUnexpected
		if strings.HasPrefix(d.Answer, "none: ") {
			code = exitNoAnswer
		}
	}
	if d.State == book.Waiting {
		next = "in " + time.Until(d.NextAt).Round(time.Millisecond).String()
	}
	fmt.Fprintf(table, "%d\t%s\t%s\t%s\n", d.Tries, d.State, d.Answer, next)
	if err := table.Flush(); err != nil {
		return exitUnexpected, fmt.Errorf("write the table: %w", err)
	}
	return code, nil
}
