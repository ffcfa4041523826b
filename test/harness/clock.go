package harness

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// ErrNoClock says that clocks cannot be set here.
var ErrNoClock = errors.New("libfaketime is not installed (Debian's package faketime)")

// clockedServer runs the database server given as $SERVER with the clock that is
// written beside its data folder. Only the calendar is faked: time-outs inside the
// server go on as they do on a machine whose clock is set. Data folders are made without:
// it would take MySQL minutes.
const clockedServer = `#!/bin/sh
clock=
first=
for argument; do
	case $argument in
	--datadir=*) clock=${argument#--datadir=}.clock ;;
	--initialize*) first=yes ;;
	esac
done
if [ -z "$first" ] && [ -n "$clock" ] && [ -f "$clock" ]; then
	export LD_PRELOAD='LIBRARY' FAKETIME_TIMESTAMP_FILE="$clock" FAKETIME_CACHE_DURATION=1
	export FAKETIME_DONT_FAKE_MONOTONIC=1 NO_FAKE_STAT=1
fi
exec 'SERVER' "$@"
`

// WithClocks makes the servers that StartMySQL starts from now on have clocks that
// SetClock can set. It writes a program into folder and names it in
// TEST_MYSQL_SERVER, so call it before anything is started. Errors: ErrNoClock.
func WithClocks(folder string) error {
	library, err := faketime()
	if err != nil {
		return err
	}
	server := os.Getenv("TEST_MYSQL_SERVER")
	for _, name := range []string{"mariadbd", "/usr/sbin/mariadbd", "mysqld", "/usr/sbin/mysqld"} {
		if server == "" {
			server, _ = exec.LookPath(name) // none: the next
		}
	}
	if server == "" {
		return fmt.Errorf("set clocks: %w", exec.ErrNotFound)
	}
	program := filepath.Join(folder, "clocked-server")
	text := strings.NewReplacer("LIBRARY", library, "SERVER", server).Replace(clockedServer)
	if err := os.WriteFile(program, []byte(text), 0o700); err != nil {
		return fmt.Errorf("set clocks: %w", err)
	}
	return os.Setenv("TEST_MYSQL_SERVER", program)
}

func faketime() (string, error) {
	for _, pattern := range []string{
		"/usr/lib/*/faketime/libfaketimeMT.so.1", "/usr/lib/faketime/libfaketimeMT.so.1",
		"/usr/lib64/faketime/libfaketimeMT.so.1", "/usr/local/lib/faketime/libfaketimeMT.so.1",
	} {
		if found, err := filepath.Glob(pattern); err == nil && len(found) > 0 {
			return found[0], nil
		}
	}
	return "", ErrNoClock
}

// SetClock makes the server's calendar run off the machine's by the given time, to
// the second, within two seconds from now. Set it once before the server starts:
// without a clock of its own it takes the machine's for good.
func (m *MySQL) SetClock(off time.Duration) error { return setClock(m.data(), off) }

func setClock(data string, off time.Duration) error {
	file := data + ".clock"
	if err := os.WriteFile(file+".new", fmt.Appendf(nil, "%+d\n", int(off.Seconds())), 0o600); err != nil {
		return fmt.Errorf("set a clock: %w", err)
	}
	if err := os.Rename(file+".new", file); err != nil {
		return fmt.Errorf("set a clock: %w", err)
	}
	return nil
}

// StartClockedMySQL is StartMySQL of a server that has a clock, after WithClocks.
func StartClockedMySQL(ctx context.Context, withMySQL, folder string) (*MySQL, error) {
	if err := setClock(filepath.Join(folder, "mysql"), 0); err != nil {
		return nil, err
	}
	return StartMySQL(ctx, withMySQL, folder)
}
