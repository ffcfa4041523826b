package domain

import (
	"testing"
	"time"
)

func TestATargetIsToldByTheSchedulesPausesAndUpToATenthMore(t *testing.T) {
	want := []string{"0s", "5s", "5m", "30m", "2h", "5h", "10h", "14h", "20h", "24h"}
	var all time.Duration
	for attempt, text := range want {
		pause, err := time.ParseDuration(text)
		if err != nil {
			t.Fatal(err)
		}
		all += pause
		seen := map[time.Duration]bool{}
		for range 1000 {
			got, more := NotifyPause(attempt)
			if !more || got < pause || got > pause+pause/10 {
				t.Fatalf("before attempt %d: %s, more %t", attempt, got, more)
			}
			seen[got] = true
		}
		if pause > 0 && len(seen) < 10 {
			t.Errorf("before attempt %d: what failed together comes back together", attempt)
		}
	}
	if all != 75*time.Hour+35*time.Minute+5*time.Second {
		t.Errorf("%s in all", all)
	}
}

func TestATargetIsNotToldForEver(t *testing.T) {
	for _, attempt := range []int{10, 11, 1 << 30} {
		if pause, more := NotifyPause(attempt); more || pause != 0 {
			t.Errorf("before attempt %d: %s, more %t", attempt, pause, more)
		}
	}
	if pause, more := NotifyPause(-1); !more || pause != 0 {
		t.Errorf("an attempt that cannot be: %s, more %t", pause, more)
	}
}
