package linearizability

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"

	"github.com/stockonce/stockonce/app/product/internal/usecase"
)

// fate is what comes between a caller and the answer. The zero value is nothing.
type fate struct {
	limit time.Duration // how long the caller waits, if not for ever
	deaf  bool          // the call is made and its answer lost
}

func (f fate) context(ctx context.Context) (context.Context, context.CancelFunc) {
	if f.limit > 0 {
		return context.WithTimeout(ctx, f.limit)
	}
	return context.WithCancel(ctx)
}

// fatedCall is a call and how it will end.
type fatedCall struct {
	call
	fate
}

// record has one client for each list of work make its calls one after the other, all
// clients at once, and then one more make the last calls. It returns what happened.
func record(t *testing.T, s service, work [][]fatedCall, last []fatedCall) []porcupine.Operation {
	t.Helper()
	var clock atomic.Int64 // no two moments are the same
	histories := make([][]porcupine.Operation, len(work)+1)
	client := func(id int, calls []fatedCall) {
		for _, c := range calls {
			ctx, cancel := c.context(t.Context())
			op := porcupine.Operation{ClientId: id, Input: c.call, Call: clock.Add(1)}
			answer, err := s.do(ctx, c.call)
			op.Return, op.Output = clock.Add(1), answer
			if err != nil && !errors.Is(err, context.DeadlineExceeded) && !errors.Is(err, usecase.ErrUnavailable) {
				t.Errorf("%s: %v", describe(c.call, unknown), err)
			}
			if err != nil || c.deaf {
				op.Output = unknown
			}
			cancel()
			histories[id] = append(histories[id], op)
		}
	}
	start := make(chan struct{})
	var all sync.WaitGroup
	for id, calls := range work {
		all.Go(func() {
			<-start
			client(id, calls)
		})
	}
	close(start)
	all.Wait()
	client(len(work), last)
	return untilTheEnd(slices.Concat(histories...), clock.Add(1))
}

// untilTheEnd gives calls without an answer all the time there is to take effect. A
// read that was cut off tells nothing and has no effect: it is dropped.
func untilTheEnd(history []porcupine.Operation, end int64) []porcupine.Operation {
	var kept []porcupine.Operation
	for _, op := range history {
		if op.Output == unknown {
			if op.Input.(call).verb == read {
				continue
			}
			op.Return = end
		}
		kept = append(kept, op)
	}
	return kept
}

// text is the history for people.
func text(history []porcupine.Operation) string {
	history = slices.SortedFunc(slices.Values(history), func(a, b porcupine.Operation) int { return cmp.Compare(a.Call, b.Call) })
	var b strings.Builder
	for _, op := range history {
		fmt.Fprintf(&b, "%4d to %4d, client %d: %s\n", op.Call, op.Return, op.ClientId, describe(op.Input.(call), op.Output.(string)))
	}
	return b.String()
}
