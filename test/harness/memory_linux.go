package harness

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"syscall"
)

// Memory is how much memory the process has resident, in bytes.
func (p *Process) Memory() (int64, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.pid))
	if err != nil {
		return 0, fmt.Errorf("memory of %s: %w", p.name, err)
	}
	for line := range strings.Lines(string(text)) {
		rest, found := strings.CutPrefix(line, "VmRSS:")
		if !found {
			continue
		}
		kib, err := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(rest), " kB"), 10, 64)
		if err != nil {
			return 0, fmt.Errorf("memory of %s: %w", p.name, err)
		}
		return kib << 10, nil
	}
	return 0, fmt.Errorf("memory of %s: the kernel tells none", p.name)
}

// Measure is Command, and tells how much memory the program had resident at most, in
// bytes, and its exit code.
func (s *Service) Measure(ctx context.Context, args ...string) (out string, peak int64, code int, err error) {
	s.mu.Lock()
	cmd := exec.CommandContext(ctx, s.binary, append(slices.Clone(args), s.Args...)...)
	cmd.Env = s.environ()
	s.mu.Unlock()
	text, err := cmd.CombinedOutput()
	if cmd.ProcessState == nil {
		return string(text), 0, -1, fmt.Errorf("%s %v: %w", s.name, args, err)
	}
	if usage, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage); ok {
		peak = usage.Maxrss << 10
	}
	return string(text), peak, cmd.ProcessState.ExitCode(), nil
}
