package archtest

import (
	"strings"
	"testing"
	"testing/fstest"
)

// module makes a service module of files: path, import, path, import and so on.
func module(files ...string) fstest.MapFS {
	m := fstest.MapFS{"go.mod": {Data: []byte("module " + project + "app/shelf\n\ngo 1.26.0\n")}}
	for i := 0; i < len(files); i += 2 {
		m[files[i]] = &fstest.MapFile{Data: []byte("package p\n\nimport _ \"" + files[i+1] + "\"\n")}
	}
	return m
}

func TestService(t *testing.T) {
	const own = project + "app/shelf/"
	for _, tc := range []struct {
		name, file, imported, why string
	}{
		{"the domain may import the standard library", "internal/domain/a.go", "time", ""},
		{"the domain may not import a framework", "internal/domain/a.go", "entgo.io/ent", "standard library only"},
		{"the domain may not import the platform", "internal/domain/a.go", platform + "/dbtx", "standard library only"},
		{"the domain may not import its usecases", "internal/domain/a.go", own + "internal/usecase", "standard library only"},
		{"the domain's folders are the domain too", "internal/domain/money/a.go", "entgo.io/ent", "standard library only"},
		{"a usecase may import the domain", "internal/usecase/a.go", own + "internal/domain", ""},
		{"a usecase may not import an adapter", "internal/usecase/a.go", own + "internal/adapter/store", "the domain only"},
		{"a usecase may not import the API", "internal/usecase/a.go", project + "api/shelf/v1", "the domain only"},
		{"a usecase may not import the platform", "internal/usecase/a.go", platform + "/dbtx", "the domain only"},
		{"an adapter may import usecases", "internal/adapter/store/a.go", own + "internal/usecase", ""},
		{"an adapter may import platform and frameworks", "internal/adapter/store/a.go", platform + "/dbtx", ""},
		{"an adapter may import what is below it", "internal/adapter/store/a.go", own + "internal/adapter/store/ent", ""},
		{"an adapter may not import another", "internal/adapter/grpcapi/a.go", own + "internal/adapter/store", "does not know another"},
		{"an adapter may not import what is below another", "internal/adapter/grpcapi/a.go", own + "internal/adapter/callback/standard", "does not know another"},
		{"but generated code of the store it may", "internal/adapter/grpcapi/a.go", own + "internal/adapter/store/ent", ""},
		{"an adapter may not import the server", "internal/adapter/store/a.go", own + "internal/server", "does not know the server"},
		{"an adapter may import a dialect", "internal/adapter/store/a.go", own + "internal/dialect/sql", ""},
		{"a dialect may import the domain", "internal/dialect/sql/a.go", own + "internal/domain", ""},
		{"a dialect may import what dialects share", "internal/dialect/sql/a.go", own + "internal/dialect", ""},
		{"a dialect may import the standard library", "internal/dialect/sql/a.go", "encoding/json", ""},
		{"a dialect may import the platform", "internal/dialect/sql/a.go", platform + "/keyring", ""},
		{"a dialect may import the work of others", "internal/dialect/sql/a.go", "github.com/google/uuid", ""},
		{"a dialect may not import a usecase", "internal/dialect/sql/a.go", own + "internal/usecase", "only the domain"},
		{"a dialect may not import an adapter", "internal/dialect/sql/a.go", own + "internal/adapter/store", "only the domain"},
		{"not even what is generated for one", "internal/dialect/a.go", own + "internal/adapter/store/ent", "only the domain"},
		{"a dialect may not import the server", "internal/dialect/sql/a.go", own + "internal/server", "only the domain"},
		{"a dialect may not import the configuration", "internal/dialect/sql/a.go", own + "internal/conf", "only the domain"},
		{"a dialect may not import the API", "internal/dialect/sql/a.go", project + "api/shelf/v1", "only the domain"},
		{"a dialect may not import cmd", "internal/dialect/sql/a.go", own + "cmd/shelf", "only the domain"},
		{"a usecase may not import a dialect", "internal/usecase/a.go", own + "internal/dialect/sql", "the domain only"},
		{"the domain may not import a dialect", "internal/domain/a.go", own + "internal/dialect", "standard library only"},
		{"the server may import adapters", "internal/server/a.go", own + "internal/adapter/grpcapi", ""},
		{"the server may not import cmd", "internal/server/a.go", own + "cmd/shelf", "nothing imports cmd"},
		{"the configuration knows no layer", "internal/conf/a.go", own + "internal/domain", "knows no layer"},
		{"cmd may import everything of its own", "cmd/shelf/a.go", own + "internal/server", ""},
		{"nobody may import another service", "cmd/shelf/a.go", project + "app/till/public", "must not know another"},
		{"not even one whose name begins alike", "internal/server/a.go", project + "app/shelfish/public", "must not know another"},
		{"a test may import what it likes", "internal/domain/a_test.go", "entgo.io/ent", ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			found, err := serviceViolations(module(tc.file, tc.imported))
			if err != nil {
				t.Fatal(err)
			}
			got := strings.Join(found, "\n")
			if (got == "") != (tc.why == "") || !strings.Contains(got, tc.why) {
				t.Errorf("got %q, want %q", got, tc.why)
			}
		})
	}
	t.Run("a wrong folder is an error, not an empty success", func(t *testing.T) {
		if _, err := serviceViolations(fstest.MapFS{}); err == nil {
			t.Error("accepted")
		}
		if _, err := serviceViolations(fstest.MapFS{"go.mod": {Data: []byte("module a")}}); err == nil {
			t.Error("accepted a module without code")
		}
	})
}

func TestPlatform(t *testing.T) {
	source := func(text string) fstest.MapFS {
		return fstest.MapFS{"platform/p/a.go": {Data: []byte("package p\n\n" + text + "\n")}}
	}
	t.Run("may not import a service or its API", func(t *testing.T) {
		for _, imported := range []string{project + "app/shelf/public", project + "api/shelf/v1"} {
			found, err := platformViolations(source(`import _ "` + imported + `"`))
			if err != nil || len(found) != 1 {
				t.Errorf("%s: %v, %v", imported, found, err)
			}
		}
		for _, imported := range []string{platform + "/conf", project + "api/access/v1"} {
			found, err := platformViolations(source(`import _ "` + imported + `"`))
			if err != nil || len(found) != 0 {
				t.Errorf("%s: %v, %v", imported, found, err)
			}
		}
	})
	for _, tc := range []struct {
		name, text string
		found      int
	}{
		{"a name", "var orderNumber int", 1},
		{"a name in the plural", "type Payments struct{}", 1},
		{"a text", `var s = "unknown SKU"`, 1},
		{"a comment", "// retries the refund", 1},
		{"every one is told", "func deductStock(product int) {}", 2},
		{"plain English", "// in the order they came, with a callback; in production", 0},
		{"the project's name", `const prefix = "STOCKONCE_"; const name = "stockonce/dbtx"`, 0},
	} {
		t.Run("words: "+tc.name, func(t *testing.T) {
			found, err := domainWords(source(tc.text))
			if err != nil || len(found) != tc.found {
				t.Errorf("got %v, %v", found, err)
			}
		})
	}
}

func TestThisPlatform(t *testing.T) { Platform(t, "../..") }
