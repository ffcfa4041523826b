package domain

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestATaskIsTriedAgainSoonAndWithinAMinute(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		attempt := rapid.OneOf(rapid.IntRange(0, 20), rapid.IntMin(0)).Draw(t, "attempt")
		most := time.Minute
		if attempt < 9 { // 200 ms doubled nine times is more than a minute
			most = 200 * time.Millisecond << attempt
		}
		if pause := Backoff(attempt); pause < 0 || pause >= most {
			t.Fatalf("after %d attempts %s, want less than %s", attempt, pause, most)
		}
	})
}

func TestATargetIsToldWithinADayAndATenth(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		attempt := rapid.OneOf(rapid.IntRange(-1, 12), rapid.Int()).Draw(t, "attempt")
		pause, more := NotifyPause(attempt)
		switch {
		case more != (attempt < 10), !more && pause != 0, pause < 0, pause > 24*time.Hour+24*time.Hour/10:
			t.Fatalf("before attempt %d %s, more: %t", attempt, pause, more)
		case attempt > 0 && more:
			// With all the luck, the pause before is no longer.
			if shorter := notifyPauses[attempt-1]; pause < shorter {
				t.Fatalf("before attempt %d %s, the one before waits %s", attempt, pause, shorter)
			}
		}
	})
}

func TestANotifyTaskIsNamedAndFoundAgain(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		target, number := rapid.StringMatching(`[a-z0-9-]{1,20}`).Draw(t, "target"), rapid.StringMatching(`[0-9A-Za-z]{1,32}`).Draw(t, "number")
		sequence := rapid.Int64Min(1).Draw(t, "sequence")
		gotNumber, gotSequence, err := ParseNotifyRef(NotifyRef(target, number, sequence))
		if err != nil || gotNumber != number || gotSequence != sequence {
			t.Fatalf("%s and %d became %s and %d, %v", number, sequence, gotNumber, gotSequence, err)
		}
	})
}

// The provider is asked at one of the times or at expiry, whichever lies ahead and
// comes first; after expiry at once.
func TestAProviderIsAskedAtTheNextTimeAndAtExpiryAtTheLatest(t *testing.T) {
	spans := rapid.Custom(func(t *rapid.T) time.Duration {
		return time.Duration(rapid.Int64Range(0, int64(3*time.Hour)).Draw(t, "span"))
	})
	rapid.Check(t, func(t *rapid.T) {
		after := rapid.SliceOfN(spans, 0, 5).Draw(t, "after")
		expiry, now := spans.Draw(t, "expiry"), spans.Draw(t, "now")
		o := Restore(Stored{CreatedAt: today, ExpiresAt: today.Add(expiry), Now: today.Add(now)})
		pause := o.QueryIn(after)
		if now >= expiry {
			if pause != 0 {
				t.Fatalf("%s after expiry the provider is asked in %s", now-expiry, pause)
			}
			return
		}
		at := now + pause
		if pause <= 0 || at > expiry || at != expiry && !slices.Contains(after, at) {
			t.Fatalf("asked at %s, expiry at %s, times %v, now %s", at, expiry, after, now)
		}
		for _, other := range after {
			if other > now && other < at {
				t.Fatalf("asked at %s, but %s is earlier", at, other)
			}
		}
	})
}

// An order that nobody paid lives until its expiry at least, whoever looks.
func TestAnOrderIsNotExpiredBeforeItsTime(t *testing.T) {
	minutes := rapid.Custom(func(t *rapid.T) time.Duration {
		return time.Duration(rapid.IntRange(0, 180).Draw(t, "minutes")) * time.Minute
	})
	rapid.Check(t, func(t *rapid.T) {
		status := rapid.SampledFrom(Statuses()).Draw(t, "status")
		now, asked, grace := minutes.Draw(t, "now"), minutes.Draw(t, "asked"), minutes.Draw(t, "grace")
		restore := func() *Order {
			o := orderIn(status) // expires an hour after placing
			o.now = today.Add(now)
			return o
		}
		if got, want := restore().Expire(grace), status == Created && now >= time.Hour+grace; got != want {
			t.Fatalf("a %s order, %s after placing, with %s grace: expired %t", status, now, grace, got)
		}
		if got, want := restore().NotPaid(today.Add(asked)), status == Created && asked >= time.Hour; got != want {
			t.Fatalf("a %s order, not paid %s after placing: expired %t", status, asked, got)
		}
	})
}
