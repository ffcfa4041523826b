package edge

import (
	"errors"
	"net"
	"sync"
	"sync/atomic"

	"google.golang.org/grpc/credentials"
)

var errConnections = errors.New("too many connections")

// boundedCredentials bounds how many gRPC connections are open at once, as connections
// does for HTTP: the handshake is where gRPC asks before it serves one.
type boundedCredentials struct {
	credentials.TransportCredentials

	most int64
	open *atomic.Int64
}

func bounded(inner credentials.TransportCredentials, most int32) credentials.TransportCredentials {
	return &boundedCredentials{inner, int64(most), &atomic.Int64{}}
}

// ServerHandshake implements credentials.TransportCredentials.
func (c *boundedCredentials) ServerHandshake(raw net.Conn) (net.Conn, credentials.AuthInfo, error) {
	if c.open.Add(1) > c.most {
		c.open.Add(-1)
		return nil, nil, errConnections
	}
	conn, info, err := c.TransportCredentials.ServerHandshake(raw)
	if err != nil {
		c.open.Add(-1)
		return nil, nil, err
	}
	return &countedConn{Conn: conn, open: c.open}, info, nil
}

// Clone implements credentials.TransportCredentials. Clones count together.
func (c *boundedCredentials) Clone() credentials.TransportCredentials {
	return &boundedCredentials{c.TransportCredentials.Clone(), c.most, c.open}
}

// countedConn is counted until it is closed.
type countedConn struct {
	net.Conn

	open *atomic.Int64
	once sync.Once
}

func (c *countedConn) Close() error {
	c.once.Do(func() { c.open.Add(-1) })
	return c.Conn.Close()
}
