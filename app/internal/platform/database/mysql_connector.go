package database

import (
	"context"
	"crypto/tls"
	"database/sql/driver"
	"fmt"
	"sync"

	"github.com/go-sql-driver/mysql"

	"github.com/stockonce/stockonce/app/internal/platform/tlsfile"
)

// connector makes connections with the certificates of that moment, and prepares
// every new connection's session.
type connector struct {
	config *mysql.Config
	tls    *tlsfile.Client // nil: what the DSN says

	mu    sync.Mutex
	inner driver.Connector
	made  *tls.Config // what inner was made with
}

func newConnector(c *mysql.Config, encrypted *tlsfile.Client) (*connector, error) {
	out := &connector{config: c, tls: encrypted}
	_, err := out.current()
	return out, err
}

// current is the driver's connector with the certificates of now. The driver takes
// them once for all: nothing of ours is registered there by name.
func (c *connector) current() (driver.Connector, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	var wanted *tls.Config
	if c.tls != nil {
		wanted = c.tls.Config()
	}
	if c.inner != nil && c.made == wanted {
		return c.inner, nil
	}
	config := c.config.Clone()
	if wanted != nil {
		config.TLS = wanted.Clone()
	}
	inner, err := mysql.NewConnector(config)
	if err != nil {
		return nil, fmt.Errorf("database.dsn: %w", err)
	}
	c.inner, c.made = inner, wanted
	return inner, nil
}

func (c *connector) Connect(ctx context.Context) (driver.Conn, error) {
	inner, err := c.current()
	if err != nil {
		return nil, err
	}
	conn, err := inner.Connect(ctx)
	if err != nil {
		return nil, err
	}
	execer, ok := conn.(driver.ExecerContext)
	if !ok {
		_ = conn.Close()
		return nil, fmt.Errorf("%T cannot run statements", conn)
	}
	for _, statement := range session {
		if _, err := execer.ExecContext(ctx, statement, nil); err != nil {
			_ = conn.Close()
			return nil, fmt.Errorf("prepare session: %w", err)
		}
	}
	return conn, nil
}

func (c *connector) Driver() driver.Driver { return &mysql.MySQLDriver{} }
