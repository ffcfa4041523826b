package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// The TypeScript client in api/ts and the example that uses it share a lock file.
const (
	lockFile = "examples/typescript/package-lock.json"
	client   = "api/ts/package.json"
	example  = "examples/typescript/package.json"
)

// npmPackages reads what the TypeScript packages are built of.
func npmPackages(root string) ([]dependency, error) {
	direct := map[string]string{}
	for _, file := range []string{client, example} {
		var manifest struct{ Dependencies, DevDependencies map[string]string }
		if err := readJSON(filepath.Join(root, file), &manifest); err != nil {
			return nil, err
		}
		maps.Copy(direct, manifest.Dependencies)
		maps.Copy(direct, manifest.DevDependencies)
	}
	var lock struct {
		Packages map[string]struct {
			Version, License string
		}
	}
	if err := readJSON(filepath.Join(root, lockFile), &lock); err != nil {
		return nil, err
	}
	found := map[string]dependency{}
	var errs []error
	for path, p := range lock.Packages {
		_, name, installed := strings.Cut(path, "node_modules/")
		if !installed || strings.HasPrefix(name, "@stockonce/") { // ours
			continue
		}
		if err := may(spdxID.FindAllString(p.License, -1)); err != nil || p.License == "" {
			errs = append(errs, fmt.Errorf("%s: licence %q: %w", name, p.License, err))
		}
		_, named := direct[name]
		found[name] = dependency{name: name, version: p.Version, licence: strings.Trim(p.License, "()"), direct: named}
	}
	return sorted(found), errors.Join(errs...)
}

// spdxID matches the ids in an expression such as (Apache-2.0 AND BSD-3-Clause).
var spdxID = regexp.MustCompile(`[0-9A-Za-z]+[-.][-.0-9A-Za-z]+|\bMIT\b|\bISC\b|\bUnlicense\b|\b0BSD\b`)

func readJSON(file string, value any) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(text, value); err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	return nil
}
