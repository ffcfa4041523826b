package domain

import (
	"math/rand/v2"
	"time"
)

// notifyPauses is the retry schedule of Standard Webhooks: the pause before each try
// since the one before, 75 h 35 min 5 s in all.
//
// https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md#deliverability-and-reliability
var notifyPauses = [...]time.Duration{
	0,
	5 * time.Second,
	5 * time.Minute,
	30 * time.Minute,
	2 * time.Hour,
	5 * time.Hour,
	10 * time.Hour,
	14 * time.Hour,
	20 * time.Hour,
	24 * time.Hour,
}

// NotifyPause is the pause before a target is told of an event again after so many
// attempts failed; before the first there is none. Up to a tenth is added at random,
// so that what failed together does not come back together. more is false when there
// were enough attempts.
func NotifyPause(attempt int) (pause time.Duration, more bool) {
	if attempt >= len(notifyPauses) {
		return 0, false
	}
	pause = notifyPauses[max(attempt, 0)]
	return pause + rand.N(pause/10+1), true //nolint:gosec // jitter needs no secrecy
}
