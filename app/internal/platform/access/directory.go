package access

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/stockonce/stockonce/app/internal/platform/conf"
)

// directory is who is believed to be whom, made of one configuration.
type directory struct {
	cfg          *conf.Access
	issuers      map[string]*issuer
	certificates []*conf.CertificateIdentity
	sources      map[string]*source
}

// newDirectory makes it. Key files must be readable; addresses are asked, and need not
// answer yet. Sources of old go on, with what they have read.
func newDirectory(ctx context.Context, cfg *conf.Access, old *directory, logger *slog.Logger) (*directory, error) {
	d := &directory{
		cfg: cfg, certificates: cfg.GetCertificates(),
		issuers: map[string]*issuer{}, sources: map[string]*source{},
	}
	var errs []error
	for n, c := range cfg.GetIssuers() {
		keys := d.source(ctx, c, old, logger)
		if c.GetJwksFile() != "" && keys.current.Load() == nil {
			errs = append(errs, fmt.Errorf("access.issuers[%d].%s", n, keys.failure))
		}
		i := &issuer{
			name: c.GetIssuer(), audiences: c.GetAudiences(), services: c.GetServices(),
			claim: rolesClaim, skew: defaultSkew, keys: keys,
		}
		if c.GetRolesClaim() != "" {
			i.claim = c.GetRolesClaim()
		}
		if c.GetClockSkew() != nil {
			i.skew = c.GetClockSkew().AsDuration()
		}
		for _, role := range c.GetRoles() {
			i.roles = append(i.roles, Role(role))
		}
		d.issuers[i.name] = i
	}
	return d, errors.Join(errs...)
}

// source returns where the issuer's keys are: the one of old, or a new one that has
// been read if it can be.
func (d *directory) source(ctx context.Context, c *conf.Issuer, old *directory, logger *slog.Logger) *source {
	name := "file " + c.GetJwksFile()
	if c.GetJwksFile() == "" {
		text, _ := proto.MarshalOptions{Deterministic: true}.Marshal(c.GetJwks()) // of valid UTF-8, checked
		name = "url " + string(text)
	}
	s := d.sources[name]
	if s == nil && old != nil {
		s = old.sources[name]
	}
	if s == nil {
		s = fromURL(c.GetJwks())
		if c.GetJwksFile() != "" {
			s = fromFile(c.GetJwksFile())
		}
		s.issuer, s.logger = c.GetIssuer(), logger
		s.refresh(ctx, 0)
	}
	d.sources[name] = s
	return s
}

// identify tells who shows this, or returns a *RefusalError. A token counts before the
// certificate: a gateway that is known by its certificate hands on its callers' tokens.
func (d *directory) identify(ctx context.Context, shown Credentials, now time.Time) (Identity, error) {
	if len(shown.Authorization) == 0 {
		return byCertificate(d.certificates, shown.TLS)
	}
	text, err := bearer(shown.Authorization)
	if err != nil {
		return Identity{}, err
	}
	token, name, err := parseToken(text)
	if err != nil {
		return Identity{}, err
	}
	i, ok := d.issuers[name]
	if !ok {
		return Identity{}, unbelieved("the token's issuer is not known here")
	}
	return i.verify(ctx, token, now)
}
