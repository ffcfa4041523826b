// Package credential is how a service shows who it is to another: with short-lived
// tokens that it signs itself, or with a token that somebody keeps fresh in a file.
//
// No error of this package holds a token, a key, or a part of one.
package credential

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync/atomic"
	"time"

	"github.com/stockonce/stockonce/app/internal/platform/conf"
	"github.com/stockonce/stockonce/app/internal/platform/keyring"
)

// role is what services are to each other, see access.v1.Role.
const role = "service"

// reread is how often key or token are read again while tokens are asked for.
const reread = 5 * time.Second

// Source gives the token that is to be shown. It implements gRPC's
// credentials.PerRPCCredentials, and is safe for concurrent use.
//
// Key or token is read again when its file has changed. A file that cannot be used is
// logged, and what was read before stays.
type Source struct {
	set  *keyring.Set[*conf.TokenSource, *holder]
	now  func() time.Time
	read atomic.Pointer[time.Time]
}

// member is the name of the set's only member.
const member = "token"

// New makes a source. subject is the name of the service that shows the tokens; what
// is signed here says that it has the role service. An error names the file that
// cannot be used.
func New(cfg *conf.TokenSource, subject string, logger *slog.Logger) (*Source, error) {
	build := func(cfg *conf.TokenSource) (*holder, bool, error) {
		h, err := load(cfg, subject)
		return h, true, err
	}
	set, err := keyring.NewSet("credential", cfg, map[string]keyring.Build[*conf.TokenSource, *holder]{member: build}, logger)
	if err != nil {
		return nil, err
	}
	s := &Source{set: set, now: time.Now}
	start := s.now()
	s.read.Store(&start)
	return s, nil
}

// Token returns a token that is good for a minute at least, unless it is one from a
// file: that is as good as whoever writes the file keeps it.
func (s *Source) Token(ctx context.Context) (string, error) {
	now, last := s.now(), s.read.Load()
	if now.Sub(*last).Abs() >= reread && s.read.CompareAndSwap(last, &now) {
		_, _ = s.set.Reload(ctx) // never fails: it logs
	}
	h, _ := s.set.Get(member) // always there
	return h.token(now)
}

// GetRequestMetadata shows the token with every call.
func (s *Source) GetRequestMetadata(ctx context.Context, _ ...string) (map[string]string, error) {
	token, err := s.Token(ctx)
	if err != nil {
		return nil, err
	}
	return map[string]string{"authorization": "Bearer " + token}, nil
}

// RequireTransportSecurity lets tokens go over connections without TLS: where none is
// configured, whoever runs the service has decided that the network is trusted.
func (s *Source) RequireTransportSecurity() bool { return false }

// Check says what is wrong with the way a configuration names a token, without
// reading any file. Errors begin with field, its path. Nil is no token, and fine.
func Check(field string, cfg *conf.TokenSource) error {
	if cfg == nil {
		return nil
	}
	var errs []error
	if (cfg.GetFile() == "") == (cfg.GetKey() == nil) {
		errs = append(errs, fmt.Errorf("%s: must name either a file or a key", field))
	}
	errs = append(errs, keyring.CheckSecret(field+".key", cfg.GetKey()))
	for _, f := range []struct{ name, value string }{
		{"keyId", cfg.GetKeyId()}, {"issuer", cfg.GetIssuer()}, {"audience", cfg.GetAudience()},
	} {
		switch {
		case cfg.GetKey() == nil && f.value != "":
			errs = append(errs, fmt.Errorf("%s.%s: belongs to a key", field, f.name))
		case cfg.GetKey() != nil && f.value == "" && f.name != "keyId":
			errs = append(errs, fmt.Errorf("%s.%s: must be given with a key", field, f.name))
		}
	}
	return errors.Join(errs...)
}

// load reads what cfg names.
func load(cfg *conf.TokenSource, subject string) (*holder, error) {
	if file := cfg.GetFile(); file != "" {
		text, err := keyring.Secret(&conf.Secret{File: file})
		if err != nil {
			return nil, err
		}
		if strings.ContainsFunc(text, func(r rune) bool { return r <= ' ' || r > '~' }) {
			return nil, fmt.Errorf("file %s holds more than a token", file)
		}
		return &holder{text: text}, nil
	}
	text, err := keyring.Secret(cfg.GetKey())
	if err != nil {
		return nil, fmt.Errorf("key: %w", err)
	}
	key, err := ParseKey(text, cfg.GetKeyId())
	if err != nil {
		return nil, fmt.Errorf("key: %w", err)
	}
	return &holder{text: text, key: key, claims: Claims{
		Issuer: cfg.GetIssuer(), Audience: cfg.GetAudience(), Subject: subject, Roles: []string{role},
	}}, nil
}
