package access

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
)

const (
	// maxToken is the longest token looked at, in bytes.
	maxToken = 8 << 10
	// maxSubject is what the services can keep of who called.
	maxSubject = 64
	// defaultSkew is how far an issuer's clock may differ where nothing is configured.
	defaultSkew = 30 * time.Second
	rolesClaim  = "roles"
)

// issuer is an authority whose tokens are believed.
type issuer struct {
	name      string
	audiences []string
	claim     string
	skew      time.Duration
	roles     []Role   // the only ones it may give
	services  []string // the only subjects that it may call services; empty: any
	keys      *source
}

// parseToken reads a token without believing any of it, and tells whose it says it is.
//
// That only RS256 and ES256 are taken is what keeps "none" and HMACs with a public key
// out: RFC 8725 sections 2.1 and 3.1.
func parseToken(text string) (*jwt.JSONWebToken, string, error) {
	if len(text) > maxToken {
		return nil, "", unbelieved("the token is too long")
	}
	token, err := jwt.ParseSigned(text, algorithms)
	if _, other := errors.AsType[*jose.ErrUnexpectedSignatureAlgorithm](err); other {
		return nil, "", unbelieved("the token's algorithm is not taken: only RS256 and ES256 are")
	}
	if err != nil || len(token.Headers) != 1 {
		return nil, "", unbelieved("not a token: a signed JWT is expected")
	}
	// Tokens for something else than access say so: RFC 8725 section 3.11.
	kind, _ := token.Headers[0].ExtraHeaders[jose.HeaderType].(string)
	switch strings.ToLower(strings.TrimPrefix(strings.ToLower(kind), "application/")) {
	case "", "jwt", "at+jwt":
	default:
		return nil, "", unbelieved("the token is for something else than access")
	}
	var says struct {
		Issuer string `json:"iss"`
	}
	if err := token.UnsafeClaimsWithoutVerification(&says); err != nil {
		return nil, "", unbelieved("the token's claims cannot be read")
	}
	return token, says.Issuer, nil
}

// verify believes a token, or tells why not.
func (i *issuer) verify(ctx context.Context, token *jwt.JSONWebToken, now time.Time) (Identity, error) {
	key, err := i.keys.find(ctx, token.Headers[0].KeyID, token.Headers[0].Algorithm)
	switch {
	case errors.Is(err, errNoKeys):
		return Identity{}, refuse(Undecided, "%s", err.Error())
	case err != nil:
		return Identity{}, unbelieved(err.Error())
	}
	var claims jwt.Claims
	var more map[string]any
	switch err := token.Claims(key, &claims, &more); {
	case errors.Is(err, jose.ErrCryptoFailure):
		return Identity{}, unbelieved("the token's signature is wrong")
	case err != nil:
		return Identity{}, unbelieved("the token's claims cannot be read")
	}
	if err := i.check(claims, now); err != nil {
		return Identity{}, err
	}
	return Identity{Subject: claims.Subject, Roles: i.allowed(claims.Subject, more[i.claim]), Issuer: i.name}, nil
}

// check holds the claims against what must be so. RFC 7519 section 4.1 leaves most of
// them to be missing; here only "nbf" and "iat" may.
func (i *issuer) check(claims jwt.Claims, now time.Time) error {
	if claims.Expiry == nil {
		return unbelieved("the token never expires: exp is needed")
	}
	expected := jwt.Expected{Issuer: i.name, AnyAudience: i.audiences, Time: now}
	err := claims.ValidateWithLeeway(expected, i.skew)
	switch {
	case errors.Is(err, jwt.ErrExpired):
		return unbelieved("token expired")
	case errors.Is(err, jwt.ErrNotValidYet):
		return unbelieved("token not valid yet")
	case errors.Is(err, jwt.ErrIssuedInTheFuture):
		return unbelieved("token issued in the future")
	case errors.Is(err, jwt.ErrInvalidAudience):
		return unbelieved("the token is for another audience")
	case err != nil:
		return unbelieved("the token's claims are not as expected")
	}
	if !validSubject(claims.Subject) {
		return unbelieved("the token's subject must be 1 to 64 visible ASCII characters")
	}
	return nil
}

// allowed returns those roles of a claim that the issuer may give the subject. The
// others are nobody's: the claim may hold roles of other systems.
func (i *issuer) allowed(subject string, claim any) []Role {
	var named []string
	switch claim := claim.(type) {
	case string:
		named = strings.Fields(claim)
	case []any:
		for _, v := range claim {
			if text, ok := v.(string); ok {
				named = append(named, text)
			}
		}
	}
	var roles []Role
	for _, r := range i.roles {
		if r == Service && len(i.services) > 0 && !slices.Contains(i.services, subject) {
			continue
		}
		if slices.Contains(named, string(r)) {
			roles = append(roles, r)
		}
	}
	return roles
}

func validSubject(s string) bool {
	for _, c := range []byte(s) {
		if c < '!' || c > '~' {
			return false
		}
	}
	return s != "" && len(s) <= maxSubject
}
