// Package conf is the product service's configuration.
package conf

import "github.com/stockonce/stockonce/app/internal/platform/access"

// Validate checks the rules that no single field can state. Errors name the fields.
func (c *Bootstrap) Validate() error { return access.Check(c.GetAccess()) }
