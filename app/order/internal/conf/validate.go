// Package conf is the order service's configuration.
package conf

import (
	"errors"
	"fmt"
	"time"
)

// SettleMargin is the time that recording product's answer may take after a call:
// work on a task is the call and the recording.
const SettleMargin = time.Second

// Validate checks the rules that no single field can state. Errors name the fields.
func (c *Bootstrap) Validate() error {
	var errs []error
	if c.GetRelay().GetLease().AsDuration() <= c.GetProduct().GetCallTimeout().AsDuration()+SettleMargin {
		errs = append(errs, errors.New("relay.lease: must be longer than product.callTimeout and a second"))
	}
	ids := map[string]bool{}
	for i, k := range c.GetCallback().GetStandard().GetKeys() {
		field := fmt.Sprintf("callback.standard.keys[%d]", i)
		if ids[k.GetId()] {
			errs = append(errs, fmt.Errorf("%s.id: %s is used twice", field, k.GetId()))
		}
		ids[k.GetId()] = true
		if (k.GetFile() == "") == (k.GetEnv() == "") {
			errs = append(errs, fmt.Errorf("%s: must name either a file or an env", field))
		}
		if _, _, err := k.Validity(); err != nil {
			errs = append(errs, fmt.Errorf("%s.%w", field, err))
		}
	}
	return errors.Join(errs...)
}

// Validity is the time between which the key is valid; zero means unbounded. An
// error names the field.
func (k *Key) Validity() (notBefore, notAfter time.Time, err error) {
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
	return t, nil
}
