package cli_test

import (
	"errors"
	"flag"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/stockonce/stockonce/app/internal/platform/boot"
	"github.com/stockonce/stockonce/app/order/internal/adapter/cli"
	"github.com/stockonce/stockonce/app/order/internal/conf"
)

func TestWhatIsPrunedIsCounted(t *testing.T) {
	f := open(t)
	const tasks = "INSERT INTO tasks (kind, ref, lane, state, attempt, next_at, token, last_error, created_at, updated_at) VALUES" +
		" ('deduct', 'o1', '', 'done', 0, '2020-01-01', '', '', '2020-01-01', '2020-01-01')," +
		" ('deduct', 'o2', '', 'dead', 0, '2020-01-01', '', '', '2020-01-01', '2020-01-01')"
	if _, err := f.rt.DB.Write.ExecContext(t.Context(), tasks); err != nil {
		t.Fatal(err)
	}
	for _, step := range []struct {
		args []string
		want string
	}{
		{[]string{"--tasks-older-than", "7d", "--dry-run"}, "ROWS DAYS OLDER TO DELETE STILL NEEDED\ntasks 7 2 1 1"},
		{[]string{"--tasks-older-than", "7d"}, "ROWS DAYS OLDER DELETED STILL NEEDED\ntasks 7 2 1 1"},
		{
			[]string{"--tasks-older-than", "8d", "--callbacks-older-than", "90d", "--batch", "1"},
			"ROWS DAYS OLDER DELETED STILL NEEDED\ncallbacks 90 0 0 0\ntasks 8 1 0 1",
		},
	} {
		out, err := f.try("prune", step.args...)
		if err != nil {
			t.Fatal(err)
		}
		var lines []string
		for line := range strings.Lines(out) {
			lines = append(lines, strings.Join(strings.Fields(line), " "))
		}
		if got := strings.Join(lines, "\n"); got != step.want {
			t.Errorf("%v prints\n%s\nwant\n%s", step.args, got, step.want)
		}
	}
}

func TestWhatIsTooYoungIsNotPrunedHoweverItIsAsked(t *testing.T) {
	f := open(t)
	for _, args := range [][]string{nil, {"--tasks-older-than", "7d", "--batch", "0"}} {
		if _, err := f.try("prune", args...); !errors.As(err, new(boot.UsageError)) {
			t.Errorf("%v: error %v", args, err)
		}
	}
	commands := cli.Commands(desk)
	i := slices.IndexFunc(commands, func(c boot.Command[*conf.Bootstrap]) bool { return c.Name == "prune" })
	for _, args := range [][]string{
		{"--callbacks-older-than", "29d"}, {"--tasks-older-than", "6d"}, {"--tasks-older-than", "7"},
		{"--tasks-older-than", "168h"}, {"--tasks-older-than", "-7d"}, {"--payments-older-than", "90d"},
		{"--callbacks-older-than", "99999999d"},
	} {
		flags := flag.NewFlagSet("prune", flag.ContinueOnError)
		flags.SetOutput(io.Discard)
		commands[i].Define(flags)
		if err := flags.Parse(args); err == nil {
			t.Errorf("%v is taken", args)
		}
	}
}
