// Package keyring loads the keys and secrets that a configuration names, and keeps
// what is made of them up to date while files and configuration change.
//
// No error of this package holds a secret or a part of one.
package keyring

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/stockonce/stockonce/app/internal/platform/conf"
)

// Key is a secret or a public key with the time it is valid.
type Key struct {
	ID        string
	Text      string    // as the file or the variable holds it, without white space around it
	NotBefore time.Time // zero: unbounded
	NotAfter  time.Time // zero: unbounded
}

// ValidAt tells whether the key may be used.
func (k Key) ValidAt(now time.Time) bool {
	return !now.Before(k.NotBefore) && (k.NotAfter.IsZero() || now.Before(k.NotAfter))
}

// Format writes the key's name whatever the verb, so that printing a Key never tells
// its text. It cannot help a Key in an unexported field of what is printed.
func (k Key) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, k.ID) }

// MarshalText does the same for JSON and for logs.
func (k Key) MarshalText() ([]byte, error) { return []byte(k.ID), nil }

// Load reads the keys that a configuration names, all of them or none. An error
// names the key and where it should be.
func Load(keys []*conf.Key) ([]Key, error) {
	loaded := make([]Key, 0, len(keys))
	var errs error
	for _, k := range keys {
		key, err := load(k)
		if err != nil {
			errs = errors.Join(errs, fmt.Errorf("key %s: %w", k.GetId(), err))
			continue
		}
		loaded = append(loaded, key)
	}
	if errs != nil {
		return nil, errs
	}
	return loaded, nil
}

func load(k *conf.Key) (Key, error) {
	notBefore, notAfter, err := Validity(k)
	if err != nil {
		return Key{}, err
	}
	text, err := read(k.GetFile(), k.GetEnv())
	return Key{ID: k.GetId(), Text: text, NotBefore: notBefore, NotAfter: notAfter}, err
}

// Secret reads a single secret. An error names where it should be.
func Secret(s *conf.Secret) (string, error) { return read(s.GetFile(), s.GetEnv()) }

func read(file, env string) (string, error) {
	var text, from string
	switch {
	case file != "":
		content, err := os.ReadFile(file) //nolint:gosec // the operator names the file
		if err != nil {
			return "", fmt.Errorf("file: %w", err)
		}
		text, from = string(content), "file "+file
	case env != "":
		text, from = os.Getenv(env), "environment variable "+env
	default:
		return "", errors.New("neither a file nor an environment variable is named")
	}
	if text = strings.TrimSpace(text); text == "" {
		return "", fmt.Errorf("%s holds nothing", from)
	}
	return text, nil
}
