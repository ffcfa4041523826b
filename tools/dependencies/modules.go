package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
)

// listed is what go list tells about a package.
type listed struct {
	ImportPath string
	Imports    []string
	Module     *struct {
		Path, Version, Dir string
		Main               bool
	}
}

// goModules finds the modules that the programs are built of, on Linux without cgo, as
// they are shipped.
func goModules(root string, programs []string) ([]dependency, error) {
	cmd := exec.Command("go", append([]string{"list", "-deps", "-json=ImportPath,Imports,Module"}, programs...)...)
	cmd.Dir = root
	cmd.Env = append(os.Environ(), "GOWORK=", "GOOS=linux", "GOARCH=amd64", "CGO_ENABLED=0")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("go list: %w: %s", err, stderr.Bytes())
	}
	packages, err := decode(out)
	if err != nil {
		return nil, err
	}
	direct := map[string]bool{} // import paths that our own code names
	for _, p := range packages {
		if p.Module != nil && p.Module.Main {
			for _, path := range p.Imports {
				direct[path] = true
			}
		}
	}
	found := map[string]dependency{}
	var errs []error
	for _, p := range packages {
		if p.Module == nil || p.Module.Main { // the standard library, and us
			continue
		}
		d, known := found[p.Module.Path]
		if !known {
			d = dependency{name: p.Module.Path, version: p.Module.Version}
			if d.licence, err = licenceOf(d.name, p.Module.Dir); err != nil {
				errs = append(errs, fmt.Errorf("%s: %w", d.name, err))
			}
		}
		d.direct = d.direct || direct[p.ImportPath]
		found[p.Module.Path] = d
	}
	return sorted(found), errors.Join(errs...)
}

func decode(text []byte) ([]listed, error) {
	var packages []listed
	decoder := json.NewDecoder(bytes.NewReader(text))
	for {
		var p listed
		err := decoder.Decode(&p)
		if errors.Is(err, io.EOF) {
			return packages, nil
		}
		if err != nil {
			return nil, fmt.Errorf("go list: %w", err)
		}
		packages = append(packages, p)
	}
}

func sorted(found map[string]dependency) []dependency {
	var all []dependency
	for _, d := range found {
		all = append(all, d)
	}
	slices.SortFunc(all, func(a, b dependency) int { return cmp.Compare(a.name, b.name) })
	return all
}
