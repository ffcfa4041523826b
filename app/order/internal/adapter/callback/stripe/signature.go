package stripe

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/stripe/stripe-go/v86/webhook"

	"github.com/stockonce/stockonce/app/order/internal/adapter/callback"
)

const signatureHeader = "Stripe-Signature"

// tolerance is how far the signed time may be from now, both ways: the SDK refuses
// old ones alone. Each retry is signed anew, so it loses no honest one.
const tolerance = 300 * time.Second

var (
	seconds   = regexp.MustCompile(`^[1-9][0-9]{0,11}$`)
	hexSHA256 = regexp.MustCompile(`^[0-9a-f]{64}$`)
)

// verify checks the signed time and tries every valid secret
// (https://docs.stripe.com/webhooks#verify-manually). Stripe's SDK has the last word;
// the header's form is checked first, because the SDK takes the last of several
// times, and hexadecimal digits in any case.
func (p *Provider) verify(r callback.Request, now time.Time) error {
	headers := r.Header.Values(signatureHeader)
	if len(headers) != 1 {
		return fmt.Errorf("%w: there must be one %s", callback.ErrUnverified, signatureHeader)
	}
	signed, err := signedAt(headers[0])
	if err != nil {
		return fmt.Errorf("%w: %s: %w", callback.ErrUnverified, signatureHeader, err)
	}
	if d := now.Sub(signed).Abs(); d > tolerance {
		return fmt.Errorf("%w: signed %s away from now, by this machine's clock", callback.ErrUnverified, d.Round(time.Second))
	}
	valid := 0
	for _, s := range p.secrets {
		if !s.ValidAt(now) {
			continue
		}
		valid++
		if webhook.ValidatePayloadIgnoringTolerance(r.Body, headers[0], s.Text) == nil {
			return nil
		}
	}
	return fmt.Errorf("%w: none of %d valid secrets made the signature", callback.ErrUnverified, valid)
}

// signedAt reads the time of a header of the form t=…,v1=…[,v1=…], in which other
// schemes than v1 are ignored.
func signedAt(header string) (time.Time, error) {
	var signed time.Time
	signatures := 0
	for part := range strings.SplitSeq(header, ",") {
		name, value, found := strings.Cut(part, "=")
		switch {
		case !found:
			return time.Time{}, errors.New("not of the form name=value,…")
		case name == "t":
			unix, err := strconv.ParseInt(value, 10, 64)
			if err != nil || !seconds.MatchString(value) || !signed.IsZero() {
				return time.Time{}, errors.New("t: must be one time in seconds")
			}
			signed = time.Unix(unix, 0)
		case name == "v1":
			if !hexSHA256.MatchString(value) {
				return time.Time{}, errors.New("v1: must be 64 hexadecimal digits")
			}
			signatures++
		}
	}
	if signed.IsZero() || signatures == 0 {
		return time.Time{}, errors.New("t or v1 is missing")
	}
	return signed, nil
}
