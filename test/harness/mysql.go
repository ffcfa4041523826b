package harness

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/go-sql-driver/mysql"
)

// MySQL is a private MySQL-compatible server that keeps its data folder and port
// when it is started again, and loses no commit when it is killed. Its methods are
// safe for concurrent use.
type MySQL struct {
	withMySQL string
	folder    string
	port      int

	mu      sync.Mutex
	process *Process // withmysql, which minds the server
}

// serverWait bounds how long a server may take to answer; MySQL 9.7 writes the files of
// its first start for more than a minute on a busy machine.
const serverWait = 3 * time.Minute

// StartMySQL starts a server on a fresh data folder below folder and waits until it
// answers. withMySQL is the path from BuildWithMySQL; TEST_MYSQL_SERVER may name the
// server's program.
func StartMySQL(ctx context.Context, withMySQL, folder string) (*MySQL, error) {
	port, err := FreePort()
	if err != nil {
		return nil, err
	}
	m := &MySQL{withMySQL: withMySQL, folder: folder, port: port}
	return m, m.Run(ctx)
}

// Run starts the server again on the same data and waits until it answers.
func (m *MySQL) Run(ctx context.Context) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	p, err := Start(Command{
		Name: "mysql", Path: m.withMySQL, HoldInput: true,
		Args: []string{"-durable", "-data", m.data(), "-port", strconv.Itoa(m.port), "--", "cat"},
		Env:  without(os.Environ(), "TEST_MYSQL_DSN"),
		Log:  filepath.Join(m.folder, "mysql.log"),
	})
	if err != nil {
		return err
	}
	m.process = p
	db, err := sql.Open("mysql", m.DSN(""))
	if err != nil {
		return fmt.Errorf("open mysql: %w", err)
	}
	defer db.Close()
	ctx, cancel := context.WithTimeout(ctx, serverWait)
	defer cancel()
	return Await(ctx, db.PingContext, p)
}

// Addr is the server's host:port.
func (m *MySQL) Addr() string { return Local(m.port) }

// DSN is the address of one of the server's databases.
func (m *MySQL) DSN(database string) string { return DSN(m.Addr(), database) }

// DSN is the address of a database of a server that StartMySQL started, reached at
// addr, which may be a proxy's, for one who may do everything. Services are not to.
func DSN(addr, database string) string { return config(everything, addr, database).FormatDSN() }

// Create creates an empty database.
func (m *MySQL) Create(ctx context.Context, database string) error {
	return m.exec(ctx, "CREATE DATABASE "+database+" CHARACTER SET utf8mb4")
}

// Drop drops a database and the accounts that it may have.
func (m *MySQL) Drop(ctx context.Context, database string) error {
	return m.exec(ctx, fmt.Sprintf("DROP DATABASE %s; DROP USER IF EXISTS '%s'@'%%', '%s'@'%%'", database, database, admin(database)))
}

// Deadlocks is how often InnoDB has given up a transaction because of a deadlock
// since the server started.
func (m *MySQL) Deadlocks(ctx context.Context) (n int64, err error) {
	db, err := sql.Open("mysql", m.DSN(""))
	if err != nil {
		return 0, fmt.Errorf("open mysql: %w", err)
	}
	defer db.Close()
	err = db.QueryRowContext(ctx, "SELECT count FROM information_schema.innodb_metrics WHERE name = 'lock_deadlocks'").Scan(&n)
	if err != nil {
		return 0, fmt.Errorf("read the deadlock counter: %w", err)
	}
	return n, nil
}

// Kill ends the server at once, as kill -9 does.
func (m *MySQL) Kill() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.signal(syscall.SIGKILL); err != nil {
		return err
	}
	return m.stop()
}

// Stop shuts the server down and waits until it is gone.
func (m *MySQL) Stop() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.stop()
}

// stop ends the minder's command, after which the minder ends the server.
func (m *MySQL) stop() error {
	if m.process == nil {
		return fmt.Errorf("mysql: %w", errNotStarted)
	}
	_ = m.process.stdin.Close()
	<-m.process.Done()
	return nil
}

func (m *MySQL) data() string { return filepath.Join(m.folder, "mysql") }

// exec runs statements, as many as there are.
func (m *MySQL) exec(ctx context.Context, statements string) error {
	cfg := config(everything, m.Addr(), "")
	cfg.MultiStatements = true
	connector, err := mysql.NewConnector(cfg)
	if err != nil {
		return fmt.Errorf("open mysql: %w", err)
	}
	db := sql.OpenDB(connector)
	defer db.Close()
	if _, err := db.ExecContext(ctx, statements); err != nil {
		return fmt.Errorf("%s: %w", statements, err)
	}
	return nil
}

// without returns env without one variable.
func without(env []string, name string) []string {
	var rest []string
	for _, entry := range env {
		if !strings.HasPrefix(entry, name+"=") {
			rest = append(rest, entry)
		}
	}
	return rest
}
