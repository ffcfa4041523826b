package productclient

import (
	"testing"
	"time"
)

func TestBreaker(t *testing.T) {
	var b breaker
	now := time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)
	want := func(allowed bool, why string) {
		t.Helper()
		if b.allow(now) != allowed {
			t.Fatalf("allowed %t: %s", !allowed, why)
		}
	}
	for range breakAfter - 1 {
		want(true, "single failures are no reason to stop")
		b.done(now, false)
	}
	want(true, "a success between failures starts the count anew")
	b.done(now, true)
	for range breakAfter {
		want(true, "not yet enough failures in a row")
		b.done(now, false)
	}
	want(false, "product keeps failing")
	now = now.Add(breakFor - time.Nanosecond)
	want(false, "the pause is not over")
	now = now.Add(time.Nanosecond)
	want(true, "one probe finds out")
	want(false, "one probe is enough")
	b.done(now, false)
	want(false, "the probe failed: another pause")
	now = now.Add(breakFor)
	want(true, "the next probe")
	b.done(now, true)
	for range 2 * breakAfter {
		want(true, "product is back for everybody")
	}
}
