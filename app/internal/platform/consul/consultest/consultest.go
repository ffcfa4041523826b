// Package consultest runs a real Consul agent for tests.
package consultest

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// Agent is a private development agent: it forgets everything when it stops.
type Agent struct {
	// Address is host:port of its HTTP API; it stays the same over restarts.
	Address string
	ports   [4]int
	cmd     *exec.Cmd
}

// Start runs an agent until the test ends. The binary is the one that TEST_CONSUL
// names, or bin/consul at the root of the workspace; a test without one fails.
func Start(t *testing.T) *Agent {
	t.Helper()
	a := New(t)
	a.Start(t)
	return a
}

// New reserves an agent's address without starting it.
func New(t *testing.T) *Agent {
	t.Helper()
	a := &Agent{}
	for i := range a.ports {
		lis, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer lis.Close() // all at once, so that they differ
		a.ports[i] = lis.Addr().(*net.TCPAddr).Port
	}
	a.Address = fmt.Sprintf("127.0.0.1:%d", a.ports[0])
	return a
}

// Start starts the agent and waits until it has a leader.
func (a *Agent) Start(t *testing.T) {
	t.Helper()
	port := func(i int) string { return fmt.Sprint(a.ports[i]) }
	cmd := exec.Command(binary(t), "agent", "-dev", "-client", "127.0.0.1", "-bind", "127.0.0.1",
		"-http-port", port(0), "-grpc-port", port(1), "-grpc-tls-port", "-1", "-dns-port", "-1",
		"-server-port", port(2), "-serf-lan-port", port(3), "-serf-wan-port", "-1",
		"-disable-host-node-id", "-log-level", "warn", "-hcl", "disable_update_check = true")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	a.cmd = cmd
	t.Cleanup(func() { a.stop(cmd) })
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	for !a.ledBy(ctx) {
		if ctx.Err() != nil {
			t.Fatal("consul has no leader")
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// Stop ends the agent and all it knows.
func (a *Agent) Stop() { a.stop(a.cmd) }

func (a *Agent) stop(cmd *exec.Cmd) {
	if cmd.ProcessState == nil {
		_ = cmd.Process.Signal(syscall.SIGKILL)
		_ = cmd.Wait()
	}
}

// Put writes a key; an empty value deletes it.
func (a *Agent) Put(t *testing.T, key, value string) {
	t.Helper()
	method := http.MethodPut
	if value == "" {
		method = http.MethodDelete
	}
	req, err := http.NewRequest(method, "http://"+a.Address+"/v1/kv/"+key, strings.NewReader(value))
	if err != nil {
		t.Fatal(err)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		t.Fatalf("consul answered %s", res.Status)
	}
}

func (a *Agent) ledBy(ctx context.Context) bool {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+a.Address+"/v1/status/leader", nil)
	if err != nil {
		return false
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return false
	}
	defer res.Body.Close()
	var leader [64]byte
	n, _ := res.Body.Read(leader[:])
	return n > len(`""`)
}

func binary(t *testing.T) string {
	t.Helper()
	if path := os.Getenv("TEST_CONSUL"); path != "" {
		return path
	}
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for ; dir != filepath.Dir(dir); dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "go.work")); err == nil {
			path := filepath.Join(dir, "bin", "consul")
			if _, err := os.Stat(path); err == nil {
				return path
			}
			break
		}
	}
	t.Fatal("no Consul: set TEST_CONSUL to its binary, or build bin/consul from tools/consul")
	return ""
}
