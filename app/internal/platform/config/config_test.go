package config

import (
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/stockonce/stockonce/app/internal/platform/config/configtest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const defaults = `
server:
  http: {addr: 127.0.0.1:0, timeout: 2s}
  grpc: {addr: 127.0.0.1:0, timeout: 2s}
  ops: {addr: 127.0.0.1:0}
  drainDelay: 0s
  stopTimeout: 5s
log: {level: info}
database: {driver: sqlite, dsn: a.db, maxOpen: 4}
own: {someNames: [default]}
`

// load loads defaults, file and environment; log gets what is logged.
func load(t *testing.T, file string, environ []string, change ...func(*Settings[configtest.Bootstrap])) (*Live[configtest.Bootstrap], error) {
	t.Helper()
	s := Settings[configtest.Bootstrap]{
		Defaults: []byte(defaults), Environ: environ, New: configtest.New,
		Live: []string{"log.level", "own"}, Logger: slog.New(slog.DiscardHandler),
	}
	if file != "" {
		s.File = filepath.Join(t.TempDir(), "config.yaml")
		if err := os.WriteFile(s.File, []byte(file), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range change {
		c(&s)
	}
	return Load(s)
}

func TestLayers(t *testing.T) {
	t.Run("the environment overrules the file, the file the defaults", func(t *testing.T) {
		l, err := load(t, "log: {level: warn}\ndatabase: {max_open: 8, dsn: file.db}", []string{"STOCKONCE_DATABASE_DSN=env.db", "PATH=/bin"})
		if err != nil {
			t.Fatal(err)
		}
		c := l.Current()
		if c.GetLog().GetLevel() != "warn" || c.GetDatabase().GetMaxOpen() != 8 || c.GetDatabase().GetDsn() != "env.db" || c.GetDatabase().GetDriver() != "sqlite" {
			t.Errorf("got %v", c)
		}
		o := l.Origins()
		if !strings.HasPrefix(o["log.level"], "file ") || o["database.dsn"] != "environment" || o["database.driver"] != "defaults" {
			t.Errorf("origins %v", o)
		}
	})
	t.Run("the environment sets every kind of setting", func(t *testing.T) {
		l, err := load(t, "", []string{
			"STOCKONCE_SERVER_HTTP_TIMEOUT=1.5s", "STOCKONCE_SERVER_GRPC_REFLECTION=true", "STOCKONCE_DATABASE_MAX_OPEN=7",
			"STOCKONCE_TELEMETRY_SAMPLE_RATIO=0.25", "STOCKONCE_OWN_SOME_NAMES=a, b", "STOCKONCE_SECRET_ANYTHING=s3cret",
		})
		if err != nil {
			t.Fatal(err)
		}
		c := l.Current()
		if c.GetServer().GetHttp().GetTimeout().AsDuration().String() != "1.5s" || !c.GetServer().GetGrpcReflection() ||
			c.GetDatabase().GetMaxOpen() != 7 || c.GetTelemetry().GetSampleRatio() != 0.25 || strings.Join(c.List("some_names"), "+") != "a+b" {
			t.Errorf("got %v", c)
		}
	})
	t.Run("lists are replaced, null takes back, times stay text", func(t *testing.T) {
		l, err := load(t, "own: {someNames: [x, y], items: [{itemId: '1', notAfter: 2027-06-01T00:00:00Z}]}\ntelemetry: null", nil)
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(l.Current().List("some_names"), "+"); got != "x+y" {
			t.Errorf("got %s", got)
		}
		if items := l.Current().List("items"); len(items) != 1 || !strings.Contains(items[0], "2027-06-01T00:00:00Z") {
			t.Errorf("got %v", items)
		}
	})
	t.Run("an empty document changes nothing", func(t *testing.T) {
		if _, err := load(t, "# all commented out\n", nil); err != nil {
			t.Error(err)
		}
	})
}

func TestRefusals(t *testing.T) {
	const secret = "s3cret"
	for _, tc := range []struct {
		name    string
		file    string
		environ string
		want    []string
	}{
		{"an unknown setting is named with its path", "server: {htp: s3cret}", "", []string{"server.htp: unknown setting"}},
		{"also in a list", "own: {items: [{itemId: a}, {id: s3cret}]}", "", []string{"own.items[1].id: unknown setting"}},
		{"a value of the wrong kind is named, not repeated", "database: {maxOpen: s3cret}", "", []string{"database.maxOpen: not a valid int32"}},
		{"a duration without its unit is explained", "server: {drainDelay: 5}", "", []string{`server.drainDelay: not a valid duration, as in "2.5s"`}},
		{"a value where settings belong", "log: s3cret", "", []string{"log: not a mapping"}},
		{"settings where a list belongs", "own: {items: {itemId: s3cret}}", "", []string{"own.items: not a list"}},
		{"a key given twice", "log: {level: info}\nlog: {level: s3cret}", "", []string{"line 2:"}},
		{"a key given under both names", "database: {maxOpen: 1, max_open: 1}", "", []string{"database.maxOpen: given twice"}},
		{"broken YAML", "log: {level: s3cret", "", []string{"line 1:"}},
		{"a list as the document", "- s3cret", "", []string{"line 1:"}},
		{"two documents", "log: {level: info}\n---\nlog: {level: s3cret}", "", []string{"more than one document"}},
		{"a broken rule is named with the layer that broke it", "log: {level: s3cret}", "", []string{"log.level: must be in list", "(set by file "}},
		{"an unknown variable is named", "", "STOCKONCE_SERVER_HTP=s3cret", []string{"STOCKONCE_SERVER_HTP: there is no such setting"}},
		{"a variable cannot set what a list of messages holds", "", "STOCKONCE_OWN_ITEMS=s3cret", []string{"STOCKONCE_OWN_ITEMS: there is no such setting"}},
		{"a variable of the wrong kind is named", "", "STOCKONCE_DATABASE_MAX_OPEN=s3cret", []string{"STOCKONCE_DATABASE_MAX_OPEN: not a valid int32"}},
		{"an empty variable is no number", "", "STOCKONCE_DATABASE_MAX_OPEN=", []string{"STOCKONCE_DATABASE_MAX_OPEN: not a valid int32"}},
		{"a variable that breaks a rule", "", "STOCKONCE_LOG_LEVEL=s3cret", []string{"log.level: must be in list", "(set by environment)"}},
		{"a password in a file", "database: {driver: mysql, dsn: 'shop:s3cret@tcp(db:3306)/shop'}", "", []string{"database.dsn", "passwordFile", "STOCKONCE_DATABASE_DSN"}},
		{"a password with slashes in a file", "database: {driver: mysql, dsn: 'shop:s3cret/@x@tcp(db:3306)/shop'}", "", []string{"database.dsn", "passwordFile"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var environ []string
			if tc.environ != "" {
				environ = []string{tc.environ}
			}
			_, err := load(t, tc.file, environ)
			if err == nil {
				t.Fatal("accepted")
			}
			for _, want := range tc.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("%q lacks %q", err, want)
				}
			}
			if strings.Contains(err.Error(), secret) {
				t.Errorf("the value leaks: %v", err)
			}
		})
	}
	t.Run("the service has the last word", func(t *testing.T) {
		_, err := load(t, "", nil, func(s *Settings[configtest.Bootstrap]) {
			s.Validate = func(configtest.Bootstrap) error { return os.ErrInvalid }
		})
		if err != os.ErrInvalid { //nolint:errorlint // returned as it is
			t.Errorf("got %v", err)
		}
	})
	t.Run("a password is taken from the environment, and DSNs without one from anywhere", func(t *testing.T) {
		if _, err := load(t, "", []string{"STOCKONCE_DATABASE_DSN=shop:s3cret@tcp(db:3306)/shop"}); err != nil {
			t.Error(err)
		}
		for _, dsn := range []string{"shop@tcp(db:3306)/shop", "tcp(db:3306)/shop", "/data/odd:name@home.db", "shop:@tcp(db)/shop"} {
			if _, err := load(t, "database: {dsn: '"+dsn+"'}", nil); err != nil {
				t.Errorf("%s: %v", dsn, err)
			}
		}
	})
}
