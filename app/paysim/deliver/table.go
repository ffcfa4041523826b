package deliver

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"text/tabwriter"
	"time"
)

// WriteTable tells how often each answer came and how long it took.
func WriteTable(w io.Writer, answers []Answer) error {
	groups := map[string][]Answer{}
	for _, a := range answers {
		groups[describe(a)] = append(groups[describe(a)], a)
	}
	names := slices.SortedFunc(maps.Keys(groups), func(a, b string) int {
		return cmp.Or(cmp.Compare(len(groups[b]), len(groups[a])), cmp.Compare(a, b))
	})
	// Errors of the writer come out of Flush.
	table := tabwriter.NewWriter(w, 0, 0, 3, ' ', 0)
	fmt.Fprintln(table, "COUNT\tANSWER\tFASTEST\tMEDIAN\tSLOWEST\tBODY")
	for _, name := range names {
		group := groups[name]
		slices.SortFunc(group, func(a, b Answer) int { return cmp.Compare(a.Took, b.Took) })
		last := len(group) - 1
		fmt.Fprintf(table, "%d\t%s\t%s\t%s\t%s\t%s\n", len(group), name,
			short(group[0].Took), short(group[last/2].Took), short(group[last].Took), oneLine(group[0].Body))
	}
	if err := table.Flush(); err != nil {
		return fmt.Errorf("write the table of answers: %w", err)
	}
	return nil
}

func describe(a Answer) string {
	if a.Err != nil {
		return "none: " + a.Err.Error()
	}
	text := fmt.Sprintf("%d %s", a.Status, http.StatusText(a.Status))
	if a.RetryAfter != "" {
		text += ", retry after " + a.RetryAfter
	}
	return text
}

func short(d time.Duration) string { return d.Round(100 * time.Microsecond).String() }

func oneLine(body string) string {
	const most = 100
	text := strings.Join(strings.Fields(body), " ")
	if runes := []rune(text); len(runes) > most {
		return string(runes[:most]) + "…"
	}
	return text
}
