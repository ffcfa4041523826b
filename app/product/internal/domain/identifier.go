package domain

import (
	"fmt"
	"regexp"
)

// Identifiers are visible ASCII without spaces: the databases' binary collation
// tells "a" from "A" but not "a" from "a ".
var (
	skuCode     = regexp.MustCompile(`^[0-9A-Za-z][0-9A-Za-z._-]{0,63}$`)
	orderNumber = regexp.MustCompile(`^[0-9A-Za-z]{1,32}$`)
	requestID   = regexp.MustCompile(`^[!-~]{1,64}$`)
	currency    = regexp.MustCompile(`^[A-Z]{3}$`)
)

func match(what string, rule *regexp.Regexp, value string) error {
	if !rule.MatchString(value) {
		return fmt.Errorf("%w: %s %q is not of the form %s", ErrInvalid, what, value, rule)
	}
	return nil
}

func within(what string, value, least, most int64) error {
	if value < least || value > most {
		return fmt.Errorf("%w: %s %d is not within %d and %d", ErrInvalid, what, value, least, most)
	}
	return nil
}
