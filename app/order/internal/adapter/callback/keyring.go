package callback

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/stockonce/stockonce/app/order/internal/conf"
)

// Key is a secret with the time it is valid.
type Key struct {
	ID        string
	Secret    string
	NotBefore time.Time // zero: unbounded
	NotAfter  time.Time // zero: unbounded
}

// ValidAt tells whether the key may be used.
func (k Key) ValidAt(now time.Time) bool {
	return !now.Before(k.NotBefore) && (k.NotAfter.IsZero() || now.Before(k.NotAfter))
}

// LoadKeys reads the secrets that the configuration names. An error names the key
// and where its secret should be, never the secret.
func LoadKeys(keys []*conf.Key) ([]Key, error) {
	loaded := make([]Key, 0, len(keys))
	var errs error
	for _, k := range keys {
		key, err := loadKey(k)
		if err != nil {
			errs = errors.Join(errs, fmt.Errorf("key %s: %w", k.GetId(), err))
			continue
		}
		loaded = append(loaded, key)
	}
	return loaded, errs
}

func loadKey(k *conf.Key) (Key, error) {
	key := Key{ID: k.GetId()}
	var err error
	if key.NotBefore, key.NotAfter, err = k.Validity(); err != nil {
		return Key{}, err
	}
	if file := k.GetFile(); file != "" {
		text, err := os.ReadFile(file) //nolint:gosec // the operator names the file
		if err != nil {
			return Key{}, fmt.Errorf("file: %w", err)
		}
		key.Secret = strings.TrimSpace(string(text))
	} else {
		key.Secret = strings.TrimSpace(os.Getenv(k.GetEnv()))
	}
	if key.Secret == "" {
		return Key{}, fmt.Errorf("%s%s holds no secret", k.GetFile(), k.GetEnv())
	}
	return key, nil
}
