package boot

import (
	"flag"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/stockonce/stockonce/app/internal/platform/config"
)

const helpHead = `%[1]s %[2]s

Usage: %[1]s [command] [--config FILE]

Commands:
`

const helpTail = `
%[1]s COMMAND --help tells the flags of a command that has its own.

Flags:
  --config FILE  YAML settings to lay over the embedded ones

Every setting can also be given by the environment: server.http.addr is STOCKONCE_SERVER_HTTP_ADDR.
serve also follows the documents below stockonce/%[1]s/ in Consul KV when consul.address is set.

Exit codes: 0 done, 1 failed, 2 called wrongly.
`

func printHelp[C config.Message](s Spec[C], _ string, p process) error {
	var text strings.Builder
	fmt.Fprintf(&text, helpHead, s.Name, s.Version)
	table := newTable(&text)
	for _, c := range commands(s, p) {
		fmt.Fprintf(table, "  %s\t%s\n", usage(c), c.help)
	}
	if err := table.Flush(); err != nil {
		return err
	}
	fmt.Fprintf(&text, helpTail, s.Name)
	_, err := io.WriteString(p.stdout, text.String())
	return err
}

// printManual tells how a command with flags of its own is called.
func printManual(service string, c command, flags *flag.FlagSet, stdout io.Writer) error {
	table := newTable(stdout)
	fmt.Fprintf(table, "Usage: %s %s [flags]\n\n%s\n\nFlags:\n", service, usage(c), c.help)
	flags.VisitAll(func(f *flag.Flag) {
		value, text := flag.UnquoteUsage(f)
		if value != "" {
			value = " " + strings.ToUpper(value)
		}
		if f.DefValue != "" && f.DefValue != "false" && f.DefValue != "0" {
			text += " (default " + f.DefValue + ")"
		}
		fmt.Fprintf(table, "  --%s%s\t%s\n", f.Name, value, text)
	})
	return table.Flush()
}

func usage(c command) string { return strings.TrimSpace(c.name + " " + c.args) }

func newTable(w io.Writer) *tabwriter.Writer { return tabwriter.NewWriter(w, 0, 0, 2, ' ', 0) }
