package test

import (
	"testing"
	"time"
)

func TestBadRequestsLeaveMemoryFlat(t *testing.T) {
	w := start(t, nil)
	ctx := within(t, 3*time.Minute)
	w.stock(ctx, t, 5, "A")
	requests := badRequests(w)
	hammer := func(rounds int) int64 {
		t.Helper()
		each(rounds*len(requests), 16, func(i int) {
			// A refused body may be met by a closed connection; the status is another
			// test's business.
			_, _, _ = w.sendBad(ctx, requests[i%len(requests)])
		})
		memory, err := w.order.Memory()
		if err != nil {
			t.Fatal(err)
		}
		return memory
	}
	warm := hammer(20)
	hot := hammer(100)
	t.Logf("%d MiB after %d bad requests, %d MiB after %d more", warm>>20, 20*len(requests), hot>>20, 100*len(requests))
	limit := int64(32 << 20)
	if *raceFlag {
		limit *= 5 // the detector's own
	}
	if grown := hot - warm; grown > limit {
		t.Errorf("memory has grown by %d MiB", grown>>20)
	}
}
