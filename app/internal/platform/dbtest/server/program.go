package server

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
)

// ErrNoServer says that this machine has no server program.
var ErrNoServer = errors.New("no database server: install mariadb-server (or mysql-server-core), or set TEST_MYSQL_DSN to a server where databases may be created")

// The account that every server is started with.
const (
	user     = "stockonce"
	password = "stockonce"
)

type flavour string

const (
	mariaDB flavour = "MariaDB"
	mySQL   flavour = "MySQL"
)

// sbin are folders that hold servers but are often missing from a user's PATH.
var sbin = []string{"/usr/sbin", "/usr/local/sbin", "/usr/libexec", "/usr/local/opt/mariadb/bin"}

// find returns the server program's path.
func find(named string) (string, error) {
	if named != "" {
		path, err := exec.LookPath(named)
		if err != nil {
			return "", fmt.Errorf("database server: %w", err)
		}
		return path, nil
	}
	for _, name := range []string{"mariadbd", "mysqld"} {
		if path, err := exec.LookPath(name); err == nil {
			return path, nil
		}
		for _, folder := range sbin {
			if path, err := exec.LookPath(filepath.Join(folder, name)); err == nil {
				return path, nil
			}
		}
	}
	return "", ErrNoServer
}

func flavourOf(ctx context.Context, binary string) (flavour, error) {
	out, err := exec.CommandContext(ctx, binary, "--no-defaults", "--version").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("%s --version: %w: %s", binary, err, out)
	}
	if bytes.Contains(out, []byte(mariaDB)) {
		return mariaDB, nil
	}
	return mySQL, nil
}

// initialise fills an empty data folder with the system tables. A folder that has
// them is left as it is.
func initialise(ctx context.Context, binary string, f flavour, data string) (err error) {
	if _, err := os.Stat(filepath.Join(data, "mysql")); err == nil {
		return nil
	}
	if err := os.MkdirAll(data, 0o700); err != nil {
		return fmt.Errorf("make data folder: %w", err)
	}
	args := append([]string{"--no-defaults", "--datadir=" + data}, asUser()...)
	program := binary
	if f == mySQL {
		args = append(args, "--initialize-insecure")
	} else {
		var err error
		if program, err = exec.LookPath("mariadb-install-db"); err != nil {
			return fmt.Errorf("initialise data folder: %w", err)
		}
		args = append(args, "--auth-root-authentication-method=normal", "--skip-test-db")
	}
	// Its own, as with the server: see arguments.
	scratch, err := os.MkdirTemp("", "stockonce-init-")
	if err != nil {
		return fmt.Errorf("make scratch folder: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(scratch)) }()
	cmd := exec.CommandContext(ctx, program, args...) //nolint:gosec // the caller names it
	cmd.Env = append(os.Environ(), "TMPDIR="+scratch)
	out, err := cmd.CombinedOutput()
	if err != nil {
		return fmt.Errorf("initialise data folder: %w: %s", err, out[max(0, len(out)-2000):])
	}
	return nil
}

// arguments of the server itself. "loose" options are ignored by the flavour that
// does not know them.
func arguments(o Options, scratch string) ([]string, error) {
	accounts := filepath.Join(scratch, "accounts.sql")
	statements := "CREATE USER IF NOT EXISTS '" + user + "'@'%' IDENTIFIED BY '" + password + "';\n" +
		"GRANT ALL PRIVILEGES ON *.* TO '" + user + "'@'%' WITH GRANT OPTION;\n"
	if err := os.WriteFile(accounts, []byte(statements), 0o600); err != nil {
		return nil, fmt.Errorf("write accounts: %w", err)
	}
	args := []string{
		"--no-defaults",
		"--datadir=" + o.Data,
		"--socket=" + filepath.Join(scratch, "s"),
		// Its own: a server that starts deletes the temporary tables it finds, also those
		// of another that is at work.
		"--tmpdir=" + scratch,
		"--pid-file=" + filepath.Join(o.Data, PIDFile),
		"--init-file=" + accounts,
		"--bind-address=127.0.0.1",
		"--port=" + strconv.Itoa(o.Port),
		"--skip-name-resolve",
		"--skip-log-bin",
		"--loose-mysqlx=OFF",
		"--loose-performance-schema=OFF",
		"--loose-innodb-log-file-size=32M",
		"--loose-innodb-redo-log-capacity=64M",
		"--innodb-buffer-pool-size=64M",
		"--character-set-server=utf8mb4",
		"--max-connections=500",
	}
	if o.Durable {
		args = append(args, "--innodb-flush-log-at-trx-commit=1")
	} else {
		args = append(args, "--innodb-flush-log-at-trx-commit=0", "--innodb-doublewrite=0")
	}
	if o.Cert != "" {
		args = append(args, "--ssl-cert="+o.Cert, "--ssl-key="+o.Key, "--ssl-ca="+o.CA)
	}
	return append(args, asUser()...), nil
}

// PIDFile is the file in the data folder that holds the server's process id.
const PIDFile = "server.pid"

// asUser lets root run a server, which it refuses unless told.
func asUser() []string {
	if os.Getuid() == 0 {
		return []string{"--user=root"}
	}
	return nil
}
