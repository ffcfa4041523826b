package standard

import (
	"fmt"

	"github.com/stockonce/stockonce/app/paysim/keyfile"
)

// The files of a set of keys.
const (
	noticeFile = "standard.secret"
	apiFile    = "standard-api.secret"
)

// Keys are the secrets that a provider and its merchant share.
type Keys struct {
	// Notice signs what the provider reports.
	Notice Key
	// API signs what the merchant asks for.
	API Key
}

// NewKeys makes a set of keys.
func NewKeys() *Keys { return &Keys{Notice: NewKey(), API: NewKey()} }

// ReadKeys reads what Write wrote.
func ReadKeys(dir string) (*Keys, error) {
	k := &Keys{}
	for name, key := range map[string]*Key{noticeFile: &k.Notice, apiFile: &k.API} {
		text, err := keyfile.Read(dir, name)
		if err != nil {
			return nil, err
		}
		if *key, err = ParseKey(text); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
	}
	return k, nil
}

// Write writes the keys into new files of dir.
func (k *Keys) Write(dir string) error {
	if err := keyfile.Write(dir, noticeFile, k.Notice.Reveal()+"\n"); err != nil {
		return err
	}
	return keyfile.Write(dir, apiFile, k.API.Reveal()+"\n")
}

// Config is the part of the order service's configuration that goes with the keys.
func (k *Keys) Config(at keyfile.Place) string {
	return fmt.Sprintf(`  standard:
    keys:
      - id: paysim
        file: %s
    api:
      endpoint: {url: %s, timeout: 10s}
      key: {file: %s}
`, at.File(noticeFile), at.URL("/standard"), at.File(apiFile))
}
