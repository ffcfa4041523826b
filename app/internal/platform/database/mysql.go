package database

import (
	"errors"
	"log/slog"
	"time"

	"entgo.io/ent/dialect"
	"github.com/go-sql-driver/mysql"

	"github.com/stockonce/stockonce/app/internal/platform/conf"
	"github.com/stockonce/stockonce/app/internal/platform/tlsfile"
)

// session is set on every new connection. Statements, not DSN parameters: the
// variable of the isolation level has different names on MySQL and MariaDB.
var session = []string{
	// A conditional decrement must see what others committed, not the snapshot of
	// the transaction's first read.
	"SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED",
	// A lock that is not had within seconds is better tried again.
	"SET SESSION time_zone = '+00:00', innodb_lock_wait_timeout = 5," +
		" sql_mode = 'STRICT_TRANS_TABLES,ONLY_FULL_GROUP_BY,NO_ZERO_IN_DATE,NO_ZERO_DATE,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION'",
}

// MySQLConfig parses the configured DSN, adds the password and sets what the
// stores rely on.
func MySQLConfig(cfg *conf.Database) (*mysql.Config, error) {
	c, err := mysql.ParseDSN(cfg.GetDsn())
	if err != nil {
		// The driver's text may quote the DSN with its password.
		return nil, errors.New("database.dsn: not of the form user@tcp(host:port)/name")
	}
	if c.DBName == "" {
		return nil, errors.New("database.dsn: names no database")
	}
	if file := cfg.GetPasswordFile(); file != "" {
		if c.Passwd, err = secret(file); err != nil {
			return nil, err
		}
	}
	if cfg.GetTls() != nil && c.TLSConfig != "" {
		return nil, errors.New("database.tls: the DSN says tls as well")
	}
	c.ParseTime = true
	c.Loc = time.UTC
	c.Collation = "utf8mb4_bin"
	// Values are put into the statement by the driver: one round trip instead of
	// three. Safe with utf8mb4.
	c.InterpolateParams = true
	// RowsAffected counts rows changed, which the conditional updates rely on.
	c.ClientFoundRows = false
	if c.Timeout == 0 {
		c.Timeout = 3 * time.Second
	}
	if c.ReadTimeout == 0 {
		c.ReadTimeout = 30 * time.Second
	}
	if c.WriteTimeout == 0 {
		c.WriteTimeout = 30 * time.Second
	}
	return c, nil
}

func openMySQL(cfg *conf.Database) (*DB, error) {
	c, err := MySQLConfig(cfg)
	if err != nil {
		return nil, err
	}
	var encrypted *tlsfile.Client
	if cfg.GetTls() != nil {
		if encrypted, err = tlsfile.NewClient(cfg.GetTls(), "database.tls", slog.Default()); err != nil {
			return nil, err
		}
	}
	connector, err := newConnector(c, encrypted)
	if err != nil {
		return nil, err
	}
	w := &writes{}
	db := instrument(watch(connector, w, true), "mysql")
	limit := int(cfg.GetMaxOpen())
	db.SetMaxOpenConns(limit)
	// Idle connections are kept: opening one costs more than most transactions.
	db.SetMaxIdleConns(limit)
	db.SetConnMaxLifetime(30 * time.Minute)
	return &DB{Write: db, Read: db, Dialect: dialect.MySQL, writes: w}, nil
}
