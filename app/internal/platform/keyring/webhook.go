package keyring

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
)

// The length of a Standard Webhooks secret in bytes. Libraries take any, even an
// empty one, which anybody could sign with.
const minSecret, maxSecret = 24, 64

// ParseWebhookSecret reads a secret for symmetric signatures as Standard Webhooks
// writes it: base64 behind whsec_, which may be missing. Errors hold nothing of it.
//
// https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md#signature-scheme
func ParseWebhookSecret(text string) ([]byte, error) {
	secret, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(text, "whsec_"))
	if err != nil {
		// Without the decoder's text: it is about the secret.
		return nil, errors.New("not of the form whsec_<base64>")
	}
	if len(secret) < minSecret || len(secret) > maxSecret {
		return nil, fmt.Errorf("%d bytes, must be %d to %d", len(secret), minSecret, maxSecret)
	}
	return secret, nil
}
