package database

import (
	"context"
	"database/sql/driver"
	"fmt"
	"time"
)

// rollbackTime is how long a ROLLBACK may take. What is not rolled back by then is when
// the connection closes.
const rollbackTime = time.Second

// watch surrounds a connector: its connections note whether writes succeed, and end a
// transaction within the time that the caller gave it. A remote database is one behind a
// network.
func watch(c driver.Connector, w *writes, remote bool) driver.Connector {
	return &watchedConnector{c, w, remote}
}

type watchedConnector struct {
	driver.Connector

	writes *writes
	remote bool
}

func (c *watchedConnector) Connect(ctx context.Context) (driver.Conn, error) {
	inner, err := c.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	full, ok := inner.(fullConn)
	if !ok {
		_ = inner.Close()
		return nil, fmt.Errorf("%T lacks what connections are used for here", inner)
	}
	return &conn{fullConn: full, writes: c.writes, remote: c.remote}, nil
}

// fullConn is what the connections of both drivers can do.
type fullConn interface {
	driver.Conn
	driver.ConnBeginTx
	driver.ConnPrepareContext
	driver.ExecerContext
	driver.QueryerContext
	driver.Pinger
	driver.SessionResetter
	driver.Validator
}

// checker is what only MySQL's can do: see its values before they are converted.
type checker = driver.NamedValueChecker

type conn struct {
	fullConn

	writes *writes
	remote bool
}

// CheckNamedValue implements driver.NamedValueChecker.
func (c *conn) CheckNamedValue(v *driver.NamedValue) error {
	if inner, ok := c.fullConn.(checker); ok {
		return inner.CheckNamedValue(v)
	}
	return driver.ErrSkip
}

func (c *conn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	result, err := c.fullConn.ExecContext(ctx, query, args)
	c.writes.note(err)
	return result, err
}

func (c *conn) BeginTx(ctx context.Context, opts driver.TxOptions) (driver.Tx, error) {
	inner, err := c.fullConn.BeginTx(ctx, opts)
	if err != nil {
		c.writes.note(err)
		return nil, err
	}
	return &tx{inner, c, ctx}, nil
}

// tx ends when its caller's time does. MySQL's own Commit and Rollback know no
// context: on a server that stands still they would wait for the read time-out.
type tx struct {
	driver.Tx

	conn *conn
	ctx  context.Context //nolint:containedctx // the one that began it
}

// Commit implements driver.Tx. When it is cut short the outcome is unknown.
func (t *tx) Commit() error {
	err := t.end(t.ctx, "COMMIT", t.Tx.Commit)
	t.conn.writes.note(err)
	return err
}

// Rollback implements driver.Tx.
func (t *tx) Rollback() error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(t.ctx), rollbackTime)
	defer cancel()
	return t.end(ctx, "ROLLBACK", t.Tx.Rollback)
}

// end ends the transaction. SQLite's driver heeds the context by itself.
func (t *tx) end(ctx context.Context, statement string, plain func() error) error {
	if !t.conn.remote {
		return plain()
	}
	_, err := t.conn.fullConn.ExecContext(ctx, statement, nil)
	if err != nil {
		// It may be open still. It must not be found open by the connection's next
		// user, whose BEGIN would commit it; with the connection the server ends it.
		_ = t.conn.Close()
	}
	return err
}
