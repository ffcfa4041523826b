// Package server runs throw-away MySQL and MariaDB servers for tests.
//
// A server listens on 127.0.0.1 only and belongs to the process that started it:
// when that process ends, however it ends, the server is stopped and its scratch
// folder removed.
package server

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

	"github.com/go-sql-driver/mysql"
)

// Options say what kind of server is wanted. The zero value is a fast scratch
// server that forgets everything.
type Options struct {
	// Binary is the server program; empty looks for mariadbd, then mysqld.
	Binary string
	// Data is a folder to keep the data in, which a later server can continue from;
	// empty means a scratch folder.
	Data string
	// Port is the TCP port; 0 takes a free one.
	Port int
	// Durable makes a commit survive a kill of the server, as in production. It
	// costs a disk flush per commit.
	Durable bool
	// Cert, Key and CA are files: the server's certificate for TLS, its key, and the
	// authorities of its clients. Without, it does what its program does by itself.
	Cert, Key, CA string
}

// Server is a running server. Its methods are safe for concurrent use.
type Server struct {
	dsn  string
	life io.Closer     // closing it ends the server
	done chan struct{} // closed when the server is gone
}

// startTimeout bounds one start; a busy machine needs seconds.
const startTimeout = 2 * time.Minute

// Start starts a server and waits until it answers. ctx bounds the start only.
func Start(ctx context.Context, o Options) (*Server, error) {
	binary, err := find(o.Binary)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	flavour, err := flavourOf(ctx, binary)
	if err != nil {
		return nil, err
	}
	// Another process may take the free port between its choice and its use.
	for try := 1; ; try++ {
		s, err := start(ctx, o, binary, flavour)
		if err == nil || o.Port != 0 || try == 3 || !errors.Is(err, errPortTaken) {
			return s, err
		}
	}
}

// DSN is the server's address in the form of go-sql-driver, without a database.
// Its user may do everything.
func (s *Server) DSN() string { return s.dsn }

// Done is closed when the server has ended.
func (s *Server) Done() <-chan struct{} { return s.done }

// Stop shuts the server down and waits until it is gone. A second call is harmless.
func (s *Server) Stop() {
	_ = s.life.Close()
	<-s.done
}

func start(ctx context.Context, o Options, binary string, flavour flavour) (_ *Server, err error) {
	// The scratch folder also holds the socket, whose path must be short.
	scratch, err := os.MkdirTemp("", "stockonce-db-")
	if err != nil {
		return nil, fmt.Errorf("make scratch folder: %w", err)
	}
	if o.Data == "" {
		o.Data = filepath.Join(scratch, "data")
	}
	if o.Port == 0 {
		if o.Port, err = freePort(ctx); err != nil {
			return nil, errors.Join(err, os.RemoveAll(scratch))
		}
	}
	if err := initialise(ctx, binary, flavour, o.Data); err != nil {
		return nil, errors.Join(err, os.RemoveAll(scratch))
	}
	args, err := arguments(o, scratch)
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(scratch))
	}
	s, err := supervise(scratch, binary, args)
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(scratch))
	}
	cfg := mysql.NewConfig()
	cfg.User, cfg.Passwd = user, password
	cfg.Net, cfg.Addr = "tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(o.Port))
	s.dsn = cfg.FormatDSN()
	log, err := os.Open(filepath.Join(scratch, logFile)) //nolint:gosec // our own folder
	if err == nil {
		defer log.Close() //nolint:errcheck // read only
		err = s.waitReady(ctx, log)
	}
	if err != nil {
		s.Stop()
		return nil, err
	}
	return s, nil
}

// supervisor runs the server until its standard input ends, which happens when the
// process that holds the other end is gone, and then removes the scratch folder.
const supervisor = `
scratch=$1; shift
exec 3<&0
"$@" </dev/null >"$scratch/` + logFile + `" 2>&1 3<&- &
server=$!
{ read -r _ || :; kill -TERM "$server"; } <&3 >/dev/null 2>&1 &
watcher=$!
exec 3<&-
wait "$server"
kill "$watcher" 2>/dev/null
rm -rf -- "$scratch"
`

const logFile = "server.log"

func supervise(scratch, binary string, args []string) (*Server, error) {
	// Created here so that it can be opened before the shell gets that far.
	if err := os.WriteFile(filepath.Join(scratch, logFile), nil, 0o600); err != nil {
		return nil, fmt.Errorf("make the server's log: %w", err)
	}
	//nolint:gosec // the caller names the server's program
	cmd := exec.CommandContext(context.Background(), "/bin/sh", append([]string{"-c", supervisor, "sh", scratch, binary}, args...)...)
	// A group of its own: Ctrl-C must not reach the server before its clients.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	life, err := cmd.StdinPipe()
	if err != nil {
		return nil, fmt.Errorf("start server: %w", err)
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start server: %w", err)
	}
	s := &Server{life: life, done: make(chan struct{})}
	go func() {
		_ = cmd.Wait() // the exit code is the shell's own
		close(s.done)
	}()
	return s, nil
}

var errPortTaken = errors.New("port taken")

// waitReady returns when the server answers its user, or says from the log why not.
func (s *Server) waitReady(ctx context.Context, log io.Reader) error {
	db, err := sql.Open("mysql", s.dsn)
	if err != nil {
		return fmt.Errorf("open server: %w", err)
	}
	defer db.Close() //nolint:errcheck // nothing was written
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		err := db.PingContext(ctx)
		if err == nil {
			return nil
		}
		select {
		case <-tick.C:
			continue
		case <-s.done:
			err = errors.New("it ended")
		case <-ctx.Done():
		}
		text, _ := io.ReadAll(log)
		if bytes.Contains(text, []byte("ddress already in use")) {
			return errPortTaken
		}
		return fmt.Errorf("database server did not start: %w; the end of its log:\n%s", err, text[max(0, len(text)-2000):])
	}
}

func freePort(ctx context.Context) (int, error) {
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return 0, fmt.Errorf("find a free port: %w", err)
	}
	defer l.Close() //nolint:errcheck // nothing was accepted
	_, port, err := net.SplitHostPort(l.Addr().String())
	if err != nil {
		return 0, fmt.Errorf("find a free port: %w", err)
	}
	return strconv.Atoi(port)
}
