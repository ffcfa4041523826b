package standard

import (
	"errors"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"github.com/stockonce/stockonce/app/internal/platform/keyring"
)

// NewWebhook makes what signs and verifies with a secret of the specification's
// form: whsec_ and base64. Errors hold nothing of the secret.
func NewWebhook(secret string) (*standardwebhooks.Webhook, error) {
	key, err := keyring.ParseWebhookSecret(secret)
	if err != nil {
		return nil, err
	}
	webhook, err := standardwebhooks.NewWebhookRaw(key)
	if err != nil {
		return nil, errors.New("refused")
	}
	return webhook, nil
}
