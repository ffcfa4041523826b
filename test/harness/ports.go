package harness

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"strconv"
	"sync"
)

var ports = struct {
	sync.Mutex
	given map[int]bool
}{given: map[int]bool{}}

// FreePort returns a TCP port of 127.0.0.1 that nobody uses and that this process
// has not given out before. It is below the range that the system gives to outgoing
// connections, so it can be used again after a restart.
func FreePort() (int, error) {
	const low, high = 15000, 32000
	ports.Lock()
	defer ports.Unlock()
	for range 1000 {
		port := low + rand.IntN(high-low)
		if ports.given[port] {
			continue
		}
		l, err := net.Listen("tcp", Local(port))
		if err != nil {
			continue
		}
		if err := l.Close(); err != nil {
			return 0, fmt.Errorf("find a free port: %w", err)
		}
		ports.given[port] = true
		return port, nil
	}
	return 0, errors.New("find a free port: none in a thousand tries")
}

// Local is the address of a port on this machine.
func Local(port int) string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(port)) }
