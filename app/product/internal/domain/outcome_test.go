package domain

import (
	"reflect"
	"testing"
)

// TestWhatAKnownOrderIsAnswered has one case per row of the table at Replay.
func TestWhatAKnownOrderIsAnswered(t *testing.T) {
	asked := deduction(t, "O1", Line{"tea", 2})
	same := asked.Fingerprint()
	other := deduction(t, "O1", Line{"tea", 3}).Fingerprint()
	short := []Shortage{{SKU: "tea", Requested: 2, Available: 1}}
	for _, c := range []struct {
		name   string
		stored StoredDeduction
		want   Answer
	}{
		{"deducted, same lines", StoredDeduction{State: StateDeducted, Fingerprint: same}, Answer{Outcome: OutcomeDeducted}},
		{"deducted, other lines", StoredDeduction{State: StateDeducted, Fingerprint: other}, Answer{Outcome: OutcomeConflict}},
		{"refused, same lines", StoredDeduction{State: StateRefused, Fingerprint: same, Short: short}, Answer{Outcome: OutcomeRefused, Short: short}},
		{"refused, other lines", StoredDeduction{State: StateRefused, Fingerprint: other, Short: short}, Answer{Outcome: OutcomeConflict}},
		{"released, same lines", StoredDeduction{State: StateReleased, Fingerprint: same}, Answer{Outcome: OutcomeRefused}},
		{"released, other lines", StoredDeduction{State: StateReleased, Fingerprint: other}, Answer{Outcome: OutcomeRefused}},
		{"released before any lines were known", StoredDeduction{State: StateReleased}, Answer{Outcome: OutcomeRefused}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := Replay(c.stored, asked)
			if err != nil || !reflect.DeepEqual(got, c.want) {
				t.Errorf("answer is %+v, %v, want %+v", got, err, c.want)
			}
		})
	}
}

func TestWhatAKnownOrderIsReleasedWith(t *testing.T) {
	for _, c := range []struct {
		state   State
		want    ReleaseOutcome
		decided bool
	}{
		{StateDeducted, "", false},
		{StateRefused, ReleaseRefused, true},
		{StateReleased, ReleaseDone, true},
	} {
		t.Run(string(c.state), func(t *testing.T) {
			got, decided, err := ReplayRelease(StoredDeduction{State: c.state})
			if err != nil || got != c.want || decided != c.decided {
				t.Errorf("answer is %q, %t, %v, want %q, %t", got, decided, err, c.want, c.decided)
			}
		})
	}
}

func TestAnUnknownStoredStateIsNoAnswer(t *testing.T) {
	for _, state := range []State{"", "Deducted", "lost"} {
		stored := StoredDeduction{OrderNumber: "O1", State: state}
		if answer, err := Replay(stored, deduction(t, "O1", Line{"tea", 1})); err == nil {
			t.Errorf("a deduction of an order in state %q is answered with %q", state, answer.Outcome)
		}
		if outcome, _, err := ReplayRelease(stored); err == nil {
			t.Errorf("a release of an order in state %q is answered with %q", state, outcome)
		}
	}
}

func TestEveryStateIsAnswered(t *testing.T) {
	for _, state := range States() {
		if _, err := Replay(StoredDeduction{State: state}, deduction(t, "O1", Line{"tea", 1})); err != nil {
			t.Errorf("state %q: %v", state, err)
		}
		if _, _, err := ReplayRelease(StoredDeduction{State: state}); err != nil {
			t.Errorf("state %q: %v", state, err)
		}
	}
}
