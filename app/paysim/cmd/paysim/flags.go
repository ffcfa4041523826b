package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"net/url"
)

// keysVariable names the folder of keys when no flag does.
const keysVariable = "PAYSIM_KEYS"

// newFlags makes a set of flags that leaves its errors to the caller.
func newFlags(name string) *flag.FlagSet {
	flags := flag.NewFlagSet(name, flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	return flags
}

// parse reads the flags. Asked for help it writes that to stdout and returns flag.ErrHelp.
func parse(flags *flag.FlagSet, usage string, args []string, stdout io.Writer) error {
	err := flags.Parse(args)
	if errors.Is(err, flag.ErrHelp) {
		fmt.Fprint(stdout, usage)
		flags.SetOutput(stdout)
		flags.PrintDefaults()
		return flag.ErrHelp
	}
	if err != nil {
		return fmt.Errorf("read the flags: %w", err)
	}
	if flags.NArg() > 0 {
		return fmt.Errorf("unexpected argument %q", flags.Arg(0))
	}
	return nil
}

// given tells whether the flag was set by the caller.
func given(flags *flag.FlagSet, name string) (set bool) {
	flags.Visit(func(f *flag.Flag) { set = set || f.Name == name })
	return set
}

func checkURL(flag, text string) error {
	target, err := url.Parse(text)
	if err != nil || (target.Scheme != "http" && target.Scheme != "https") || target.Host == "" {
		return fmt.Errorf("--%s %q is no http address", flag, text)
	}
	return nil
}
