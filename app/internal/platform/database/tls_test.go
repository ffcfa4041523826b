package database_test

import (
	"context"
	"database/sql"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/go-sql-driver/mysql"

	"github.com/stockonce/stockonce/app/internal/platform/conf"
	"github.com/stockonce/stockonce/app/internal/platform/database"
	"github.com/stockonce/stockonce/app/internal/platform/dbtest/server"
	"github.com/stockonce/stockonce/app/internal/platform/tlsfile/tlstest"
)

// encrypted is a database server with TLS, and an account that must show a client's
// certificate.
type encrypted struct {
	servers, clients *tlstest.Authority
	dsn              string // of the account, and the database
}

func startEncrypted(t *testing.T) encrypted {
	t.Helper()
	e := encrypted{servers: tlstest.NewAuthority(t), clients: tlstest.NewAuthority(t)}
	files := e.servers.Issue(t, time.Hour, "127.0.0.1").NewFiles(t)
	s, err := server.Start(t.Context(), server.Options{Binary: os.Getenv("TEST_MYSQL_SERVER"), Cert: files.Cert, Key: files.Key, CA: e.clients.File})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Stop)
	root, err := sql.Open("mysql", s.DSN())
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	for _, statement := range []string{
		"CREATE DATABASE shop", "CREATE USER guarded IDENTIFIED BY 'pw' REQUIRE X509", "GRANT ALL ON shop.* TO guarded",
	} {
		if _, err := root.ExecContext(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	cfg, err := mysql.ParseDSN(s.DSN())
	if err != nil {
		t.Fatal(err)
	}
	cfg.User, cfg.Passwd, cfg.DBName = "guarded", "pw", "shop"
	e.dsn = cfg.FormatDSN()
	return e
}

// cipher connects and returns what the session is encrypted with.
func (e encrypted) cipher(t *testing.T, cfg *conf.ClientTls) (name string, err error) {
	t.Helper()
	db, err := database.Open(&conf.Database{Driver: "mysql", Dsn: e.dsn, MaxOpen: 1, Tls: cfg})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var variable string
	err = db.Write.QueryRowContext(t.Context(), "SHOW SESSION STATUS LIKE 'Ssl_cipher'").Scan(&variable, &name)
	return name, err
}

func TestMySQLIsSpokenToOverTLS(t *testing.T) {
	e := startEncrypted(t)
	ours := e.clients.Issue(t, time.Hour, "order").NewFiles(t)
	strangers := tlstest.NewAuthority(t)
	theirs := strangers.Issue(t, time.Hour, "order").NewFiles(t)

	t.Run("with the certificate that the account asks for", func(t *testing.T) {
		name, err := e.cipher(t, &conf.ClientTls{CaFile: e.servers.File, CertFile: ours.Cert, KeyFile: ours.Key})
		if err != nil || name == "" {
			t.Errorf("encrypted with %q, %v", name, err)
		}
	})
	for name, cfg := range map[string]*conf.ClientTls{
		"without a certificate":         {CaFile: e.servers.File},
		"with a stranger's certificate": {CaFile: e.servers.File, CertFile: theirs.Cert, KeyFile: theirs.Key},
		"a server of another authority": {CaFile: strangers.File, CertFile: ours.Cert, KeyFile: ours.Key},
		"a server of another name":      {CaFile: e.servers.File, CertFile: ours.Cert, KeyFile: ours.Key, ServerName: "db.example.com"},
		"in plain text":                 nil,
	} {
		t.Run(name+" there is no connection", func(t *testing.T) {
			if cipher, err := e.cipher(t, cfg); err == nil {
				t.Errorf("connected, encrypted with %q", cipher)
			}
		})
	}
}

func TestNewConnectionsToMySQLShowTheNewCertificate(t *testing.T) {
	e := startEncrypted(t)
	files := tlstest.NewAuthority(t).Issue(t, time.Hour, "order").NewFiles(t)
	db, err := database.Open(&conf.Database{Driver: "mysql", Dsn: e.dsn, MaxOpen: 1,
		Tls: &conf.ClientTls{CaFile: e.servers.File, CertFile: files.Cert, KeyFile: files.Key}})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if err := db.Ping(t.Context()); err == nil {
		t.Fatal("a stranger's certificate was taken")
	}
	files.Replace(t, e.clients.Issue(t, time.Hour, "order"))
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	for db.Ping(ctx) != nil {
		select {
		case <-ctx.Done():
			t.Fatal("the new certificate is not used")
		case <-time.After(50 * time.Millisecond):
		}
	}
}

func TestTLSIsSaidInOnePlace(t *testing.T) {
	cfg := &conf.Database{Driver: "mysql", Dsn: "user@tcp(127.0.0.1:3306)/db?tls=true", Tls: &conf.ClientTls{}}
	if _, err := database.Open(cfg); err == nil || !strings.HasPrefix(err.Error(), "database.tls: ") {
		t.Errorf("error %v", err)
	}
	cfg = &conf.Database{Driver: "mysql", Dsn: "user@tcp(127.0.0.1:3306)/db", Tls: &conf.ClientTls{CaFile: "/nowhere/ca"}}
	if _, err := database.Open(cfg); err == nil || !strings.Contains(err.Error(), "/nowhere/ca") {
		t.Errorf("error %v", err)
	}
}
