package harness

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
)

// Consul is a private Consul agent that keeps its ports when it is started again.
// Its methods are safe for concurrent use.
type Consul struct {
	// Addr is the host:port of its HTTP API.
	Addr string

	binary string
	args   []string
	log    string

	mu      sync.Mutex
	process *Process
}

// StartConsul starts an agent and waits until it has a leader. Its data is below
// folder and is there again after a restart. The agent is bin/consul of the
// workspace, built if it is not there, which takes minutes the first time.
func StartConsul(ctx context.Context, folder string) (*Consul, error) {
	binary, err := consulBinary(ctx)
	if err != nil {
		return nil, err
	}
	// HTTP, gRPC, server RPC and gossip.
	var port [4]int
	for i := range port {
		if port[i], err = FreePort(); err != nil {
			return nil, err
		}
	}
	c := &Consul{
		Addr:   Local(port[0]),
		binary: binary,
		log:    filepath.Join(folder, "consul.log"),
		args: []string{
			"agent", "-server", "-bootstrap-expect", "1", "-data-dir", filepath.Join(folder, "consul"),
			"-node", "test", "-client", "127.0.0.1", "-bind", "127.0.0.1",
			"-http-port", strconv.Itoa(port[0]), "-grpc-port", strconv.Itoa(port[1]), "-grpc-tls-port", "-1",
			"-dns-port", "-1", "-server-port", strconv.Itoa(port[2]),
			"-serf-lan-port", strconv.Itoa(port[3]), "-serf-wan-port", "-1",
			"-disable-host-node-id", "-log-level", "warn", "-hcl", "disable_update_check = true",
			// One server needs no patience for elections.
			"-hcl", "performance { raft_multiplier = 1 }",
		},
	}
	return c, c.Run(ctx)
}

// Run starts the agent again and waits until it has a leader.
func (c *Consul) Run(ctx context.Context) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	p, err := Start(Command{Name: "consul", Path: c.binary, Args: c.args, Env: os.Environ(), Log: c.log})
	if err != nil {
		return err
	}
	c.process = p
	ctx, cancel := context.WithTimeout(ctx, startWait)
	defer cancel()
	return Await(ctx, func(ctx context.Context) error {
		var leader string
		if err := c.Get(ctx, "/v1/status/leader", &leader); err != nil {
			return err
		}
		if leader == "" {
			return errors.New("consul has no leader")
		}
		// A leader takes writes only a moment later.
		return c.Put(ctx, "harness/ready", "yes")
	}, p)
}

// Kill ends the agent at once, as kill -9 does.
func (c *Consul) Kill() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.process != nil {
		c.process.Kill()
	}
}

// Put sets a key.
func (c *Consul) Put(ctx context.Context, key, value string) error {
	return c.do(ctx, http.MethodPut, "/v1/kv/"+key, []byte(value), nil)
}

// Get asks the API for path and decodes the JSON answer into v.
func (c *Consul) Get(ctx context.Context, path string, v any) error {
	return c.do(ctx, http.MethodGet, path, nil, v)
}

func (c *Consul) do(ctx context.Context, method, path string, body []byte, v any) error {
	req, err := http.NewRequestWithContext(ctx, method, "http://"+c.Addr+path, bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("consul: %w", err)
	}
	resp, err := probes.Do(req)
	if err != nil {
		return fmt.Errorf("consul: %w", err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		return fmt.Errorf("consul: %w", err)
	}
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("consul: %s %s: %s: %s", method, path, resp.Status, text)
	}
	if v == nil {
		return nil
	}
	if err := json.Unmarshal(text, v); err != nil {
		return fmt.Errorf("consul: %s: %w", path, err)
	}
	return nil
}

// consulBinary finds or builds the agent.
func consulBinary(ctx context.Context) (string, error) {
	root, err := Root()
	if err != nil {
		return "", err
	}
	path := filepath.Join(root, "bin", "consul")
	if _, err := os.Stat(path); err == nil {
		return path, nil
	}
	cmd := exec.CommandContext(ctx, "go", "-C", "tools/consul", "build", "-trimpath", "-ldflags=-s -w",
		"-o", path, "github.com/hashicorp/consul")
	cmd.Dir, cmd.Env = root, append(os.Environ(), "GOWORK=off")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build consul: %w\n%s", err, out)
	}
	return path, nil
}
