package harness

import (
	"context"
	"fmt"
	"net/http"
	"time"
)

// Await calls check until it returns nil, and fails with its last error when ctx
// ends or a process is gone first.
func Await(ctx context.Context, check func(context.Context) error, needs ...*Process) error {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		err := check(ctx)
		if err == nil {
			return nil
		}
		for _, p := range needs {
			select {
			case <-p.done:
				return fmt.Errorf("%s has ended (%v) while waiting: %w\n%s", p.name, p.exit, err, p.Tail()) //nolint:errorlint // nil for exit code 0
			default:
			}
		}
		select {
		case <-ctx.Done():
			for _, p := range needs {
				err = fmt.Errorf("%w\n%s", err, p.Tail())
			}
			return fmt.Errorf("waited in vain: %w", err)
		case <-tick.C:
		}
	}
}

// probes has its own connections, so that a probe never waits for a test's.
var probes = &http.Client{Timeout: 2 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}}

// Answers returns a check that url answers a GET with the given status.
func Answers(url string, status int) func(context.Context) error {
	return func(ctx context.Context) error {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
		if err != nil {
			return fmt.Errorf("probe: %w", err)
		}
		resp, err := probes.Do(req)
		if err != nil {
			return fmt.Errorf("probe: %w", err)
		}
		defer resp.Body.Close()
		if resp.StatusCode != status {
			return fmt.Errorf("%s answers %d, not %d", url, resp.StatusCode, status)
		}
		return nil
	}
}
