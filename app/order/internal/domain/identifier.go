package domain

// MaxIdentifier is how many bytes a provider's identifier may have.
const MaxIdentifier = 255

// ValidIdentifier tells whether s can be kept as an identifier of a provider:
// visible ASCII without spaces, 1 to MaxIdentifier bytes. The collation of the
// columns ignores trailing spaces, so none are let in.
func ValidIdentifier(s string) bool {
	if s == "" || len(s) > MaxIdentifier {
		return false
	}
	for i := range len(s) {
		if s[i] <= ' ' || s[i] > '~' {
			return false
		}
	}
	return true
}
