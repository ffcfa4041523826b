package keyring

import (
	"errors"
	"fmt"
	"time"

	"github.com/stockonce/stockonce/app/internal/platform/conf"
)

// Check says what is wrong with the way a configuration names keys, without reading
// any. Errors begin with field, the path of the list.
func Check(field string, keys []*conf.Key) error {
	var errs []error
	ids := map[string]bool{}
	for i, k := range keys {
		at := fmt.Sprintf("%s[%d]", field, i)
		if ids[k.GetId()] {
			errs = append(errs, fmt.Errorf("%s.id: %s is used twice", at, k.GetId()))
		}
		ids[k.GetId()] = true
		if (k.GetFile() == "") == (k.GetEnv() == "") {
			errs = append(errs, fmt.Errorf("%s: must name either a file or an env", at))
		}
		if _, _, err := Validity(k); err != nil {
			errs = append(errs, fmt.Errorf("%s.%w", at, err))
		}
	}
	return errors.Join(errs...)
}

// CheckSecret does the same for a single secret; nil is no secret, and fine.
func CheckSecret(field string, s *conf.Secret) error {
	if s != nil && (s.GetFile() == "") == (s.GetEnv() == "") {
		return fmt.Errorf("%s: must name either a file or an env", field)
	}
	return nil
}

// Validity is the time between which the key is valid; zero means unbounded. An
// error names the field.
func Validity(k *conf.Key) (notBefore, notAfter time.Time, err error) {
	if notBefore, err = moment("notBefore", k.GetNotBefore()); err != nil {
		return notBefore, notAfter, err
	}
	if notAfter, err = moment("notAfter", k.GetNotAfter()); err != nil {
		return notBefore, notAfter, err
	}
	if !notAfter.IsZero() && !notAfter.After(notBefore) {
		return notBefore, notAfter, errors.New("notAfter: must be later than notBefore")
	}
	return notBefore, notAfter, nil
}

func moment(field, text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return time.Time{}, fmt.Errorf("%s: must be an RFC 3339 time, as in 2026-11-23T00:00:00Z", field)
	}
	return t.UTC(), nil // one zone, so that equal times compare as equal
}
