package identity

import (
	"regexp"
	"testing"
)

func TestIDsAreUniqueAndSortByTheTimeTheyWereMade(t *testing.T) {
	form := regexp.MustCompile(`^[0-9A-HJKMNP-TV-Z]{26}$`)
	last := ""
	for range 10_000 {
		id := New()
		if !form.MatchString(id) {
			t.Fatalf("%q is not of the form %s", id, form)
		}
		if id <= last {
			t.Fatalf("%s was made after %s but does not sort after it", id, last)
		}
		last = id
	}
}
