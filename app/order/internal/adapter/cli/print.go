package cli

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"
	"unicode"
)

func writeJSON(w io.Writer, value any) error {
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		return fmt.Errorf("print: %w", err)
	}
	return nil
}

// writeTable prints rows in columns. What a cell says may be a provider's words or a
// stack: it stays one line and cannot steer the terminal.
func writeTable(w io.Writer, rows [][]any) error {
	// Errors of the writer come out of Flush.
	table := tabwriter.NewWriter(w, 0, 0, 3, ' ', 0)
	for _, cells := range rows {
		line := make([]string, len(cells))
		for i, c := range cells {
			line[i] = oneLine(c)
		}
		fmt.Fprintln(table, strings.Join(line, "\t"))
	}
	if err := table.Flush(); err != nil {
		return fmt.Errorf("print: %w", err)
	}
	return nil
}

func oneLine(cell any) string {
	if t, ok := cell.(time.Time); ok {
		cell = at(t)
	}
	words := strings.FieldsFunc(fmt.Sprint(cell), func(r rune) bool { return unicode.IsSpace(r) || !unicode.IsGraphic(r) })
	return cmp.Or(strings.Join(words, " "), "-")
}

func at(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format("2006-01-02 15:04:05Z")
}
