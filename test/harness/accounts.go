package harness

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/go-sql-driver/mysql"
)

// Install makes the service's database on the server, as deploy/mysql/README.md says:
// an account that migrates it, and one that may do what the running service needs and
// no more. The service is to be started with the latter's ServiceDSN and does not
// migrate by itself any more.
func (s *Service) Install(ctx context.Context, m *MySQL, database string) error {
	if err := m.Create(ctx, database); err != nil {
		return err
	}
	for _, user := range []string{database, admin(database)} {
		if err := m.exec(ctx, fmt.Sprintf("CREATE USER '%s'@'%%' IDENTIFIED BY '%s'", user, password)); err != nil {
			return err
		}
	}
	s.Set("STOCKONCE_DATABASE_MIGRATE_AT_START", "false")
	s.mu.Lock()
	s.admin = config(admin(database), m.Addr(), database).FormatDSN()
	s.mu.Unlock()
	if err := s.grant(ctx, m, database, "_admin"); err != nil {
		return err
	}
	if out, err := s.AsAdmin(ctx, "migrate"); err != nil {
		return fmt.Errorf("%w: %s", err, out)
	}
	return s.grant(ctx, m, database, "")
}

// AsAdmin is Command with the account for migrations and prune, past any proxy.
func (s *Service) AsAdmin(ctx context.Context, args ...string) (string, error) {
	s.mu.Lock()
	own := s.admin
	s.mu.Unlock()
	return s.command(ctx, []string{"STOCKONCE_DATABASE_DSN=" + own}, args)
}

// ServiceDSN is the address of a database, reached at addr, for the account that
// Install made for the service.
func ServiceDSN(addr, database string) string { return config(database, addr, database).FormatDSN() }

// grant applies a file of deploy/mysql/grants, in which the service's database and
// user are named otherwise.
func (s *Service) grant(ctx context.Context, m *MySQL, database, file string) error {
	root, err := Root()
	if err != nil {
		return err
	}
	program := filepath.Base(s.binary)
	text, err := os.ReadFile(filepath.Join(root, "deploy", "mysql", "grants", program+file+".sql"))
	if err != nil {
		return fmt.Errorf("grant: %w", err)
	}
	return m.exec(ctx, strings.ReplaceAll(string(text), "stockonce_"+program, database))
}

// config is how one of a server's accounts gets to a database.
func config(user, addr, database string) *mysql.Config {
	cfg := mysql.NewConfig()
	cfg.User, cfg.Passwd, cfg.Net, cfg.Addr, cfg.DBName = user, password, "tcp", addr, database
	return cfg
}

func admin(database string) string { return database + "_admin" }

// The account that every server is started with may do everything. Passwords are of
// servers on this machine that live as long as a test.
const (
	everything = "stockonce"
	password   = "stockonce"
)
