package boot

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"

	"github.com/stockonce/stockonce/app/internal/platform/config"
	"github.com/stockonce/stockonce/app/internal/platform/database"
	"github.com/stockonce/stockonce/app/internal/platform/health"
	"github.com/stockonce/stockonce/app/internal/platform/logging"
)

// Command is what an operator can have a service do beside serving: something that
// is done once, on the same configuration and database.
type Command[C config.Message] struct {
	// Name is what is typed: one word or two, as in "books list". It is none of the
	// built-in commands'.
	Name string
	// Args names the arguments that are no flags, for help and to be counted: NAME
	// must be there, [NAME] at the end may be missing, as in "BOOK [SHELF]".
	Args string
	// Help says in one line what the command does.
	Help string
	// Define adds the command's flags and returns what runs with their values. It is
	// called anew for every run and for help, and does nothing else. A word in back
	// quotes in a flag's usage names its value. The flag --config is taken.
	Define func(flags *flag.FlagSet) Action[C]
}

// Action carries out a command. Flags have been read, wherever they stood between
// the arguments, and args are as many as Command.Args says.
//
// The Runtime is the one a service is built with, its database known to answer and
// its schema complete; nothing serves and nothing is registered. What the operator
// asked for goes to stdout. ctx ends with SIGTERM and SIGINT.
//
// An error ends the process with 1, or with 2 when it is or wraps a UsageError, or as
// an ExitError says.
type Action[C config.Message] func(ctx context.Context, rt *Runtime[C], args []string, stdout io.Writer) error

// UsageError says in what way a command was called wrongly.
type UsageError string

func (e UsageError) Error() string { return string(e) }

// ExitError ends the process with a code of the action's own, 3 or above. The action
// has said why on stdout: nothing more is printed.
type ExitError int

func (e ExitError) Error() string { return fmt.Sprintf("ends with %d", int(e)) }

// operate runs an action within what it needs of the service. It never applies
// migrations: the schema belongs to the version that serves.
func operate[C config.Message](s Spec[C], file string, p process, action Action[C], args []string) (err error) {
	var undo cleanup
	defer func() { err = errors.Join(err, undo.run()) }()

	level := new(slog.LevelVar)
	level.Set(slog.LevelWarn)
	logger := logging.New(p.stderr, s.Name, s.Version, level)
	slog.SetDefault(logger)

	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	defer onSignals(logger, p, cancel)()

	live, err := load(s, file, p, logger)
	if err != nil {
		return err
	}
	// The configured level is for the service: an operator's terminal stays calm.
	agent, err := follow(s, live, new(slog.LevelVar), &undo)
	if err != nil {
		return err
	}
	db, err := database.Open(live.Current().GetDatabase())
	if err != nil {
		return err
	}
	undo.add(db.Close)
	sch := &schema{db: db, files: s.Migrations, name: s.Name, logger: logger}
	if err := sch.settle(ctx); err != nil {
		return err
	}
	rt := &Runtime[C]{
		Config: live, Logger: logger, DB: db,
		Health: health.NewState(health.Check{Name: "database", Run: db.Ping}, sch.check()),
	}
	if agent != nil {
		rt.Discovery = agent.Discovery(logger)
	}
	return action(ctx, rt, args, p.stdout)
}
