package domain

import (
	"errors"
	"fmt"
	"time"
)

// ErrNotReplayable is returned for a kept notice in which there is nothing to judge.
var ErrNotReplayable = errors.New("cannot be replayed")

// KeptCallback is a callback as it was stored.
type KeptCallback struct {
	ID int64
	Callback
	At time.Time
}

// Replay tells that a notice did not arrive, but was judged again as a person asked.
type Replay struct {
	Of     int64 // id of the kept callback
	By     string
	Reason string
}

// Replay is the notice once more, as it was understood when it was verified, to be
// judged by what is known now. Nobody waits for an answer to it.
//
// ErrNotReplayable is returned when the notice told of no money: it would mean
// nothing now either.
func (c KeptCallback) Replay(by, reason string) (Notice, error) {
	var why string
	switch c.Verdict {
	case VerdictNotPaid:
		why = "the provider said that no money arrived; when some does, it says so in another notice"
	case VerdictUnreadable:
		why = "it was not understood (" + c.Problem + "): what it says is not known"
	case VerdictForeign:
		why = "it is meant for another merchant"
	case VerdictWinner, VerdictDuplicate, VerdictLate, VerdictMismatch, VerdictOrphan,
		VerdictRefund, VerdictReplay, VerdictConflict:
		n := c.Notice
		n.Verdict = ""
		n.Delivery = Delivery{Body: c.Delivery.Body, Replay: &Replay{Of: c.ID, By: by, Reason: reason}}
		return n, nil
	default:
		why = fmt.Sprintf("this version does not know the verdict %q", c.Verdict)
	}
	return Notice{}, fmt.Errorf("callback %d is %s and %w: %s", c.ID, c.Verdict, ErrNotReplayable, why)
}
