package harness

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sync"
	"time"
)

// startWait bounds how long a part may take to become ready; a busy machine needs
// seconds.
const startWait = 60 * time.Second

// Service is one of the two services on ports of its own, which it keeps when it is
// started again. Starting it and looking at its process do not go together.
type Service struct {
	// HTTP, GRPC and Ops are its listeners as host:port.
	HTTP, GRPC, Ops string
	// Args are the program's arguments, as in --config FILE; none unless set.
	Args []string

	name   string
	binary string
	folder string
	env    map[string]string
	admin  string // DSN of the account for migrations, if Install made one
	// access and document are laid over the embedded configuration.
	access, document string

	mu sync.Mutex
	*Process
}

// NewService prepares a service without starting it. env holds its settings, as in
// STOCKONCE_DATABASE_DSN; listeners and prompt draining are set already, and can be
// overridden. Its log is <name>.log in folder.
func NewService(name, binary, folder string, env map[string]string) (*Service, error) {
	s := &Service{name: name, binary: binary, folder: folder}
	for _, addr := range []*string{&s.HTTP, &s.GRPC, &s.Ops} {
		port, err := FreePort()
		if err != nil {
			return nil, err
		}
		*addr = Local(port)
	}
	s.env = map[string]string{
		"STOCKONCE_SERVER_HTTP_ADDR":          s.HTTP,
		"STOCKONCE_SERVER_GRPC_ADDR":          s.GRPC,
		"STOCKONCE_SERVER_OPS_ADDR":           s.Ops,
		"STOCKONCE_SERVER_DRAIN_DELAY":        "0s",
		"STOCKONCE_DATABASE_MIGRATE_AT_START": "true",
	}
	maps.Copy(s.env, env)
	return s, nil
}

// Replica prepares another process of the service, with the same settings on ports of
// its own.
func (s *Service) Replica(name string) (*Service, error) {
	s.mu.Lock()
	env := maps.Clone(s.env)
	s.mu.Unlock()
	for _, own := range []string{"HTTP", "GRPC", "OPS"} {
		delete(env, "STOCKONCE_SERVER_"+own+"_ADDR")
	}
	r, err := NewService(name, s.binary, s.folder, env)
	if err != nil {
		return nil, err
	}
	r.Args = slices.Clone(s.Args)
	return r, nil
}

// Launch starts the service without waiting for it.
func (s *Service) Launch() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.Process != nil {
		select {
		case <-s.Done():
		default:
			return fmt.Errorf("%s runs already", s.name)
		}
	}
	p, err := Start(Command{
		Name: s.name, Path: s.binary, Args: s.Args, Env: s.environ(),
		Log: filepath.Join(s.folder, s.name+".log"),
	})
	if err != nil {
		return err
	}
	s.Process = p
	return nil
}

// Run starts the service and waits until it is ready.
func (s *Service) Run(ctx context.Context) error {
	if err := s.Launch(); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, startWait)
	defer cancel()
	return Await(ctx, Answers(s.ReadyURL(), http.StatusOK), s.Process)
}

// Command runs one of the program's commands, as in "migrate", with the service's
// settings, and returns what it printed.
func (s *Service) Command(ctx context.Context, args ...string) (string, error) {
	return s.command(ctx, nil, args)
}

// command is Command with more settings.
func (s *Service) command(ctx context.Context, more, args []string) (string, error) {
	s.mu.Lock()
	cmd := exec.CommandContext(ctx, s.binary, append(slices.Clone(args), s.Args...)...)
	cmd.Env = append(s.environ(), more...)
	s.mu.Unlock()
	out, err := cmd.CombinedOutput()
	if err != nil {
		return string(out), fmt.Errorf("%s %v: %w", s.name, args, err)
	}
	return string(out), nil
}

// Set changes a setting for the next start.
func (s *Service) Set(key, value string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.env[key] = value
}

// Unset takes settings back for the next start.
func (s *Service) Unset(keys ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, key := range keys {
		delete(s.env, key)
	}
}

// Configure lays a YAML document over the service's embedded configuration, from the
// next start on. For what no environment variable can say.
func (s *Service) Configure(document string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.document = document
	return s.configure()
}

// Trust lays another document over it that says whom the service believes, as
// identity.Authority writes it. Without, it takes nothing but payment callbacks.
func (s *Service) Trust(access string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.access = access
	return s.configure()
}

func (s *Service) configure() error {
	file := filepath.Join(s.folder, s.name+".yaml")
	if err := os.WriteFile(file, []byte(s.access+s.document), 0o600); err != nil {
		return fmt.Errorf("configure %s: %w", s.name, err)
	}
	s.Args = []string{"--config", file}
	return nil
}

// StandardProvider is a configuration of order that takes callbacks signed with the
// secret in the environment variable STOCKONCE_SECRET_STANDARD.
const StandardProvider = "providers: {standard: {keys: [{id: test, env: STOCKONCE_SECRET_STANDARD}]}}\n"

// Close ends the service if it runs.
func (s *Service) Close() {
	s.mu.Lock()
	p := s.Process
	s.mu.Unlock()
	if p != nil {
		p.Kill()
	}
}

// ReadyURL is where the service tells whether it is ready.
func (s *Service) ReadyURL() string { return "http://" + s.Ops + "/readyz" }

// LiveURL is where the service tells whether its process works.
func (s *Service) LiveURL() string { return "http://" + s.Ops + "/livez" }

// environ is the service's whole environment: nothing of ours leaks into it.
func (s *Service) environ() []string {
	env := []string{"PATH=" + os.Getenv("PATH"), "TMPDIR=" + os.TempDir()}
	for key, value := range s.env {
		env = append(env, key+"="+value)
	}
	return env
}

// errNotStarted says that a part was used before it ran.
var errNotStarted = errors.New("not started")
