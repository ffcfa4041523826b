// Package configs embeds the default configuration.
package configs

import _ "embed"

// Default is config.yaml.
//
//go:embed config.yaml
var Default []byte
