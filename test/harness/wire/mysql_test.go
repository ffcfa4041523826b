package wire_test

import (
	"context"
	"database/sql"
	"fmt"
	"testing"
	"time"

	"github.com/stockonce/stockonce/test/harness"
	"github.com/stockonce/stockonce/test/harness/wire"
)

// bundle is a table on a real server, reached through a proxy and directly.
type bundle struct {
	proxy           *wire.MySQL
	proxied, direct *sql.DB
}

func TestMySQL(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	folder := t.TempDir()
	program, err := harness.BuildWithMySQL(ctx, folder)
	if err != nil {
		t.Fatal(err)
	}
	server, err := harness.StartMySQL(ctx, program, folder)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Stop(); err != nil {
			t.Error(err)
		}
	})
	for i, test := range []struct {
		name string
		f    func(context.Context, *testing.T, bundle)
	}{
		{"a commit held before has not happened yet", commitHeldBefore},
		{"a commit cut before never happens", commitCutBefore},
		{"a commit held after has happened and its client does not know", commitHeldAfter},
		{"a trap is for the transactions that it names, as often as it was armed for", trapIsSelective},
		{"a statement is caught by a part of its text", statementIsCaught},
		{"a proxy that is down refuses, and is there again when it is up", downAndUp},
		{"a proxy that is closed lets nothing hang", closedProxy},
	} {
		t.Run(test.name, func(t *testing.T) {
			name := fmt.Sprintf("wire%d", i)
			if err := server.Create(ctx, name); err != nil {
				t.Fatal(err)
			}
			b := bundle{direct: open(t, server.DSN(name))}
			if b.proxy, err = wire.NewMySQL(server.Addr()); err != nil {
				t.Fatal(err)
			}
			b.proxied = open(t, harness.DSN(b.proxy.Addr, name))
			if i != 6 { // that one closes it itself
				t.Cleanup(b.proxy.Close)
			}
			if _, err := b.direct.ExecContext(ctx, "CREATE TABLE payments (id int PRIMARY KEY)"); err != nil {
				t.Fatal(err)
			}
			test.f(ctx, t, b)
		})
	}
}

func commitHeldBefore(ctx context.Context, t *testing.T, b bundle) {
	trap := b.proxy.Arm(wire.Before, 1, wire.Commit("INSERT INTO payments"))
	done := async(func() error { return b.insert(ctx, 1) })
	held := caught(ctx, t, trap)
	b.wantRows(ctx, t, 0)
	held.Pass()
	if err := <-done; err != nil {
		t.Error(err)
	}
	b.wantRows(ctx, t, 1)
}

func commitCutBefore(ctx context.Context, t *testing.T, b bundle) {
	trap := b.proxy.Arm(wire.Before, 1, wire.Commit("INSERT INTO payments"))
	done := async(func() error { return b.insert(ctx, 1) })
	caught(ctx, t, trap).Cut()
	if err := <-done; err == nil {
		t.Error("the commit is reported as done")
	}
	b.wantRows(ctx, t, 0)
}

func commitHeldAfter(ctx context.Context, t *testing.T, b bundle) {
	trap := b.proxy.Arm(wire.After, 1, wire.Commit("INSERT INTO payments"))
	done := async(func() error { return b.insert(ctx, 1) })
	held := caught(ctx, t, trap)
	b.wantRows(ctx, t, 1)
	select {
	case err := <-done:
		t.Fatalf("the client has its answer while it is held: %v", err)
	default:
	}
	held.Cut()
	if err := <-done; err == nil {
		t.Error("the client has its answer although it was cut")
	}
}

func trapIsSelective(ctx context.Context, t *testing.T, b bundle) {
	trap := b.proxy.Arm(wire.Before, 1, wire.Commit("INSERT INTO refunds"))
	if err := b.insert(ctx, 1); err != nil {
		t.Fatal(err)
	}
	trap.Disarm()
	trap = b.proxy.Arm(wire.Before, 1, wire.Commit("INSERT INTO payments"))
	done := async(func() error { return b.insert(ctx, 2) })
	held := caught(ctx, t, trap)
	if err := b.insert(ctx, 3); err != nil {
		t.Errorf("a second commit was caught by a trap for one: %v", err)
	}
	held.Pass()
	if err := <-done; err != nil {
		t.Error(err)
	}
	b.wantRows(ctx, t, 3)
}

func statementIsCaught(ctx context.Context, t *testing.T, b bundle) {
	trap := b.proxy.Arm(wire.Before, 1, wire.Containing("(7)"))
	done := async(func() error { return b.insert(ctx, 7) })
	caught(ctx, t, trap).Pass()
	if err := <-done; err != nil {
		t.Error(err)
	}
	b.wantRows(ctx, t, 1)
}

func downAndUp(ctx context.Context, t *testing.T, b bundle) {
	if err := b.proxied.PingContext(ctx); err != nil {
		t.Fatal(err)
	}
	b.proxy.Down()
	if err := b.proxied.PingContext(ctx); err == nil {
		t.Error("the database answers through a proxy that is down")
	}
	if err := b.proxy.Up(); err != nil {
		t.Fatal(err)
	}
	if err := b.proxied.PingContext(ctx); err != nil {
		t.Error(err)
	}
}

func closedProxy(ctx context.Context, t *testing.T, b bundle) {
	trap := b.proxy.Arm(wire.Before, 1, wire.Containing("INSERT"))
	done := async(func() error { return b.insert(ctx, 1) })
	caught(ctx, t, trap)
	b.proxy.Close()
	if err := <-done; err == nil {
		t.Error("a statement went through a proxy that is closed")
	}
	b.wantRows(ctx, t, 0)
}

// insert inserts a payment in a transaction, through the proxy.
func (b bundle) insert(ctx context.Context, id int) error {
	tx, err := b.proxied.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, fmt.Sprintf("INSERT INTO payments VALUES (%d)", id)); err != nil {
		_ = tx.Rollback()
		return err
	}
	return tx.Commit()
}

func (b bundle) wantRows(ctx context.Context, t *testing.T, want int) {
	t.Helper()
	var n int
	if err := b.direct.QueryRowContext(ctx, "SELECT COUNT(*) FROM payments").Scan(&n); err != nil || n != want {
		t.Errorf("%d payments in the database, want %d (error %v)", n, want, err)
	}
}

func open(t *testing.T, dsn string) *sql.DB {
	t.Helper()
	db, err := sql.Open("mysql", dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

func async(f func() error) <-chan error {
	done := make(chan error, 1)
	go func() { done <- f() }()
	return done
}

func caught(ctx context.Context, t *testing.T, trap *wire.Trap) *wire.Held {
	t.Helper()
	held, err := trap.Wait(ctx)
	if err != nil {
		t.Fatal(err)
	}
	return held
}
