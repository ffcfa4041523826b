package wire

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"sync"
)

// Statement is a point between a service and its database.
type Statement struct {
	// Text is the SQL as it was sent.
	Text string
	// Transaction holds the statements of the same transaction so far, without Text.
	Transaction []string
}

// Commit matches the commit of a transaction in which a statement holds part, as in
// "INSERT INTO `payments`".
func Commit(part string) func(Statement) bool {
	return func(s Statement) bool {
		return s.Text == "COMMIT" &&
			slices.ContainsFunc(s.Transaction, func(text string) bool { return strings.Contains(text, part) })
	}
}

// Containing matches a statement that holds part.
func Containing(part string) func(Statement) bool {
	return func(s Statement) bool { return strings.Contains(s.Text, part) }
}

// MySQL is a proxy in front of a MySQL-compatible server that reads the statements
// as they pass. It understands the plain protocol only: no TLS, no compression, no
// statements above 16 MB. Its methods are safe for concurrent use.
type MySQL struct {
	// Addr is where clients connect, as host:port.
	Addr string

	traps  traps
	target string

	mu       sync.Mutex
	listener net.Listener // nil while the proxy is down
	conns    map[*mysqlConn]struct{}
	running  sync.WaitGroup
}

// NewMySQL starts a proxy on a free port of 127.0.0.1 in front of target.
func NewMySQL(target string) (*MySQL, error) {
	p := &MySQL{Addr: "127.0.0.1:0", target: target, conns: map[*mysqlConn]struct{}{}}
	p.traps.closed = make(chan struct{})
	if err := p.Up(); err != nil {
		return nil, err
	}
	return p, nil
}

// Arm sets a trap for the next count statements that match.
func (p *MySQL) Arm(when When, count int, match func(Statement) bool) *Trap {
	return p.traps.arm(when, count, func(point any) bool {
		s, ok := point.(Statement)
		return ok && match(s)
	})
}

// Up makes the proxy accept connections again after Down.
func (p *MySQL) Up() error {
	l, err := net.Listen("tcp", p.Addr)
	if err != nil {
		return fmt.Errorf("mysql proxy: %w", err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.Addr, p.listener = l.Addr().String(), l
	p.running.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return // closed
			}
			p.running.Go(func() { p.serve(conn) })
		}
	})
	return nil
}

// Down breaks all connections and refuses new ones, as a server that is gone does.
func (p *MySQL) Down() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.listener != nil {
		_ = p.listener.Close()
		p.listener = nil
	}
	for c := range p.conns {
		c.close()
	}
}

// Close ends the proxy for good and waits until all of it is gone.
func (p *MySQL) Close() {
	close(p.traps.closed)
	p.Down()
	p.running.Wait()
}

func (p *MySQL) serve(client net.Conn) {
	server, err := new(net.Dialer).DialContext(context.Background(), "tcp", p.target)
	if err != nil {
		_ = client.Close()
		return
	}
	c := &mysqlConn{client: client, server: server, traps: &p.traps, gone: make(chan struct{})}
	p.mu.Lock()
	up := p.listener != nil
	if up {
		p.conns[c] = struct{}{}
	}
	p.mu.Unlock()
	if !up {
		c.close()
		return
	}
	var answers sync.WaitGroup
	answers.Go(func() {
		defer c.close()
		c.passAnswers()
	})
	c.passRequests()
	c.close()
	answers.Wait()
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.conns, c)
}

// mysqlConn is one connection through the proxy.
type mysqlConn struct {
	client, server net.Conn
	traps          *traps
	once           sync.Once
	gone           chan struct{}

	mu     sync.Mutex
	answer *Trap // holds the answer to the statement under way

	// Of passRequests alone.
	open        bool // a transaction is
	transaction []string
}

func (c *mysqlConn) close() {
	c.once.Do(func() {
		_ = c.client.Close()
		_ = c.server.Close()
		close(c.gone)
	})
}

// passRequests forwards the client's packets one by one until an end is closed.
func (c *mysqlConn) passRequests() {
	for {
		packet, err := readPacket(c.client)
		if err != nil || !c.pass(packet) {
			return
		}
		if _, err := c.server.Write(packet); err != nil {
			return
		}
	}
}

// headerSize is three bytes of length and one of sequence number.
const headerSize = 4

func readPacket(r io.Reader) ([]byte, error) {
	header := make([]byte, headerSize)
	if _, err := io.ReadFull(r, header); err != nil {
		return nil, err
	}
	size := int(header[0]) | int(header[1])<<8 | int(header[2])<<16
	if size == 1<<24-1 {
		return nil, errors.New("statement above 16 MB")
	}
	packet := slices.Concat(header, make([]byte, size))
	_, err := io.ReadFull(r, packet[headerSize:])
	return packet, err
}

// pass holds the packet if a trap wants it, and returns whether it may go on.
func (c *mysqlConn) pass(packet []byte) bool {
	const comQuery, comStmtPrepare = 0x03, 0x16
	// Packets of the login have other sequence numbers than 0.
	if len(packet) <= headerSize || packet[3] != 0 {
		return true
	}
	if command := packet[headerSize]; command != comQuery && command != comStmtPrepare {
		return true
	}
	s := Statement{Text: string(packet[headerSize+1:]), Transaction: slices.Clone(c.transaction)}
	switch s.Text {
	case "START TRANSACTION", "COMMIT", "ROLLBACK":
		c.open, c.transaction = s.Text == "START TRANSACTION", nil
	default:
		if c.open {
			c.transaction = append(c.transaction, s.Text)
		}
	}
	if t := c.traps.find(Before, s); t != nil && !c.traps.hold(t, c.gone) {
		return false
	}
	// Set before the statement leaves, so that the answer cannot be missed.
	c.mu.Lock()
	c.answer = c.traps.find(After, s)
	c.mu.Unlock()
	return true
}

// passAnswers forwards what the server sends. It sends nothing unasked, so the first
// bytes after a statement are its answer.
func (c *mysqlConn) passAnswers() {
	buffer := make([]byte, 32<<10)
	for {
		n, err := c.server.Read(buffer)
		if err != nil {
			return
		}
		c.mu.Lock()
		t := c.answer
		c.answer = nil
		c.mu.Unlock()
		if t != nil && !c.traps.hold(t, c.gone) {
			return
		}
		if _, err := c.client.Write(buffer[:n]); err != nil {
			return
		}
	}
}
