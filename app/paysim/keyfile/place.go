package keyfile

import (
	"path/filepath"
	"strconv"
	"strings"
)

// Place is where the order service finds things, for its configuration.
type Place struct {
	// Dir holds the keys.
	Dir string
	// API is the base URL at which a provider to play with is served.
	API string
	// Callback is the base URL of the order service, as the provider reaches it.
	Callback string
}

// File is the quoted path of a key.
func (p Place) File(name string) string { return strconv.Quote(filepath.Join(p.Dir, name)) }

// URL is the quoted address of a path at the provider.
func (p Place) URL(path string) string { return strconv.Quote(strings.TrimSuffix(p.API, "/") + path) }

// CallbackURL is where a provider's notices go. A URL that has a path is taken as it is.
func CallbackURL(base, provider string) string {
	base = strings.TrimSuffix(base, "/")
	if _, rest, _ := strings.Cut(base, "://"); strings.Contains(rest, "/") {
		return base
	}
	return base + "/v1/payments/" + provider + "/callback"
}
