// Package docs checks what people read: that both languages of the README say the
// same, and that links inside the repository lead somewhere.
//
// The documents lie outside this module, where go's test cache does not see them
// change: run it with -count=1, as make test does.
package docs

import (
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const (
	english = "README.md"
	chinese = "README.zh-CN.md"
)

// repository is the root of the repository, seen from this folder.
var repository = os.DirFS("../..")

func TestBothReadmesSayTheSame(t *testing.T) {
	for _, d := range differences(read(t, english), read(t, chinese)) {
		t.Error(d)
	}
}

func TestEveryRelativeLinkLeadsToAFile(t *testing.T) {
	names, err := fs.Glob(repository, "docs/*.md")
	if err != nil || len(names) == 0 {
		t.Fatalf("documents in docs: %v, %v", names, err)
	}
	for _, name := range append(names, english, chinese, "CONTRIBUTING.md", "SECURITY.md") {
		for _, target := range parse(read(t, name)).links {
			if err := follow(name, target); err != nil {
				t.Errorf("%s links to %s: %v", name, target, err)
			}
		}
	}
}

func TestADifferenceBetweenTheReadmesIsFound(t *testing.T) {
	const (
		en = "# A\n[zh](README.zh-CN.md)\n## B\n```\nmake # [no](link)\n# no heading\n```\nSee [docs](docs/a.md) and `[no](link)`.\n"
		zh = "# 甲\n[en](README.md)\n## 乙\n```\nmake # [no](link)\n# no heading\n```\n见[文档](docs/a.md)。\n"
	)
	if found := differences(en, zh); len(found) != 0 {
		t.Errorf("in equal documents: %q", found)
	}
	for what, change := range map[string][2]string{
		"level of a heading":    {"## 乙", "### 乙"},
		"heading left out":      {"## 乙\n", ""},
		"code":                  {"make", "make test"},
		"white space in code":   {"make #", "make  #"},
		"language of a block":   {"```\nmake", "```sh\nmake"},
		"block left out":        {"```\nmake # [no](link)\n# no heading\n```\n", ""},
		"fence not closed":      {"```\n见", "见"},
		"target of a link":      {"docs/a.md", "docs/b.md"},
		"link left out":         {"[文档](docs/a.md)", "文档"},
		"language link":         {"[en](README.md)", "[en](README.zh-CN.md)"},
		"language link missing": {"[en](README.md)", ""},
	} {
		changed := strings.Replace(zh, change[0], change[1], 1)
		if changed == zh || len(differences(en, changed)) == 0 {
			t.Errorf("not found: %s", what)
		}
	}
}

// document is what two languages of a text have in common, in the order of the text.
type document struct {
	headings []string // the marks only, as in "##"
	code     []string // lines of fenced blocks, with the fences
	links    []string // targets outside of code
}

var (
	heading    = regexp.MustCompile(`^(#{1,6})\s`)
	fence      = regexp.MustCompile("^\\s*(```+|~~~+)")
	inlineCode = regexp.MustCompile("`[^`]*`")
	link       = regexp.MustCompile(`\]\(\s*([^)\s]+)[^)]*\)|^\s*\[[^\]]+\]:\s+(\S+)`)
)

// parse reads as much Markdown as our documents use. A fence that is never closed
// swallows the rest, as it does on the page.
func parse(text string) (d document) {
	var closing string // of the block that the line is in
	for line := range strings.Lines(text) {
		if closing != "" {
			d.code = append(d.code, line)
			if strings.TrimSpace(line) == closing {
				closing = ""
			}
			continue
		}
		if m := fence.FindStringSubmatch(line); m != nil {
			closing = m[1]
			d.code = append(d.code, line)
			continue
		}
		if m := heading.FindStringSubmatch(line); m != nil {
			d.headings = append(d.headings, m[1])
		}
		for _, m := range link.FindAllStringSubmatch(inlineCode.ReplaceAllString(line, "`"), -1) {
			d.links = append(d.links, m[1]+m[2])
		}
	}
	return d
}

// differences says in what the Chinese text is not the English one's translation.
func differences(en, zh string) (found []string) {
	const other = "(the other language)"
	a, b := parse(en), parse(zh)
	for _, l := range []struct {
		doc           document
		name, partner string
	}{{a, english, chinese}, {b, chinese, english}} {
		i := slices.Index(l.doc.links, l.partner)
		if i < 0 {
			found = append(found, fmt.Sprintf("%s does not link to %s", l.name, l.partner))
			continue
		}
		l.doc.links[i] = other
	}
	for _, part := range []struct {
		name   string
		en, zh []string
	}{
		{"heading", a.headings, b.headings},
		{"code line", a.code, b.code},
		{"link", a.links, b.links},
	} {
		if len(part.en) != len(part.zh) {
			found = append(found, fmt.Sprintf("%ss: %d in %s, %d in %s", part.name, len(part.en), english, len(part.zh), chinese))
		}
		for i := range min(len(part.en), len(part.zh)) {
			if part.en[i] != part.zh[i] {
				found = append(found, fmt.Sprintf("%s %d is %q in %s, %q in %s", part.name, i+1, part.en[i], english, part.zh[i], chinese))
				break // what follows is mostly the same difference again
			}
		}
	}
	return found
}

// follow fails when the target, found in the named document, is relative and no file
// or folder of the repository.
func follow(document, target string) error {
	u, err := url.Parse(target)
	if err != nil || u.IsAbs() || u.Host != "" || u.Path == "" {
		return err
	}
	_, err = fs.Stat(repository, path.Join(path.Dir(document), u.Path))
	return err
}

func read(t *testing.T, name string) string {
	t.Helper()
	text, err := fs.ReadFile(repository, name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
