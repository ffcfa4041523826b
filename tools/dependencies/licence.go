package main

import (
	_ "embed"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/google/licensecheck"
)

// allowed are the licences under which something may be part of what is shipped. The
// Mozilla licence binds changes of the library itself, and we make none.
var allowed = []string{"Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "ISC", "MIT", "MIT-0", "MPL-2.0", "Unlicense", "0BSD",
	"Unicode-DFS-2016", "blessing"}

// licenceFile matches the names that licences go by, at the top of a module.
var licenceFile = regexp.MustCompile(`(?i)^(un)?(licen[cs]e|copying)([-.].*)?$`)

// least is how much of a file must be a known licence's text, in percent.
const least = 75

// stated has a line for each file that a person had to read: module, file and ids,
// with tabs between them.
//
//go:embed stated.txt
var stated string

// licenceOf recognises the licences of a module by their texts.
func licenceOf(module, folder string) (string, error) {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return "", fmt.Errorf("not in the module cache: %w", err)
	}
	var ids []string
	for _, e := range entries {
		if e.IsDir() || !licenceFile.MatchString(e.Name()) {
			continue
		}
		if _, list, ok := strings.Cut(stated, module+"\t"+e.Name()+"\t"); ok {
			list, _, _ = strings.Cut(list, "\n")
			ids = append(ids, strings.Fields(list)...)
			continue
		}
		text, err := os.ReadFile(filepath.Join(folder, e.Name()))
		if err != nil {
			return "", err
		}
		cover := licensecheck.Scan(text)
		if cover.Percent < least {
			return "", fmt.Errorf("%s is no licence that is known: %.0f %% of it are", e.Name(), cover.Percent)
		}
		for _, m := range cover.Match {
			ids = append(ids, m.ID)
		}
	}
	if len(ids) == 0 {
		return "", errors.New("has no licence file")
	}
	slices.Sort(ids)
	ids = slices.Compact(ids)
	return strings.Join(ids, " AND "), may(ids)
}

// may refuses licences under which nothing is shipped.
func may(ids []string) error {
	for _, id := range ids {
		if !slices.Contains(allowed, id) {
			return fmt.Errorf("licence %s is not among those that may be shipped", id)
		}
	}
	return nil
}
