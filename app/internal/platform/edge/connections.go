package edge

import (
	"net"
	"net/http"
	"sync"
)

// connections bounds how many are open at once: what each costs in memory is bounded,
// how many clients there are is not. One too many is closed at once, so that its client
// turns to another replica instead of waiting here.
type connections struct {
	most int

	mu   sync.Mutex
	open map[net.Conn]struct{}
}

// watch is an http.Server's ConnState.
func (c *connections) watch(conn net.Conn, state http.ConnState) {
	switch state {
	case http.StateNew:
		c.mu.Lock()
		room := len(c.open) < c.most
		if room {
			c.open[conn] = struct{}{}
		}
		c.mu.Unlock()
		if !room {
			_ = conn.Close()
		}
	case http.StateClosed, http.StateHijacked:
		c.mu.Lock()
		delete(c.open, conn)
		c.mu.Unlock()
	case http.StateActive, http.StateIdle:
	}
}
