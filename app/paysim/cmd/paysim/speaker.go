package main

import (
	"errors"
	"fmt"
	"os"

	"github.com/stockonce/stockonce/app/paysim/dialect"
	"github.com/stockonce/stockonce/app/paysim/keyset"
	"github.com/stockonce/stockonce/app/paysim/standard"
	"github.com/stockonce/stockonce/app/paysim/wechatpay"
)

// speaker is the provider to speak as: with --forge with keys that the service cannot know.
func speaker(opts payOptions, getenv func(string) string) (dialect.Dialect, error) {
	d, err := trusted(opts, getenv)
	if err != nil {
		return nil, err
	}
	if w, ok := d.(*wechatpay.Provider); ok && opts.byCert {
		d = w.ByCertificate()
	}
	if opts.forge {
		return d.Forged()
	}
	return d, nil
}

// trusted is the provider with the keys that the caller named.
func trusted(opts payOptions, getenv func(string) string) (dialect.Dialect, error) {
	if opts.provider == "standard" && (opts.secretFile != "" || (opts.keysDir == "" && getenv(secretVariable) != "")) {
		return withSecret(opts, getenv)
	}
	var set *keyset.Set
	var err error
	switch {
	case opts.keysDir != "":
		set, err = keyset.Read(opts.keysDir)
	case opts.forge, opts.byServer(): // any will do
		set, err = keyset.New(opts.provider)
	default:
		return nil, errors.New(noKeys(opts.provider))
	}
	if err != nil {
		return nil, err
	}
	d, ok := set.Dialect(opts.provider)
	if !ok {
		return nil, fmt.Errorf("%s holds no keys of %s", opts.keysDir, opts.provider)
	}
	return d, nil
}

func noKeys(provider string) string {
	text := "no keys: give --keys or set " + keysVariable
	if provider == "standard" {
		text = "no secret: give --keys or --secret-file, or set " + keysVariable + " or " + secretVariable
	}
	return text + `; "paysim keys --dir DIR" makes some`
}

func withSecret(opts payOptions, getenv func(string) string) (dialect.Dialect, error) {
	text, from := getenv(secretVariable), secretVariable
	if opts.secretFile != "" {
		content, err := os.ReadFile(opts.secretFile)
		if err != nil {
			return nil, fmt.Errorf("read the secret: %w", err)
		}
		text, from = string(content), opts.secretFile
	}
	key, err := standard.ParseKey(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", from, err)
	}
	return standard.New(&standard.Keys{Notice: key}), nil
}
