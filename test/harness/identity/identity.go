// Package identity is who everybody is in tests and demonstrations: it mints keys of
// its own for each run, has the services believe them, and signs tokens with them. It
// signs by itself, independently of the services' own code.
package identity

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// What the services are told about the two issuers.
const (
	// Issuer signs for people and for other teams' programs.
	Issuer = "https://identity.example"
	// Audience is who its tokens are for: both services.
	Audience = "stockonce"
	// order signs for itself, and is believed by product alone.
	orderName, productName = "order", "product"
)

// Lifetime is how long tokens for tests and demonstrations are good: longer than any
// of them takes.
const Lifetime = 12 * time.Hour

// Authority signs tokens. It is safe for concurrent use.
type Authority struct {
	people, order *Key
	folder        string
}

// New mints the keys and writes what services need of them into folder, which it
// makes: key sets that everybody may read, and order's private key.
func New(folder string) (*Authority, error) {
	a := &Authority{folder: folder}
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, fmt.Errorf("identity: %w", err)
	}
	for _, k := range []struct {
		key  **Key
		id   string
		file string
	}{{&a.people, "people", a.file("people.json")}, {&a.order, orderName, a.file("order.json")}} {
		key, err := NewKey(k.id)
		if err != nil {
			return nil, err
		}
		if err := os.WriteFile(k.file, key.Set(), 0o600); err != nil {
			return nil, fmt.Errorf("identity: %w", err)
		}
		*k.key = key
	}
	private, err := a.order.PEM()
	if err == nil {
		err = os.WriteFile(a.file("order.pem"), private, 0o600)
	}
	if err != nil {
		return nil, fmt.Errorf("identity: %w", err)
	}
	return a, nil
}

func (a *Authority) file(name string) string { return filepath.Join(a.folder, name) }

// Access is the part of a service's configuration, YAML, that has it believe the
// tokens: those of people everywhere, order's at product.
func (a *Authority) Access(service string) string {
	text := fmt.Sprintf("access:\n  issuers:\n    - {issuer: %q, audiences: [%s], jwksFile: %q,"+
		" roles: [storefront, operator, auditor, service], services: [warehouse]}\n", Issuer, Audience, a.file("people.json"))
	if service == productName {
		text += fmt.Sprintf("    - {issuer: %s, audiences: [%s], jwksFile: %q, roles: [service], services: [%s]}\n",
			orderName, productName, a.file("order.json"), orderName)
	}
	return text
}

// OrderSettings are the environment variables by which order signs its own tokens for
// product.
func (a *Authority) OrderSettings() map[string]string {
	return map[string]string{
		"STOCKONCE_PRODUCT_TOKEN_KEY_FILE": a.file("order.pem"),
		"STOCKONCE_PRODUCT_TOKEN_KEY_ID":   a.order.ID,
		"STOCKONCE_PRODUCT_TOKEN_ISSUER":   orderName,
		"STOCKONCE_PRODUCT_TOKEN_AUDIENCE": productName,
	}
}

// OrderToken is the same as the value of product.token in order's configuration, YAML.
func (a *Authority) OrderToken() string {
	return fmt.Sprintf("{key: {file: %q}, keyId: %s, issuer: %s, audience: %s}",
		a.file("order.pem"), a.order.ID, orderName, productName)
}

// Token is a token for a person or another team's program. Roles are storefront,
// operator, auditor and, for the subject "warehouse" alone, service.
func (a *Authority) Token(subject string, roles ...string) Bearer {
	return a.people.Sign(claims(Issuer, Audience, subject, roles))
}

// Operator is a token that may do all that people may.
func (a *Authority) Operator() Bearer { return a.Token("operator@example.com", "operator") }

// Order is a token as order shows it to product.
func (a *Authority) Order() Bearer {
	return a.order.Sign(claims(orderName, productName, orderName, []string{"service"}))
}

func claims(issuer, audience, subject string, roles []string) map[string]any {
	now := time.Now()
	return map[string]any{
		"iss": issuer, "aud": audience, "sub": subject, "roles": roles,
		"iat": now.Unix(), "exp": now.Add(Lifetime).Unix(),
	}
}

// Bearer is a token to be shown. It is a credentials.PerRPCCredentials of gRPC, for
// connections without TLS too: they stay on this machine.
type Bearer string

// Header is what HTTP's Authorization says.
func (b Bearer) Header() string { return "Bearer " + string(b) }

// GetRequestMetadata shows the token with every call.
func (b Bearer) GetRequestMetadata(context.Context, ...string) (map[string]string, error) {
	return map[string]string{"authorization": b.Header()}, nil
}

// RequireTransportSecurity says that the token may travel in plain text.
func (b Bearer) RequireTransportSecurity() bool { return false }

// encoded is v as JSON; what is encoded here always can be.
func encoded(v any) []byte {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return text
}
