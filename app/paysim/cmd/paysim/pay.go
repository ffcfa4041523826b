package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"time"

	"github.com/stockonce/stockonce/app/paysim/deliver"
	"github.com/stockonce/stockonce/app/paysim/standard"
)

func pay(ctx context.Context, args []string, getenv func(string) string, stdout, stderr io.Writer) int {
	opts, err := parsePay(args, stdout)
	if errors.Is(err, flag.ErrHelp) {
		return exitOK
	}
	var key standard.Key
	if err == nil {
		key, err = signingKey(opts, getenv)
	}
	var message standard.Message
	if err == nil {
		message, err = standard.NewMessage(opts.notice)
	}
	if err != nil {
		fmt.Fprintln(stderr, "paysim pay:", err)
		return exitUsage
	}

	answers := send(ctx, opts, key, message)
	fmt.Fprintf(stdout, "%s %s: order %s, %d %s, state %s\n\n", opts.notice.TransactionID, message.ID,
		opts.notice.OrderNumber, opts.notice.Amount, opts.notice.Currency, opts.notice.State)
	if err := deliver.WriteTable(stdout, answers); err != nil {
		fmt.Fprintln(stderr, "paysim pay:", err)
		return exitUnexpected
	}
	return judge(opts, answers)
}

// signingKey is the key to sign with: with --forge one that the service cannot know.
func signingKey(opts payOptions, getenv func(string) string) (standard.Key, error) {
	if opts.forge {
		return standard.NewKey(), nil
	}
	text, from := getenv(secretVariable), secretVariable
	if opts.secretFile != "" {
		content, err := os.ReadFile(opts.secretFile)
		if err != nil {
			return standard.Key{}, fmt.Errorf("read the secret: %w", err)
		}
		text, from = string(content), opts.secretFile
	}
	if text == "" {
		return standard.Key{}, fmt.Errorf("no secret: give --secret-file or set %s", secretVariable)
	}
	key, err := standard.ParseKey(text)
	if err != nil {
		return standard.Key{}, fmt.Errorf("%s: %w", from, err)
	}
	return key, nil
}

func send(ctx context.Context, opts payOptions, key standard.Key, message standard.Message) []deliver.Answer {
	sender := deliver.NewSender(opts.url, opts.timeout)
	defer sender.Close()
	request := func(at time.Time) (http.Header, []byte) { return message.Header(key, at), message.Body }
	if opts.concurrent {
		return sender.AtOnce(ctx, opts.times, request)
	}
	return sender.Repeat(ctx, opts.times, request)
}

// judge turns the answers into the exit code.
func judge(opts payOptions, answers []deliver.Answer) int {
	code := exitOK
	for _, answer := range answers {
		expected := answer.OK()
		if opts.forge {
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
