package wire

import (
	"fmt"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// TCP is a proxy in front of one or several servers that passes bytes on without
// understanding them, and fails in the ways in which networks fail. Connections are
// spread over the servers; one that refuses is passed over. Its methods are safe for
// concurrent use.
type TCP struct {
	// Addr is where clients connect, as host:port.
	Addr string

	targets  []string
	listener net.Listener
	next     atomic.Uint64
	delay    atomic.Int64

	mu      sync.Mutex
	closed  bool
	refuse  bool
	mute    bool
	conns   map[*tcpConn]struct{}
	running sync.WaitGroup
}

// dialTimeout is how long a server may take to accept before the next one is tried.
const dialTimeout = 2 * time.Second

// NewTCP starts a proxy on a free port of 127.0.0.1 in front of targets, which need
// not be there yet.
func NewTCP(targets ...string) (*TCP, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("tcp proxy: %w", err)
	}
	p := &TCP{Addr: l.Addr().String(), targets: targets, listener: l, conns: map[*tcpConn]struct{}{}}
	p.running.Go(func() {
		for {
			client, err := l.Accept()
			if err != nil {
				return // closed
			}
			p.running.Go(func() { p.serve(client) })
		}
	})
	return p, nil
}

// Delay makes everything that clients send wait for d before it is passed on.
func (p *TCP) Delay(d time.Duration) { p.delay.Store(int64(d)) }

// Mute drops all that the servers send while it is on: requests arrive and are
// carried out, and nobody hears of it. Connections that lost something this way are
// broken when it ends, for a stream must not have holes.
func (p *TCP) Mute(on bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.mute = on
	if on {
		return
	}
	for c := range p.conns {
		if c.holed {
			c.close()
		}
	}
}

// Refuse breaks all connections, and new ones as soon as they are made, while it is on.
func (p *TCP) Refuse(on bool) {
	p.mu.Lock()
	p.refuse = on
	p.mu.Unlock()
	if on {
		p.Cut()
	}
}

// Cut breaks all connections there are, with whatever is under way on them.
func (p *TCP) Cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for c := range p.conns {
		c.close()
	}
}

// Close ends the proxy for good and waits until all of it is gone.
func (p *TCP) Close() {
	p.mu.Lock()
	p.closed = true
	p.mu.Unlock()
	_ = p.listener.Close()
	p.Cut()
	p.running.Wait()
}

func (p *TCP) serve(client net.Conn) {
	server := p.dial()
	c := &tcpConn{client: client, server: server, gone: make(chan struct{})}
	p.mu.Lock()
	good := server != nil && !p.closed && !p.refuse
	if good {
		p.conns[c] = struct{}{}
	}
	p.mu.Unlock()
	if !good {
		c.close()
		return
	}
	var replies sync.WaitGroup
	replies.Go(func() { p.pass(c, c.server, c.client, p.reply) })
	p.pass(c, c.client, c.server, p.request)
	replies.Wait()
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.conns, c)
}

// dial connects to the next server that accepts; nil when none does.
func (p *TCP) dial() net.Conn {
	first := p.next.Add(1)
	for i := range uint64(len(p.targets)) {
		target := p.targets[(first+i)%uint64(len(p.targets))]
		if server, err := net.DialTimeout("tcp", target, dialTimeout); err == nil {
			return server
		}
	}
	return nil
}

// tcpConn is one connection through the proxy.
type tcpConn struct {
	client, server net.Conn
	once           sync.Once
	gone           chan struct{}
	holed          bool // something was dropped; under the proxy's lock
}

// close breaks both sides at once, as a cut cable looks to those who still send.
func (c *tcpConn) close() {
	c.once.Do(func() {
		for _, side := range []net.Conn{c.client, c.server} {
			if tcp, ok := side.(*net.TCPConn); ok {
				_ = tcp.SetLinger(0)
				_ = tcp.Close()
			}
		}
		close(c.gone)
	})
}

// pass reads from one side until either is gone, and hands every piece to forward,
// which tells whether to go on.
func (p *TCP) pass(c *tcpConn, from, to net.Conn, forward func(c *tcpConn, to net.Conn, piece []byte) bool) {
	defer c.close()
	buffer := make([]byte, 32<<10)
	for {
		n, err := from.Read(buffer)
		if n > 0 && !forward(c, to, buffer[:n]) {
			return
		}
		if err != nil {
			return
		}
	}
}

func (p *TCP) request(c *tcpConn, to net.Conn, piece []byte) bool {
	if d := time.Duration(p.delay.Load()); d > 0 {
		timer := time.NewTimer(d)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-c.gone:
			return false
		}
	}
	_, err := to.Write(piece)
	return err == nil
}

func (p *TCP) reply(c *tcpConn, to net.Conn, piece []byte) bool {
	p.mu.Lock()
	c.holed = c.holed || p.mute
	holed := c.holed
	p.mu.Unlock()
	if holed {
		return true
	}
	_, err := to.Write(piece)
	return err == nil
}
