// Package harness runs the real parts of the system for tests and demonstrations:
// both services as built binaries, a database server, a Consul agent.
//
// Everything it starts ends with the process that started it, also when that is
// killed. Nothing needs a *testing.T: failures are errors that carry the end of the
// log of the part that failed.
package harness

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"sync"
	"syscall"
)

// Process is a program that was started. Its methods are safe for concurrent use.
type Process struct {
	name string
	log  string
	pid  int
	done chan struct{} // closed when the process is gone
	exit error         // set before done is closed

	stdin io.Closer // held open for programs that end with their input
}

// Command is a program to start.
type Command struct {
	Name string // for error messages
	Path string
	Args []string
	Env  []string // the whole environment
	Log  string   // file that standard output and error are appended to
	// HoldInput gives the program a standard input that stays open while this
	// process lives.
	HoldInput bool
}

// Start starts the program. It does not wait for anything.
func Start(c Command) (*Process, error) {
	log, err := os.OpenFile(c.Log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, fmt.Errorf("start %s: %w", c.Name, err)
	}
	defer log.Close()
	cmd := exec.CommandContext(context.Background(), c.Path, c.Args...)
	cmd.Env, cmd.Stdout, cmd.Stderr = c.Env, log, log
	cmd.SysProcAttr = attributes()
	p := &Process{name: c.Name, log: c.Log, done: make(chan struct{})}
	if c.HoldInput {
		if p.stdin, err = cmd.StdinPipe(); err != nil {
			return nil, fmt.Errorf("start %s: %w", c.Name, err)
		}
	}
	started := make(chan error)
	go func() {
		// The kernel ends the child with the thread that started it: keep the thread.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := cmd.Start()
		started <- err
		if err != nil {
			return
		}
		p.exit = cmd.Wait()
		close(p.done)
	}()
	if err := <-started; err != nil {
		return nil, fmt.Errorf("start %s: %w", c.Name, err)
	}
	p.pid = cmd.Process.Pid
	return p, nil
}

// PID is the process id.
func (p *Process) PID() int { return p.pid }

// Done is closed when the process is gone.
func (p *Process) Done() <-chan struct{} { return p.done }

// Signal sends a signal. A process that is gone is no error.
func (p *Process) Signal(s syscall.Signal) error {
	select {
	case <-p.done:
		return nil
	default:
	}
	if err := syscall.Kill(p.pid, s); err != nil && !errors.Is(err, syscall.ESRCH) {
		return fmt.Errorf("send %s to %s: %w", s, p.name, err)
	}
	return nil
}

// Kill ends the process at once, as kill -9 does, and waits until it is gone.
func (p *Process) Kill() {
	_ = p.Signal(syscall.SIGKILL)
	<-p.done
}

// Pause stops the process where it is, until Resume.
func (p *Process) Pause() error { return p.Signal(syscall.SIGSTOP) }

// Resume lets a paused process go on.
func (p *Process) Resume() error { return p.Signal(syscall.SIGCONT) }

// Terminate asks the process to end and waits for it, as Wait does.
func (p *Process) Terminate(ctx context.Context) error {
	if err := p.Signal(syscall.SIGTERM); err != nil {
		return err
	}
	return p.Wait(ctx)
}

// Wait waits until the process has ended and returns how: nil for exit code 0. When
// ctx ends first the process is killed.
func (p *Process) Wait(ctx context.Context) error {
	select {
	case <-p.done:
	case <-ctx.Done():
		p.Kill()
		return fmt.Errorf("%s did not end in time: %w\n%s", p.name, ctx.Err(), p.Tail())
	}
	if p.exit != nil {
		return fmt.Errorf("%s ended badly: %w\n%s", p.name, p.exit, p.Tail())
	}
	return nil
}

// Log is all that the program wrote, in all its runs with this log file.
func (p *Process) Log() string {
	text, err := os.ReadFile(p.log)
	if err != nil {
		return err.Error()
	}
	return string(text)
}

// tailSize is how much of a log an error message carries.
const tailSize = 4000

// Tail is the end of the log, for error messages.
func (p *Process) Tail() string {
	text := p.Log()
	return fmt.Sprintf("--- end of %s:\n%s", p.log, text[max(0, len(text)-tailSize):])
}

// Stack closes what was opened, in reverse order. The zero value is empty.
type Stack struct {
	mu    sync.Mutex
	close []func()
}

// Push adds a function to be called by Close.
func (s *Stack) Push(f func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.close = append(s.close, f)
}

// Close calls what was pushed, the last first, and empties the stack.
func (s *Stack) Close() {
	s.mu.Lock()
	todo := s.close
	s.close = nil
	s.mu.Unlock()
	for _, f := range slices.Backward(todo) {
		f()
	}
}
