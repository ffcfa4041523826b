package docs

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

func TestEveryTestThatIsNamedExists(t *testing.T) {
	written := readTests(t)
	names, err := fs.Glob(repository, "docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range append(names, "SECURITY.md") {
		for line := range strings.Lines(read(t, name)) {
			for _, problem := range written.missing(line) {
				t.Errorf("%s: %s, in: %s", name, problem, strings.TrimSpace(line))
			}
		}
	}
}

func TestATestThatIsNamedWronglyIsFound(t *testing.T) {
	written := tests{functions: map[string][]string{"TestA": {"app"}, "FuzzB": {"test"}}, words: map[string]bool{"a part": true}}
	for line, want := range map[string]int{
		"`app`: `TestA`":                       0,
		"`app`: `TestA` \"a part\"":            0,
		"`TestA`, `FuzzB`":                     0,
		"`app`: `TestA`; `test`: `FuzzB`":      0,
		"a \"word\", and no test":              0,
		"`TestC`":                              1,
		"`test`: `TestA`":                      1,
		"`app`: `TestA`, `FuzzB`":              1,
		"`app`: `TestA` \"another\"":           1,
		"`go test -run TestC ./app` `TestD()`": 0, // commands and code are no names
	} {
		if found := written.missing(line); len(found) != want {
			t.Errorf("in %s: %q, want %d", line, found, want)
		}
	}
}

// tests are what the repository tests.
type tests struct {
	functions map[string][]string // the folders that have one of this name
	words     map[string]bool     // every string of the code that tests
}

var (
	named  = regexp.MustCompile("`([^`]+)`|\"([^\"]+)\"")
	isTest = regexp.MustCompile(`^(Test|Fuzz|Benchmark)[A-Z]\w*$`)
	folder = regexp.MustCompile(`^(app|bench|test|tools)(/[a-z0-9]+)*$`)
)

// missing says what is wrong in a line that names tests: each is in the folder that
// was named last before it, if one was, and a part of it, in quotation marks, is
// written in some test.
func (w tests) missing(line string) (problems []string) {
	in, tested := "", false
	for _, m := range named.FindAllStringSubmatch(line, -1) {
		name, part := m[1], m[2]
		switch {
		case isTest.MatchString(name):
			tested = true
			if folders := w.functions[name]; len(folders) == 0 || in != "" && !slices.Contains(folders, in) {
				problems = append(problems, fmt.Sprintf("there is no %s in %q", name, in))
			}
		case folder.MatchString(name):
			in = name
		case tested && part != "" && !w.words[part]:
			problems = append(problems, fmt.Sprintf("no test says %q", part))
		}
	}
	return problems
}

// readTests reads all Go code that tests, contract suites among it.
func readTests(t *testing.T) tests {
	t.Helper()
	w := tests{map[string][]string{}, map[string]bool{}}
	err := fs.WalkDir(repository, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && slices.Contains([]string{".git", "bin", "node_modules", "ent"}, d.Name()) {
			return fs.SkipDir
		}
		if !strings.HasSuffix(name, "_test.go") && !strings.HasSuffix(path.Dir(name), "usecasetest") {
			return nil
		}
		text, err := fs.ReadFile(repository, name)
		if err != nil {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, text, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.FuncDecl:
				w.functions[n.Name.Name] = append(w.functions[n.Name.Name], path.Dir(name))
			case *ast.BasicLit:
				if s, err := strconv.Unquote(n.Value); err == nil && n.Kind == token.STRING {
					w.words[s] = true
				}
			}
			return true
		})
		return nil
	})
	if err != nil || len(w.functions) == 0 {
		t.Fatalf("%d tests, %v", len(w.functions), err)
	}
	return w
}
