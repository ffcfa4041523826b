package access

import "fmt"

// Reason is why somebody may not call.
type Reason int

// The reasons there are.
const (
	// Anonymous callers showed nothing.
	Anonymous Reason = iota + 1
	// Unbelieved callers showed something that proves nothing.
	Unbelieved
	// Denied callers are known, and may not.
	Denied
	// Undecided callers may try again: the keys that tell could not be read yet.
	Undecided
)

// RefusalError is the only error of Guard.Admit. Its text is for the caller, in printable
// ASCII without quotation marks, and holds nothing that the caller showed.
type RefusalError struct {
	Reason Reason
	// Subject is who it was, of Denied callers.
	Subject string
	text    string
}

func (r *RefusalError) Error() string { return r.text }

func refuse(reason Reason, format string, args ...any) error {
	return &RefusalError{Reason: reason, text: fmt.Sprintf(format, args...)}
}

func unbelieved(text string) error { return &RefusalError{Reason: Unbelieved, text: text} }
