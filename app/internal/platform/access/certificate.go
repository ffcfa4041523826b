package access

import (
	"crypto/tls"
	"crypto/x509"
	"strings"

	"github.com/stockonce/stockonce/app/internal/platform/conf"
)

// byCertificate returns who the client of a connection is by the certificate that it
// proved to have. The first entry that fits counts.
//
// What is looked at is what the listener verified against its authorities, not what
// the client sent.
func byCertificate(known []*conf.CertificateIdentity, state *tls.ConnectionState) (Identity, error) {
	if state == nil || len(state.VerifiedChains) == 0 || len(state.VerifiedChains[0]) == 0 {
		return Identity{}, refuse(Anonymous, "who calls is not known: Authorization with a Bearer token is needed")
	}
	leaf := state.VerifiedChains[0][0]
	for _, c := range known {
		if !carries(leaf, c.GetName()) {
			continue
		}
		id := Identity{Subject: c.GetSubject()}
		for _, role := range c.GetRoles() {
			id.Roles = append(id.Roles, Role(role))
		}
		return id, nil
	}
	return Identity{}, refuse(Unbelieved, "the connection's certificate is of nobody who is known here")
}

// carries tells whether a certificate is for the name. Wildcards stand for themselves:
// a certificate for many names is nobody's in particular.
func carries(leaf *x509.Certificate, name string) bool {
	if strings.Contains(name, "://") {
		for _, uri := range leaf.URIs {
			if uri.String() == name {
				return true
			}
		}
		return false
	}
	for _, dns := range leaf.DNSNames {
		if strings.EqualFold(dns, name) {
			return true
		}
	}
	return false
}
