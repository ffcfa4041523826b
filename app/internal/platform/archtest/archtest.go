// Package archtest keeps the architecture: which package may import which.
//
//	domain ← usecase ← adapter ← server ← cmd
//	domain ← dialect ← adapter
//
// A service's domain knows nothing but the standard library, its usecases only the
// domain; adapters do not know each other, and what several of them must know of
// another party's language is a dialect, which knows of the service only the domain;
// the platform knows no service.
package archtest

import (
	"fmt"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const (
	project  = "github.com/stockonce/stockonce/"
	platform = project + "app/internal/platform"
)

// Service fails the test for every import in the service module at root that the
// architecture forbids. Test files may import what they like.
func Service(t *testing.T, root string) {
	t.Helper()
	report(t, serviceViolations, root)
}

// Platform fails the test for every import in the platform's module at root that
// leads to a service or its API, and for every word there that belongs to one.
func Platform(t *testing.T, root string) {
	t.Helper()
	report(t, platformViolations, root)
	report(t, domainWords, root)
}

func report(t *testing.T, find func(fs.FS) ([]string, error), root string) {
	t.Helper()
	found, err := find(os.DirFS(root))
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range found {
		t.Error(v)
	}
}

// serviceViolations lists the forbidden imports of the service module in root.
func serviceViolations(root fs.FS) ([]string, error) {
	module, err := moduleOf(root)
	if err != nil {
		return nil, err
	}
	return imports(root, func(dir, imported string) string {
		if strings.HasPrefix(imported, project+"app/") && !strings.HasPrefix(imported, platform) && !inside(imported, module) {
			return "a service must not know another"
		}
		return layerRule(dir, strings.TrimPrefix(imported, module+"/"), imported)
	})
}

// layerRule says why a package in dir must not import; own is the imported package
// relative to the module when it is one of it.
func layerRule(dir, own, imported string) string {
	from, ok := strings.CutPrefix(dir, "internal/")
	if !ok {
		return "" // cmd puts everything together
	}
	to, isOwn := strings.CutPrefix(own, "internal/")
	std := !strings.Contains(strings.Split(imported, "/")[0], ".")
	switch {
	case inside(from, "domain"):
		if !std && (!isOwn || !inside(to, "domain")) {
			return "the domain imports the standard library only"
		}
	case inside(from, "usecase"):
		if !std && (!isOwn || !inside(to, "domain") && !inside(to, "usecase")) {
			return "a usecase imports the domain only"
		}
	case inside(from, "dialect"):
		if ours(imported) && !inside(imported, platform) && (!isOwn || !inside(to, "domain") && !inside(to, "dialect")) {
			return "a dialect knows of the service only the domain"
		}
	case isOwn && inside(to, "cmd"), !isOwn && inside(own, "cmd"):
		return "nothing imports cmd"
	case inside(from, "adapter") && isOwn && inside(to, "server"):
		return "an adapter does not know the server"
	case inside(from, "adapter") && isOwn && inside(to, "adapter"):
		if first(from) != first(to) && !inside(to, "adapter/store/ent") {
			return "an adapter does not know another"
		}
	case inside(from, "conf") && isOwn && !inside(to, "conf"):
		return "the configuration knows no layer"
	}
	return ""
}

// ours tells whether the package belongs to the project.
func ours(imported string) bool { return strings.HasPrefix(imported, project) }

// first is the adapter that a path below adapter/ belongs to.
func first(dir string) string {
	parts := strings.Split(dir, "/")
	return strings.Join(parts[:min(2, len(parts))], "/")
}

func inside(pkg, of string) bool { return pkg == of || strings.HasPrefix(pkg, of+"/") }

func platformViolations(root fs.FS) ([]string, error) {
	return imports(root, func(_, imported string) string {
		if ours(imported) && !inside(imported, project+"app/internal") && !inside(imported, project+"api/access") {
			return "the platform knows no service and no API but who may call one"
		}
		return ""
	})
}

// imports applies rule to every import of every Go file that is no test.
func imports(root fs.FS, rule func(dir, imported string) string) ([]string, error) {
	var found []string
	err := files(root, func(name string, data []byte) error {
		if path.Ext(name) != ".go" || strings.HasSuffix(name, "_test.go") {
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, data, parser.ImportsOnly)
		if err != nil {
			return fmt.Errorf("parse: %w", err)
		}
		for _, i := range file.Imports {
			imported, err := strconv.Unquote(i.Path.Value)
			if err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
			if why := rule(path.Dir(name), imported); why != "" {
				found = append(found, fmt.Sprintf("%s imports %s: %s", name, imported, why))
			}
		}
		return nil
	})
	slices.Sort(found)
	return found, err
}

// files calls f with every file of the module in root.
func files(root fs.FS, f func(name string, data []byte) error) error {
	seen := false
	err := fs.WalkDir(root, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		seen = seen || path.Ext(name) == ".go"
		data, err := fs.ReadFile(root, name)
		if err != nil {
			return err
		}
		return f(name, data)
	})
	if err != nil {
		return fmt.Errorf("walk: %w", err)
	}
	if !seen {
		return fmt.Errorf("there is no Go file: is this the root of a module?")
	}
	return nil
}

func moduleOf(root fs.FS) (string, error) {
	data, err := fs.ReadFile(root, "go.mod")
	if err != nil {
		return "", fmt.Errorf("is this the root of a module? %w", err)
	}
	for line := range strings.Lines(string(data)) {
		if name, ok := strings.CutPrefix(strings.TrimSpace(line), "module "); ok {
			return name, nil
		}
	}
	return "", fmt.Errorf("go.mod names no module")
}
