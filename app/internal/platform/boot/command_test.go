package boot

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestCommandLine(t *testing.T) {
	for _, tc := range []struct {
		name   string
		args   []string
		env    string
		code   int
		stdout string
		stderr string
	}{
		{name: "help tells every command", args: []string{"help"}, stdout: "apply pending database migrations"},
		{name: "so does --help", args: []string{"--help"}, stdout: "Exit codes"},
		{name: "and --help of a command", args: []string{"migrate", "--help"}, stdout: "Exit codes"},
		{name: "version tells name and version", args: []string{"version"}, stdout: "shelf 1.2.3 go1."},
		{name: "an unknown command is a wrong call", args: []string{"destroy"}, code: 2, stderr: `no command "destroy"`},
		{name: "config alone is a wrong call", args: []string{"config"}, code: 2, stderr: `no command "config"`},
		{name: "an unknown flag is a wrong call", args: []string{"serve", "--fast"}, code: 2, stderr: "fast"},
		{name: "an argument too many is a wrong call", args: []string{"migrate", "now"}, code: 2, stderr: `unexpected argument "now"`},
		{name: "a file that is missing is a failure", args: []string{"--config", "/nowhere.yaml"}, code: 1, stderr: "/nowhere.yaml"},
		{name: "a wrong setting is a failure that names it", args: []string{"serve"}, env: "STOCKONCE_LOG_LEVEL=loud", code: 1, stderr: "log.level: must be in list"},
		{name: "an unknown variable is a failure that names it", args: []string{"config", "check"}, env: "STOCKONCE_LOG_LVL=info", code: 1, stderr: "STOCKONCE_LOG_LVL: there is no such setting"},
		{name: "healthcheck fails when nobody answers", args: []string{"healthcheck"}, env: "STOCKONCE_SERVER_OPS_ADDR=127.0.0.1:1", code: 1, stderr: "does not answer"},
		{name: "healthcheck needs a port", args: []string{"healthcheck"}, code: 1, stderr: "server.ops.addr names no port"},
		{name: "migrate fails without its database", args: []string{"migrate"}, env: "STOCKONCE_DATABASE_DSN=/nowhere/shelf.db", code: 1, stderr: "shelf: migrate: "},
	} {
		t.Run(tc.name, func(t *testing.T) {
			b := newBundle(t)
			if tc.env != "" {
				b.set(tc.env)
			}
			code, stdout, stderr := b.command(tc.args...)
			if code != tc.code || !strings.Contains(stdout, tc.stdout) || !strings.Contains(stderr, tc.stderr) {
				t.Errorf("code %d, stdout %q, stderr %q", code, stdout, stderr)
			}
		})
	}
}

func TestConfigCheckTellsOriginsAndNoValues(t *testing.T) {
	b := newBundle(t)
	file := filepath.Join(t.TempDir(), "config.yaml")
	if err := os.WriteFile(file, []byte("log: {level: warn}"), 0o600); err != nil {
		t.Fatal(err)
	}
	b.set("STOCKONCE_DATABASE_DSN=shop:s3cret@tcp(db:3306)/shop", "STOCKONCE_DATABASE_DRIVER=mysql")
	code, stdout, stderr := b.command("config", "check", "--config", file)
	if code != 0 {
		t.Fatalf("code %d: %s", code, stderr)
	}
	from := map[string]string{}
	for line := range strings.Lines(stdout) {
		setting, origin, _ := strings.Cut(line, " ")
		from[setting] = strings.TrimSpace(origin)
	}
	for setting, want := range map[string]string{
		"log.level": "file " + file, "database.dsn": "environment", "server.http.addr": "defaults",
	} {
		if from[setting] != want {
			t.Errorf("%s comes from %q, want %q", setting, from[setting], want)
		}
	}
	if strings.Contains(stdout, "s3cret") {
		t.Errorf("a secret is told: %s", stdout)
	}
}

func TestMigrateTellsWhatItApplied(t *testing.T) {
	b := newBundle(t)
	if code, stdout, stderr := b.command("migrate"); code != 0 || !strings.Contains(stdout, "00001_books.sql") {
		t.Errorf("code %d, stdout %q, stderr %q", code, stdout, stderr)
	}
	if code, stdout, stderr := b.command("migrate"); code != 0 || !strings.Contains(stdout, "nothing to do") {
		t.Errorf("the second time: code %d, stdout %q, stderr %q", code, stdout, stderr)
	}
}
