package boot

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"strings"

	"github.com/stockonce/stockonce/app/internal/platform/config"
)

// command is a command as the command line sees it, built in or the service's own.
type command struct {
	name, args, help string
	// own commands explain themselves; the others have no flag of their own.
	own bool
	// define adds the command's flags and returns what runs it once they are read.
	define func(*flag.FlagSet) func(file string, args []string) error
}

// commands lists all commands as help does.
func commands[C config.Message](s Spec[C], p process) []command {
	builtin := func(name, help string, run func(Spec[C], string, process) error) command {
		return command{name: name, help: help, define: func(*flag.FlagSet) func(string, []string) error {
			return func(file string, _ []string) error { return run(s, file, p) }
		}}
	}
	list := []command{
		builtin("serve", "run the service until SIGTERM or SIGINT; a second one ends it at once (default)", serve),
		builtin("migrate", "apply pending database migrations and tell which", migrateUp),
		builtin("healthcheck", "ask the running service whether it is ready", healthcheck),
		builtin("config check", "check the configuration and tell where each setting comes from", configCheck),
		builtin("version", "tell the version", version),
		builtin("help", "tell this", printHelp),
	}
	list = append(list, identityCommands(p)...)
	for _, c := range s.Commands {
		list = append(list, command{
			name: c.Name, args: c.Args, help: c.Help, own: true,
			define: func(flags *flag.FlagSet) func(string, []string) error {
				action := c.Define(flags)
				return func(file string, args []string) error { return operate(s, file, p, action, args) }
			},
		})
	}
	return list
}

// run runs the command that p's arguments name and returns the exit code.
func run[C config.Message](s Spec[C], p process) int {
	c, args, err := find(commands(s, p), p.args)
	if err != nil {
		return misused(s.Name, "help", err, p)
	}
	// Where to read on.
	manual := "help"
	if c.own {
		manual = c.name + " --help"
	}
	flags := flag.NewFlagSet(c.name, flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	do := c.define(flags)
	file := flags.String("config", "", "YAML `file` to lay over the embedded settings")

	args, err = parse(flags, args)
	if err == nil {
		err = count(c.args, args)
	}
	switch {
	case errors.Is(err, flag.ErrHelp):
		do = func(string, []string) error {
			if c.own {
				return printManual(s.Name, c, flags, p.stdout)
			}
			return printHelp(s, "", p)
		}
	case err != nil:
		return misused(s.Name, manual, err, p)
	}
	err = do(*file, args)
	if _, ok := errors.AsType[UsageError](err); ok {
		return misused(s.Name, manual, err, p)
	}
	if code, ok := errors.AsType[ExitError](err); ok {
		return int(code)
	}
	if err != nil {
		fmt.Fprintf(p.stderr, "%s: %s: %v\n", s.Name, c.name, err)
		return exitFailure
	}
	return exitOK
}

func misused(service, manual string, err error, p process) int {
	fmt.Fprintf(p.stderr, "%[1]s: %[2]v\nSee %[1]s %[3]s.\n", service, err, manual)
	return exitUsage
}

// find returns the command that the arguments begin with and what is left of them.
func find(list []command, args []string) (command, []string, error) {
	name := "serve"
	if len(args) > 0 && args[0] != "" && args[0][0] != '-' {
		name, args = args[0], args[1:]
	}
	for _, c := range list {
		if c.name == name {
			return c, args, nil
		}
		first, second, two := strings.Cut(c.name, " ")
		if two && first == name && len(args) > 0 && args[0] == second {
			return c, args[1:], nil
		}
	}
	return command{}, nil, fmt.Errorf("there is no command %q", name)
}

// parse reads flags before, between and after the other arguments, which it
// returns. Behind -- nothing is a flag.
func parse(flags *flag.FlagSet, args []string) ([]string, error) {
	var others []string
	for {
		if err := flags.Parse(args); err != nil {
			return nil, err
		}
		rest := flags.Args()
		if len(rest) == 0 {
			return others, nil
		}
		if read := len(args) - len(rest); read > 0 && args[read-1] == "--" {
			return append(others, rest...), nil
		}
		others, args = append(others, rest[0]), rest[1:]
	}
}

// count compares arguments with their names: NAME is one that must be there,
// [NAME] one that may.
func count(names string, args []string) error {
	all := strings.Fields(names)
	if len(args) > len(all) {
		return fmt.Errorf("unexpected argument %q", args[len(all)])
	}
	for _, missing := range all[len(args):] {
		if !strings.HasPrefix(missing, "[") {
			return fmt.Errorf("%s is missing", missing)
		}
	}
	return nil
}
