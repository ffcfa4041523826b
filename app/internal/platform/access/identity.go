// Package access decides who calls, and whether they may.
//
// Who calls is told by a token (a JWT of an issuer that is configured) or by the
// certificate of the connection. Who may is told by the rule beside each RPC in its
// .proto; what has no rule is called by nobody.
package access

import (
	"context"
	"slices"
)

// Role is what an identity is allowed to be: see Role in access/v1/access.proto.
type Role string

// The roles there are.
const (
	Storefront Role = "storefront"
	Operator   Role = "operator"
	Service    Role = "service"
	Auditor    Role = "auditor"
)

// Identity is who somebody is.
type Identity struct {
	// Subject is the name its issuer knows it by: 1 to 64 visible ASCII characters.
	Subject string
	// Roles are those it has; what its issuer may not give is not among them.
	Roles []Role
	// Issuer is who says so; empty where it was a certificate.
	Issuer string
}

// Caller is an identity that may call the method it calls.
type Caller struct {
	Identity
	// By are those of its roles by which it may.
	By []Role
}

// Only tells whether it is by this role alone that the method may be called.
func (c Caller) Only(r Role) bool { return slices.Equal(c.By, []Role{r}) }

type callerKey struct{}

// NewContext returns ctx with the caller.
func NewContext(ctx context.Context, c Caller) context.Context {
	return context.WithValue(ctx, callerKey{}, c)
}

// From returns the caller, whom a public method does not have.
func From(ctx context.Context) (Caller, bool) {
	c, ok := ctx.Value(callerKey{}).(Caller)
	return c, ok
}
