package wechatpay

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/wechatpay-apiv3/wechatpay-go/utils"

	"github.com/stockonce/stockonce/app/internal/platform/keyring"
)

const (
	aead      = "AEAD_AES_256_GCM"
	keyBytes  = 32
	nonceSize = 12
)

// errNoKey is returned when a resource is as it should be, but no key decrypts it.
var errNoKey = errors.New("resource.ciphertext: must be encrypted with one of the valid APIv3 keys")

// resource is the encrypted part of a notice.
type resource struct {
	Algorithm      string `json:"algorithm"`
	Ciphertext     string `json:"ciphertext"` // base64
	AssociatedData string `json:"associated_data"`
	Nonce          string `json:"nonce"`
}

// v3Keys are the APIv3 keys that WeChat Pay encrypts with.
type v3Keys []keyring.Key

func newV3Keys(keys []keyring.Key) (v3Keys, error) {
	for _, k := range keys {
		// The SDK would take 16 bytes too, and decrypt with AES-128.
		if len(k.Text) != keyBytes {
			return nil, fmt.Errorf("key %s: %d bytes, must be %d", k.ID, len(k.Text), keyBytes)
		}
	}
	return v3Keys(keys), nil
}

// decrypt tries every valid key: a resource does not say which one it wants. Errors
// name the field and the rule; errNoKey says that the keys are at fault.
func (keys v3Keys) decrypt(raw json.RawMessage, now time.Time) ([]byte, error) {
	var r resource
	if err := json.Unmarshal(raw, &r); err != nil {
		return nil, errors.New("resource: must be an object of texts")
	}
	if r.Algorithm != aead {
		return nil, errors.New("resource.algorithm: must be " + aead)
	}
	// The cipher panics at any other length.
	if len(r.Nonce) != nonceSize {
		return nil, fmt.Errorf("resource.nonce: must be %d bytes", nonceSize)
	}
	return keys.open(r, now)
}

func (keys v3Keys) open(r resource, now time.Time) ([]byte, error) {
	for _, k := range keys {
		if !k.ValidAt(now) {
			continue
		}
		plain, err := utils.DecryptAES256GCM(k.Text, r.AssociatedData, r.Nonce, r.Ciphertext)
		if err == nil {
			return []byte(plain), nil
		}
	}
	return nil, errNoKey
}
