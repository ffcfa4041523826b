package main

import (
	"bytes"
	_ "embed"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// purposes has a line for each direct dependency: its name, a tab, what it is for.
//
//go:embed purposes.txt
var purposes string

// describe gives each direct dependency its purpose.
func describe(table string, lists ...[]dependency) error {
	purpose := map[string]string{}
	for line := range strings.Lines(table) {
		if name, text, ok := strings.Cut(strings.TrimSpace(line), "\t"); ok {
			purpose[name] = text
		}
	}
	var errs []error
	for _, list := range lists {
		for i, d := range list {
			if !d.direct {
				continue
			}
			if list[i].purpose = purpose[d.name]; list[i].purpose == "" {
				errs = append(errs, fmt.Errorf("purposes.txt: what is %s for?", d.name))
			}
			delete(purpose, d.name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(purpose)) {
		errs = append(errs, fmt.Errorf("purposes.txt: our code does not use %s", name))
	}
	return errors.Join(errs...)
}

const preamble = "# Dependencies\n\n" +
	"What others wrote and we ship. Written by `make dependencies` from the module cache and the lock\n" +
	"file; the purposes are in `tools/dependencies/purposes.txt`. `make verify` fails when this page is\n" +
	"not up to date, a purpose is missing, or a licence is none of those that may be shipped.\n" +
	"Generators, linters and the Consul agent for the tests are pinned in `tools/` and not shipped.\n"

// render writes the page.
func render(modules, packages []dependency) []byte {
	var b bytes.Buffer
	b.WriteString(preamble)
	for _, part := range []struct {
		title string
		all   []dependency
	}{
		{"Go: order, product and paysim", modules},
		{"TypeScript: the client in `api/ts` and the example", packages},
	} {
		var direct, indirect []dependency
		for _, d := range part.all {
			if d.direct {
				direct = append(direct, d)
			} else {
				indirect = append(indirect, d)
			}
		}
		fmt.Fprintf(&b, "\n## %s\n\nUsed by our code:\n\n| dependency | version | licence | purpose |\n|---|---|---|---|\n", part.title)
		for _, d := range direct {
			fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", d.name, d.version, d.licence, d.purpose)
		}
		if len(indirect) == 0 {
			continue
		}
		b.WriteString("\nBrought along by these:\n\n| dependency | version | licence |\n|---|---|---|\n")
		for _, d := range indirect {
			fmt.Fprintf(&b, "| `%s` | %s | %s |\n", d.name, d.version, d.licence)
		}
	}
	return b.Bytes()
}
