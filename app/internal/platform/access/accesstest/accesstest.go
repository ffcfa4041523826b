// Package accesstest lets callers in for tests.
package accesstest

import (
	"context"

	"github.com/stockonce/stockonce/app/internal/platform/access"
)

// As lets everybody in, whatever they show, as this caller.
type As access.Caller

// Admit implements edge.Access.
func (a As) Admit(ctx context.Context, _ string, _ access.Credentials) (context.Context, error) {
	return access.NewContext(ctx, access.Caller(a)), nil
}

// Operator is a caller who may do what operators may.
func Operator(subject string) As { return with(subject, access.Operator) }

// Storefront is a caller who may do what storefronts may.
func Storefront(subject string) As { return with(subject, access.Storefront) }

func with(subject string, role access.Role) As {
	return As{
		Identity: access.Identity{Subject: subject, Roles: []access.Role{role}, Issuer: "test"},
		By:       []access.Role{role},
	}
}
