package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"github.com/stockonce/stockonce/app/paysim/keyfile"
	"github.com/stockonce/stockonce/app/paysim/keyset"
	"github.com/stockonce/stockonce/app/paysim/standard"
)

const keysUsage = `paysim keys makes test keys: the providers' for paysim, the merchant's for the order
service, and the configuration that names them. They are worth nothing at the real
providers. Without --dir it prints one secret of the provider "standard".

Usage:
  paysim keys --dir DIR [flags]

Flags:
`

const singleText = `%s

That is a new secret. Keep it in a file that only you can read, say standard.secret:
the order service reads it there,

  providers:
    standard:
      keys:
        - id: paysim
          file: /path/to/standard.secret

and so does this program:

  paysim pay --secret-file /path/to/standard.secret --order NUMBER --amount MINOR-UNITS
`

const folderText = `The keys are in %s, in files that only you can read. The order service needs
this, which is in %s too:

%s
Then:
  order --config %s
  paysim serve --keys %s
  paysim pay --keys %s --provider NAME --order NUMBER
`

func keys(args []string, stdout io.Writer) error {
	var dir, provider string
	at := keyfile.Place{}
	flags := newFlags("keys")
	flags.StringVar(&dir, "dir", "", "`folder` to write to; it is made if need be, and must hold no keys yet")
	flags.StringVar(&provider, "provider", strings.Join(keyset.Names(), ","), "`names` of the providers, with commas between")
	flags.StringVar(&at.API, "api", "http://"+defaultAddr, "base `address` at which paysim serve is reached")
	flags.StringVar(&at.Callback, "callback", "http://127.0.0.1:8000", "base `address` of the order service")
	err := parse(flags, keysUsage, args, stdout)
	if errors.Is(err, flag.ErrHelp) {
		return nil
	}
	if err = errors.Join(err, checkURL("api", at.API), checkURL("callback", at.Callback)); err != nil {
		return err
	}
	if dir == "" {
		if given(flags, "provider") && provider != "standard" {
			return errors.New("--dir is missing")
		}
		return say(stdout, singleText, standard.NewKey().Reveal())
	}
	if at.Dir, err = filepath.Abs(dir); err != nil {
		return fmt.Errorf("--dir: %w", err)
	}
	set, err := keyset.New(strings.Split(provider, ",")...)
	if err != nil {
		return fmt.Errorf("--provider: %w", err)
	}
	if err := set.Write(at); err != nil {
		return err
	}
	config := filepath.Join(dir, keyset.ConfigFile)
	return say(stdout, folderText, dir, config, set.Config(at), config, dir, dir)
}

func say(w io.Writer, format string, args ...any) error {
	if _, err := fmt.Fprintf(w, format, args...); err != nil {
		return fmt.Errorf("print: %w", err)
	}
	return nil
}
