package cli

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/stockonce/stockonce/app/internal/platform/boot"
)

func by(f *flag.FlagSet) *string {
	return f.String("by", os.Getenv("USER"), "`name` of who decides, kept with the record; $USER unless given")
}

func reason(f *flag.FlagSet) *string {
	return f.String("reason", "", "why, as `text`, kept with the record (required)")
}

func noRestock(f *flag.FlagSet) *bool {
	return f.Bool("no-restock", false, "the goods are lost: the stock of a fulfilled order stays as it is")
}

func asJSON(f *flag.FlagSet) *bool {
	return f.Bool("json", false, "print JSON, for scripts")
}

// named wants to know who decides and, unless why is nil, why.
func named(who, why *string) error {
	if strings.TrimSpace(*who) == "" {
		return boot.UsageError("--by is missing: the record names who decided")
	}
	if why != nil && strings.TrimSpace(*why) == "" {
		return boot.UsageError("--reason is missing: the record says why")
	}
	return nil
}

// maybe is a duration that may be missing.
type maybe struct {
	value time.Duration
	given bool
}

func (m *maybe) or(otherwise time.Duration) time.Duration {
	if m.given {
		return m.value
	}
	return otherwise
}

// optional is the flag of a duration that may be missing, and is not below zero.
func optional(f *flag.FlagSet, name, usage string) *maybe {
	m := &maybe{}
	f.Func(name, usage, func(text string) error {
		d, err := time.ParseDuration(text)
		if err != nil {
			return err //nolint:wrapcheck // package flag names the flag
		}
		if d < 0 {
			return fmt.Errorf("%s is below zero", d)
		}
		m.value, m.given = d, true
		return nil
	})
	return m
}
