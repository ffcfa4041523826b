package harness

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// Pause has the server stand still where it is, until Resume: connections stay open
// and nothing on them is answered.
func (m *MySQL) Pause() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.signal(syscall.SIGSTOP)
}

// Resume lets a paused server go on.
func (m *MySQL) Resume() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.signal(syscall.SIGCONT)
}

// signal sends a signal to the server itself, not to who minds it.
func (m *MySQL) signal(s syscall.Signal) error {
	text, err := os.ReadFile(filepath.Join(m.data(), "server.pid"))
	if err != nil {
		return fmt.Errorf("send %s to mysql: %w", s, err)
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil {
		return fmt.Errorf("send %s to mysql: %w", s, err)
	}
	if err := syscall.Kill(pid, s); err != nil {
		return fmt.Errorf("send %s to mysql: %w", s, err)
	}
	return nil
}

// Pause has the agent stand still where it is, until Resume.
func (c *Consul) Pause() error { return c.signal(syscall.SIGSTOP) }

// Resume lets a paused agent go on.
func (c *Consul) Resume() error { return c.signal(syscall.SIGCONT) }

func (c *Consul) signal(s syscall.Signal) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.process == nil {
		return fmt.Errorf("consul: %w", errNotStarted)
	}
	return c.process.Signal(s)
}
