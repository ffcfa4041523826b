package alipay

import (
	"encoding/base64"
	"fmt"
	"time"

	"github.com/stockonce/stockonce/app/order/internal/adapter/callback"
	"github.com/stockonce/stockonce/app/order/internal/dialect/alipay"
)

const (
	fieldSign     = "sign"
	fieldSignType = "sign_type"
)

// verify checks the body's signature with every valid key and returns the parameters
// that read looks at, and no others.
func (p *Provider) verify(body []byte, now time.Time) (form, error) {
	f, err := parseForm(body)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", callback.ErrUnverified, err)
	}
	if f[fieldSignType] != alipay.SignType {
		return nil, fmt.Errorf("%w: sign_type must be %s", callback.ErrUnverified, alipay.SignType)
	}
	// Base64 has several texts for the same bytes; Alipay writes one of them.
	signature, err := base64.StdEncoding.DecodeString(f[fieldSign])
	if err != nil || base64.StdEncoding.EncodeToString(signature) != f[fieldSign] {
		return nil, fmt.Errorf("%w: sign is missing or no base64", callback.ErrUnverified)
	}
	if err := p.keys.Verify([]byte(f.signedText()), signature, now); err != nil {
		return nil, fmt.Errorf("%w: %w", callback.ErrUnverified, err)
	}
	if f, err = f.only(fields); err != nil {
		return nil, fmt.Errorf("%w: %w", callback.ErrUnverified, err)
	}
	return f, nil
}
