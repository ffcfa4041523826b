// Package identity makes ids for new things.
package identity

import (
	"encoding/base32"

	"github.com/google/uuid"
)

// alphabet is Crockford's: digits and capitals in the order of ASCII, without the
// letters that are misread. Its order keeps encoded ids sorted like the ids.
var alphabet = base32.NewEncoding("0123456789ABCDEFGHJKMNPQRSTVWXYZ").WithPadding(base32.NoPadding)

// New returns a UUID version 7 as 26 characters that sort by the time they were
// made. Those made within one process always sort in the order they were made in;
// 62 random bits keep anybody from guessing one from another. It is safe for
// concurrent use.
func New() string {
	// NewV7 fails only when the operating system has no randomness left, and then
	// crypto/rand has ended the process.
	id := uuid.Must(uuid.NewV7())
	return alphabet.EncodeToString(id[:])
}
