package boot

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"testing/fstest"

	"github.com/hashicorp/consul/api"

	"github.com/stockonce/stockonce/app/internal/platform/config/configtest"
	"github.com/stockonce/stockonce/app/internal/platform/consul/consultest"
)

type shelf = Runtime[configtest.Bootstrap]

// operating is a service whose schema is complete, with a command
// `books move BOOK [SHELF] --by-hand --reason TEXT --count N` that does act.
func operating(t *testing.T, act func(ctx context.Context, rt *shelf, args []string, stdout io.Writer) error) *bundle {
	t.Helper()
	b := newBundle(t)
	if code, _, stderr := b.command("migrate"); code != 0 {
		t.Fatal(stderr)
	}
	b.spec.Build = func(*shelf) (App, func(), error) {
		t.Error("a command built the service")
		return App{}, nil, errors.New("not to be built")
	}
	b.spec.Commands = []Command[configtest.Bootstrap]{
		{
			Name: "books list", Help: "tell all books",
			Define: func(*flag.FlagSet) Action[configtest.Bootstrap] { return act },
		},
		{
			Name: "books move", Args: "BOOK [SHELF]", Help: "move a book",
			Define: func(flags *flag.FlagSet) Action[configtest.Bootstrap] {
				byHand := flags.Bool("by-hand", false, "somebody did it already")
				reason := flags.String("reason", "", "why, as `text`")
				count := flags.Int("count", 1, "how often")
				return func(ctx context.Context, rt *shelf, args []string, stdout io.Writer) error {
					fmt.Fprintf(stdout, "%q by hand %t, reason %q, count %d", args, *byHand, *reason, *count)
					return act(ctx, rt, args, stdout)
				}
			},
		},
	}
	return b
}

func nothing(context.Context, *shelf, []string, io.Writer) error { return nil }

func TestACommandOfTheServiceGetsItsArgumentsAndFlags(t *testing.T) {
	for _, tc := range []struct {
		name   string
		args   []string
		code   int
		stdout string
		stderr string
	}{
		{name: "flags may come last", args: []string{"books", "move", "b1", "s1", "--by-hand", "--reason", "dust"}, stdout: `["b1" "s1"] by hand true, reason "dust", count 1`},
		{name: "or first", args: []string{"books", "move", "--reason=dust", "--by-hand", "b1"}, stdout: `["b1"] by hand true, reason "dust", count 1`},
		{name: "or between", args: []string{"books", "move", "b1", "--count", "7", "s1"}, stdout: `["b1" "s1"] by hand false, reason "", count 7`},
		{name: "behind -- nothing is a flag", args: []string{"books", "move", "--by-hand", "--", "--reason", "-s1"}, stdout: `["--reason" "-s1"] by hand true, reason "", count 1`},
		{name: "what must be there is missed by name", args: []string{"books", "move"}, code: 2, stderr: "shelf: BOOK is missing\nSee shelf books move --help.\n"},
		{name: "an argument too many is a wrong call", args: []string{"books", "list", "b1"}, code: 2, stderr: `unexpected argument "b1"`},
		{name: "an unknown flag is a wrong call", args: []string{"books", "list", "--fast"}, code: 2, stderr: "See shelf books list --help."},
		{name: "half a name is a wrong call", args: []string{"books"}, code: 2, stderr: `there is no command "books"`},
		{name: "a half-known name is a wrong call", args: []string{"books", "burn"}, code: 2, stderr: `there is no command "books"`},
		{name: "it takes --config as all do", args: []string{"books", "list", "--config", "/nowhere.yaml"}, code: 1, stderr: "shelf: books list: configuration: "},
	} {
		t.Run(tc.name, func(t *testing.T) {
			code, stdout, stderr := operating(t, nothing).command(tc.args...)
			if code != tc.code || stdout != tc.stdout || !strings.Contains(stderr, tc.stderr) {
				t.Errorf("code %d, stdout %q, stderr %q", code, stdout, stderr)
			}
		})
	}
}

func TestTheErrorOfACommandDecidesTheExitCode(t *testing.T) {
	for _, tc := range []struct {
		err    error
		code   int
		stderr string
	}{
		{nil, 0, ""},
		{errors.New("no such book"), 1, "shelf: books list: no such book\n"},
		{UsageError("give --a or --b"), 2, "shelf: give --a or --b\nSee shelf books list --help.\n"},
		{fmt.Errorf("list: %w", UsageError("give --a or --b")), 2, "shelf: list: give --a or --b\nSee shelf books list --help.\n"},
	} {
		b := operating(t, func(context.Context, *shelf, []string, io.Writer) error { return tc.err })
		if code, _, stderr := b.command("books", "list"); code != tc.code || stderr != tc.stderr {
			t.Errorf("%v: code %d, stderr %q", tc.err, code, stderr)
		}
	}
}

func TestHelpTellsTheCommandsOfTheService(t *testing.T) {
	b := operating(t, nothing)
	_, stdout, _ := b.command("help")
	for _, want := range []string{
		"\n  help                       tell this\n",
		"\n  books list                 tell all books\n",
		"\n  books move BOOK [SHELF]    move a book\n",
		"shelf COMMAND --help",
	} {
		if !strings.Contains(stdout, want) {
			t.Errorf("%q is missing in\n%s", want, stdout)
		}
	}
	code, stdout, _ := b.command("books", "move", "--help")
	want := `Usage: shelf books move BOOK [SHELF] [flags]

move a book

Flags:
  --by-hand      somebody did it already
  --config FILE  YAML file to lay over the embedded settings
  --count INT    how often (default 1)
  --reason TEXT  why, as text
`
	if code != 0 || stdout != want {
		t.Errorf("code %d, got\n%s", code, stdout)
	}
}

func TestACommandHasWhatTheServiceIsBuiltWithAndServesNothing(t *testing.T) {
	addr := freeAddr(t)
	b := operating(t, func(ctx context.Context, rt *shelf, _ []string, _ io.Writer) error {
		if _, err := rt.DB.Write.ExecContext(ctx, "INSERT INTO books (id) VALUES (1)"); err != nil {
			return err
		}
		if r := rt.Health.Ready(ctx); !r.Ready {
			return fmt.Errorf("not ready: %v", r.Failed)
		}
		if got := rt.Config.Current().GetServer().GetHttp().GetAddr(); got != addr {
			return fmt.Errorf("configured is %q", got)
		}
		if conn, err := net.Dial("tcp", addr); err == nil {
			conn.Close()
			return errors.New("somebody serves")
		}
		rt.Logger.Info("of no interest")
		rt.Logger.Warn("of interest")
		return nil
	})
	b.set("STOCKONCE_SERVER_HTTP_ADDR="+addr, "STOCKONCE_LOG_LEVEL=debug")
	code, stdout, stderr := b.command("books", "list")
	if code != 0 || stdout != "" {
		t.Errorf("code %d, stdout %q, stderr %s", code, stdout, stderr)
	}
	if lines := strings.Split(strings.TrimSpace(stderr), "\n"); len(lines) != 1 || !strings.Contains(lines[0], `"msg":"of interest"`) {
		t.Errorf("the log of a command is warnings only: %s", stderr)
	}
}

func TestACommandDoesNotRunWithoutItsDatabase(t *testing.T) {
	never := func(context.Context, *shelf, []string, io.Writer) error {
		t.Error("ran")
		return nil
	}
	t.Run("that is down", func(t *testing.T) {
		b := operating(t, never)
		b.set("STOCKONCE_DATABASE_DSN=" + filepath.Join(t.TempDir(), "nowhere", "shelf.db"))
		if code, _, stderr := b.command("books", "list"); code != 1 || !strings.Contains(stderr, "books list: the database does not answer") {
			t.Errorf("code %d, stderr %q", code, stderr)
		}
	})
	t.Run("or lacks migrations, which it leaves to the service", func(t *testing.T) {
		b := operating(t, never)
		b.spec.Migrations = fstest.MapFS{"sqlite/00002_more.sql": {Data: []byte("-- +goose Up\nCREATE TABLE more (id INTEGER);\n")}}
		if code, _, stderr := b.command("books", "list"); code != 1 || !strings.Contains(stderr, "run `shelf migrate` first") {
			t.Errorf("code %d, stderr %q", code, stderr)
		}
	})
}

func TestASignalEndsTheContextOfACommand(t *testing.T) {
	for _, signal := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM} {
		b := operating(t, func(ctx context.Context, _ *shelf, _ []string, _ io.Writer) error {
			if err := syscall.Kill(syscall.Getpid(), signal); err != nil {
				return err
			}
			<-ctx.Done()
			return fmt.Errorf("half done: %w", ctx.Err())
		})
		if code, _, stderr := b.command("books", "list"); code != 1 || !strings.Contains(stderr, "half done: context canceled") {
			t.Errorf("%s: code %d, stderr %q", signal, code, stderr)
		}
	}
}

func TestACommandReadsConsulAndIsNotRegisteredThere(t *testing.T) {
	agent := consultest.Start(t)
	client, err := api.NewClient(&api.Config{Address: agent.Address})
	if err != nil {
		t.Fatal(err)
	}
	agent.Put(t, "stockonce/shelf/app.yaml", "own: {someNames: [from-kv]}\ndatabase: {maxOpen: 3}")
	b := operating(t, func(_ context.Context, rt *shelf, _ []string, stdout io.Writer) error {
		if rt.Discovery == nil {
			t.Error("other services cannot be found")
		}
		services, _, err := client.Catalog().Services(nil)
		if _, found := services["shelf"]; found || err != nil {
			t.Errorf("registered: %v, %v", services, err)
		}
		_, err = fmt.Fprint(stdout, rt.Config.Current().List("some_names"))
		return err
	})
	b.set("STOCKONCE_CONSUL_ADDRESS=" + agent.Address)
	if code, stdout, stderr := b.command("books", "list"); code != 0 || stdout != "[from-kv]" || stderr != "" {
		t.Errorf("code %d, stdout %q, stderr %q", code, stdout, stderr)
	}
}

func TestAnActionMayEndTheProcessWithACodeOfItsOwn(t *testing.T) {
	b := operating(t, func(_ context.Context, _ *shelf, _ []string, stdout io.Writer) error {
		fmt.Fprint(stdout, "two books are torn")
		return fmt.Errorf("look: %w", ExitError(3))
	})
	if code, stdout, stderr := b.command("books", "list"); code != 3 || stdout != "two books are torn" || stderr != "" {
		t.Errorf("code %d, stdout %q, stderr %q", code, stdout, stderr)
	}
}
