// Package stripe plays Stripe.
//
// It is written from the provider's documents with the standard library alone, so
// that a mistake in what verifies is seen here, and one made here is seen there.
package stripe

import (
	"errors"
	"fmt"
	"strings"

	"github.com/stockonce/stockonce/app/paysim/dialect"
	"github.com/stockonce/stockonce/app/paysim/keyfile"
)

// The files of a set of keys.
const (
	endpointFile = "stripe-endpoint.secret"
	apiFile      = "stripe-api.secret"
)

const (
	endpointPrefix = "whsec_"
	apiPrefix      = "rk_test_"
)

// Keys are the secrets that Stripe and its merchant share.
type Keys struct {
	// Account is the connected account that events name; empty: none.
	Account string `json:"account,omitempty"`
	// OrderKey is the metadata key that holds the order number.
	OrderKey string `json:"orderKey"`

	endpoint string // signs events
	api      string // lets the merchant in
}

// NewKeys makes a set of keys.
func NewKeys() *Keys {
	return &Keys{OrderKey: "order", endpoint: endpointPrefix + dialect.Letters(32), api: apiPrefix + dialect.Letters(32)}
}

// ReadFiles reads the keys that Write wrote, beside what k says already.
func (k *Keys) ReadFiles(dir string) error {
	var errs [2]error
	k.endpoint, errs[0] = keyfile.Read(dir, endpointFile)
	k.api, errs[1] = keyfile.Read(dir, apiFile)
	if err := errors.Join(errs[:]...); err != nil {
		return err
	}
	if !strings.HasPrefix(k.endpoint, endpointPrefix) || k.api == "" || k.OrderKey == "" {
		return errors.New("stripe: an endpoint's secret begins with whsec_, and neither the API key nor orderKey may be empty")
	}
	return nil
}

// Write writes the keys into new files of dir.
func (k *Keys) Write(dir string) error {
	if err := keyfile.Write(dir, endpointFile, k.endpoint+"\n"); err != nil {
		return err
	}
	return keyfile.Write(dir, apiFile, k.api+"\n")
}

// Config is the part of the order service's configuration that goes with the keys.
func (k *Keys) Config(at keyfile.Place) string {
	account := ""
	if k.Account != "" {
		account = fmt.Sprintf("    account: %q\n", k.Account)
	}
	return fmt.Sprintf(`  stripe:
    secrets:
      - id: paysim
        file: %s
%s    liveMode: false
    orderKey: %q
    api:
      endpoint: {url: %s, timeout: 10s}
      key: {file: %s}
`, at.File(endpointFile), account, k.OrderKey, at.URL("/stripe"), at.File(apiFile))
}
