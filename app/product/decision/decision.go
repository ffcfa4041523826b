// Package decision lets the proof of the protocol ask product's own rules: what a
// deduction takes, when it is short, and what a known order is answered. Nothing is
// decided here; product's store asks the same functions of the package domain.
package decision

import "github.com/stockonce/stockonce/app/product/internal/domain"

// See the package domain.
type (
	// Line is so many pieces of a SKU.
	Line = domain.Line
	// Deduction is the stock that one paid order takes.
	Deduction = domain.Deduction
	// Stored is what product keeps of one order.
	Stored = domain.StoredDeduction
	// State is how a stored deduction stands; the zero value is none.
	State = domain.State
	// Outcome is how a deduction is answered.
	Outcome = domain.Outcome
)

// See the package domain.
const (
	Deducted = domain.OutcomeDeducted
	Refused  = domain.OutcomeRefused
	Conflict = domain.OutcomeConflict

	StateDeducted = domain.StateDeducted
	StateRefused  = domain.StateRefused
	StateReleased = domain.StateReleased
)

// New is domain.NewDeduction.
func New(number string, lines []Line) (Deduction, error) { return domain.NewDeduction(number, lines) }

// Replay is domain.Replay, without what was short.
func Replay(stored Stored, asked Deduction) (Outcome, error) {
	answer, err := domain.Replay(stored, asked)
	return answer.Outcome, err
}

// ReplayRelease is domain.ReplayRelease: whether a release of the stored order is
// answered already, or has yet to give its stock back.
func ReplayRelease(stored Stored) (answered bool, err error) {
	_, answered, err = domain.ReplayRelease(stored)
	return answered, err
}
