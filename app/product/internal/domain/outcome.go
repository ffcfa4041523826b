package domain

import (
	"fmt"
	"time"
)

// Outcome is how a deduction was answered. The zero value is no outcome.
type Outcome string

// The outcomes.
const (
	// OutcomeDeducted: the stock is taken.
	OutcomeDeducted Outcome = "deducted"
	// OutcomeRefused: nothing is taken, and never will be for this order.
	OutcomeRefused Outcome = "refused"
	// OutcomeConflict: the order number is known with other lines; nothing changed.
	OutcomeConflict Outcome = "conflict"
)

// Shortage is a SKU that could not be taken in full.
type Shortage struct {
	SKU       string
	Requested int64
	// Available is what was there when the answer was decided.
	Available int64
	// Unknown: no SKU has this code.
	Unknown bool
}

// Answer is what DeductStock tells. It is stored and told again for ever.
type Answer struct {
	Outcome Outcome
	// Short lists, with OutcomeRefused, every SKU that was short or unknown, sorted
	// by code. It is empty when the order was released before.
	Short []Shortage
	// Low lists the SKUs whose stock this very call took below their mark. It is not
	// stored: a replay has none.
	Low []LowStock
}

// State is what is stored for an order. The zero value is no state.
type State string

// The states. Their texts are stored.
//
//	(none) ─deduct──> deducted ─release─> released
//	(none) ─deduct──> refused
//	(none) ─release─────────────────────> released
const (
	StateDeducted State = "deducted"
	StateRefused  State = "refused"
	// StateReleased: given back; or released before anything was taken, so that
	// nothing ever will be.
	StateReleased State = "released"
)

// States lists every state.
func States() []State { return []State{StateDeducted, StateRefused, StateReleased} }

// StoredDeduction is what the service knows about one order.
type StoredDeduction struct {
	OrderNumber string
	State       State
	// Fingerprint of the lines; empty when the order was released before any
	// deduction named its lines.
	Fingerprint string
	// Short with StateRefused.
	Short     []Shortage
	CreatedAt time.Time
	UpdatedAt time.Time
}

// Replay answers a deduction of an order that is known already. It gives the
// stored answer and changes nothing.
//
//	stored     same lines   other lines
//	deducted   deducted     conflict
//	refused    refused      conflict
//	released   refused      refused       what was given back is not taken again
//
// An unknown state is an error: the deduction stays undecided.
func Replay(stored StoredDeduction, asked Deduction) (Answer, error) {
	same := stored.Fingerprint == asked.Fingerprint()
	switch stored.State {
	case StateReleased:
		return Answer{Outcome: OutcomeRefused}, nil
	case StateDeducted, StateRefused:
		if !same {
			return Answer{Outcome: OutcomeConflict}, nil
		}
		if stored.State == StateDeducted {
			return Answer{Outcome: OutcomeDeducted}, nil
		}
		return Answer{Outcome: OutcomeRefused, Short: stored.Short}, nil
	default:
		return Answer{}, fmt.Errorf("order %s is stored with the unknown state %q", stored.OrderNumber, stored.State)
	}
}

// ReleaseOutcome is how a release was answered. The zero value is no outcome.
type ReleaseOutcome string

// The outcomes of a release.
const (
	// ReleaseDone: what the order took is back, or it can take nothing any more.
	ReleaseDone ReleaseOutcome = "released"
	// ReleaseRefused: the order's deduction was refused; there is nothing to give back.
	ReleaseRefused ReleaseOutcome = "refused"
)

// ReplayRelease answers a release of an order whose state no release changes. The
// second value is false for a deducted order, which has yet to be released.
func ReplayRelease(stored StoredDeduction) (ReleaseOutcome, bool, error) {
	switch stored.State {
	case StateDeducted:
		return "", false, nil
	case StateRefused:
		return ReleaseRefused, true, nil
	case StateReleased:
		return ReleaseDone, true, nil
	default:
		return "", false, fmt.Errorf("order %s is stored with the unknown state %q", stored.OrderNumber, stored.State)
	}
}
