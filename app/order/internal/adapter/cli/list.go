package cli

import (
	"context"
	"flag"
	"fmt"
	"io"

	"github.com/stockonce/stockonce/app/internal/platform/boot"
)

// line is one thing of a list: a row of a table for people, an object for scripts.
type line interface{ cells() []any }

// pager is a line after which the list can go on.
type pager interface{ next() string }

// listing makes the action of a command that prints a list, with so many lines as
// read returns, which are at most as many as it is told.
func listing[L line](
	f *flag.FlagSet, open opener, head []any, read func(context.Context, *Desk, int) ([]L, error),
) action {
	limit := f.Int("limit", 100, "most `rows` printed")
	scripted := asJSON(f)
	return func(ctx context.Context, rt *runtime, _ []string, stdout io.Writer) error {
		if *limit < 1 {
			return boot.UsageError("--limit must be 1 or more")
		}
		d, err := open(rt)
		if err != nil {
			return err
		}
		lines, err := read(ctx, d, *limit)
		switch {
		case err != nil:
			return err
		case *scripted:
			if lines == nil {
				lines = []L{} // JSON knows no list that is not there
			}
			return writeJSON(stdout, lines)
		case len(lines) == 0:
			return done(stdout, "None.\n")
		}
		rows := make([][]any, 0, len(lines)+1)
		rows = append(rows, head)
		for _, l := range lines {
			rows = append(rows, l.cells())
		}
		if err := writeTable(stdout, rows); err != nil {
			return err
		}
		if len(lines) < *limit {
			return nil
		}
		if last, ok := any(lines[len(lines)-1]).(pager); ok {
			return done(stdout, "There may be more: see --limit, or go on with %s.\n", last.next())
		}
		return done(stdout, "There may be more: see --limit.\n")
	}
}

// sheet is one thing with all that is known of it: names and values for people, an
// object for scripts.
type sheet interface{ rows() [][]any }

// showing makes the action of a command that prints one thing.
func showing(f *flag.FlagSet, open opener, read func(context.Context, *Desk, []string) (sheet, error)) action {
	scripted := asJSON(f)
	return func(ctx context.Context, rt *runtime, args []string, stdout io.Writer) error {
		d, err := open(rt)
		if err != nil {
			return err
		}
		s, err := read(ctx, d, args)
		if err != nil {
			return err
		}
		if *scripted {
			return writeJSON(stdout, s)
		}
		if err := writeTable(stdout, s.rows()); err != nil {
			return err
		}
		if b, ok := s.(interface{ body() string }); ok {
			return done(stdout, "%s", b.body())
		}
		return nil
	}
}

// each makes lines of what was read.
func each[T any, L line](things []T, view func(T) L) []L {
	lines := make([]L, len(things))
	for i, t := range things {
		lines[i] = view(t)
	}
	return lines
}

func unknown(what string, value any, known ...any) error {
	return boot.UsageError(fmt.Sprintf("there is no %s %q; there are %v", what, value, known))
}
