package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"text/tabwriter"
	"time"

	"github.com/stockonce/stockonce/app/paysim/keyset"
	"github.com/stockonce/stockonce/app/paysim/sim"
)

const defaultAddr = "127.0.0.1:8400"

const serveUsage = `paysim serve keeps payments, reports them to the order service until they are taken,
on each provider's real schedule, and serves the providers' APIs for refunds, queries
and closings. Ctrl-C ends it.

Usage:
  paysim serve --keys DIR [flags]

Control, all JSON:
  POST /sim/pay         {"provider","orderNumber","amount","currency","transactionId","state","notify"}
  POST /sim/refund      {"provider","transactionId" or "orderNumber","amount","reason","notify"}: begun at the provider
  POST /sim/settle      {"provider","refundId","state":"confirmed|failed","failure"}: a pending refund ends
  POST /sim/fault       {"provider","operation","fault","times"}: spoils the next answers
                        operations: refund, refund_query, query, close
                        faults: timeout, 500, garbage, not_found, already_refunded, wrong_amount,
                        bad_signature, drop_after_commit, pending, failed
  GET  /sim/payments    ?provider=&order=&transaction=
  GET  /sim/refunds     the same
  GET  /sim/deliveries  the same

Flags:
`

type serveOptions struct {
	addr, keysDir string
	sim.Options
}

func parseServe(args []string, getenv func(string) string, stdout io.Writer) (serveOptions, error) {
	var o serveOptions
	flags := newFlags("serve")
	flags.StringVar(&o.addr, "addr", defaultAddr, "`host:port` to listen on; without a host the loopback's")
	flags.StringVar(&o.keysDir, "keys", getenv(keysVariable), "`folder` that paysim keys made (default the variable "+keysVariable+")")
	flags.StringVar(&o.Callback, "callback", "http://127.0.0.1:8000", "base `address` of the order service; empty: nothing is reported")
	flags.IntVar(&o.Speed, "speed", 1, "divide the pauses between tries by `n`: at 600 WeChat Pay's 24 hours take two and a half minutes")
	flags.StringVar(&o.State, "state", "", "`file` that keeps everything over a restart")
	flags.DurationVar(&o.RefundDelay, "refund-delay", 0, "how long refunds are pending, as a `duration`; 0: not at all")
	if err := parse(flags, serveUsage, args, stdout); err != nil {
		return o, err
	}
	host, port, err := net.SplitHostPort(o.addr)
	switch {
	case err != nil:
		return o, fmt.Errorf("--addr: %w", err)
	case o.keysDir == "":
		return o, errors.New(noKeys(""))
	case o.Speed < 1:
		return o, errors.New("--speed must be 1 at least")
	case o.RefundDelay < 0:
		return o, errors.New("--refund-delay must not be below zero")
	case o.Callback != "":
		err = checkURL("callback", o.Callback)
	}
	if host == "" {
		o.addr = net.JoinHostPort("127.0.0.1", port)
	}
	return o, err
}

func serve(ctx context.Context, args []string, getenv func(string) string, stdout, stderr io.Writer) int {
	opts, err := parseServe(args, getenv, stdout)
	if errors.Is(err, flag.ErrHelp) {
		return exitOK
	}
	code := exitUsage
	if err == nil {
		code, err = play(ctx, opts, stdout, stderr)
	}
	if err != nil {
		fmt.Fprintln(stderr, "paysim serve:", err)
	}
	return code
}

// play serves until ctx ends. An error goes with its exit code.
func play(ctx context.Context, opts serveOptions, stdout, stderr io.Writer) (int, error) {
	set, err := keyset.Read(opts.keysDir)
	if err != nil {
		return exitUsage, err
	}
	opts.Dialects = set.Dialects()
	opts.Logger = slog.New(slog.NewTextHandler(stderr, nil))
	server, err := sim.New(opts.Options)
	if err != nil {
		return exitUsage, err
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", opts.addr)
	if err != nil {
		return exitUnexpected, fmt.Errorf("listen: %w", err)
	}
	if err := announce(stdout, listener.Addr().String(), opts); err != nil {
		return exitUnexpected, errors.Join(err, listener.Close())
	}
	if err := until(ctx, server, listener); err != nil {
		return exitUnexpected, err
	}
	return exitOK, say(stdout, "ended\n")
}

func announce(w io.Writer, addr string, opts serveOptions) error {
	table := tabwriter.NewWriter(w, 0, 0, 3, ' ', 0)
	fmt.Fprintln(table, "PROVIDER\tITS API")
	for _, d := range opts.Dialects {
		path := "/" + d.Name()
		if d.Name() == "alipay" {
			path += "/gateway.do"
		}
		fmt.Fprintf(table, "%s\thttp://%s%s\n", d.Name(), addr, path)
	}
	fmt.Fprintf(table, "control\thttp://%s/sim/\n", addr)
	if err := table.Flush(); err != nil {
		return fmt.Errorf("print: %w", err)
	}
	return say(w, "\nCtrl-C ends it.\n")
}

// until serves and delivers until ctx ends or one of the two fails.
func until(ctx context.Context, server *sim.Server, listener net.Listener) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	web := &http.Server{
		Handler: server, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 15 * time.Second, MaxHeaderBytes: 64 << 10,
		BaseContext: func(net.Listener) context.Context { return ctx }, // ends what waits for nothing
		ErrorLog:    slog.NewLogLogger(slog.DiscardHandler, slog.LevelError),
	}
	ran, served := make(chan error, 1), make(chan error, 1)
	go func() { ran <- server.Run(ctx); cancel() }()
	go func() { served <- web.Serve(listener); cancel() }()
	<-ctx.Done()
	grace, stop := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
	defer stop()
	if err := web.Shutdown(grace); err != nil {
		_ = web.Close() // what did not end in time is cut
	}
	err := <-served
	if errors.Is(err, http.ErrServerClosed) {
		err = nil
	}
	return errors.Join(err, <-ran)
}
