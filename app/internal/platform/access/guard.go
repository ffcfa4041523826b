package access

import (
	"context"
	"crypto/tls"
	"log/slog"
	"path"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/stockonce/stockonce/app/internal/platform/conf"
	"github.com/stockonce/stockonce/app/internal/platform/worker"
)

// Credentials are what a caller shows of itself.
type Credentials struct {
	// Authorization is every value of that header.
	Authorization []string
	// TLS is the state of the connection; nil for plain text.
	TLS *tls.ConnectionState
}

// Guard lets callers in, or not. It is safe for concurrent use.
type Guard struct {
	logger *slog.Logger
	rules  rules
	now    func() time.Time

	current atomic.Pointer[directory]

	mu      sync.Mutex   // one change at a time
	wanted  *conf.Access // as configured last
	refused string       // why wanted is not in force: said once
}

// NewGuard makes a guard of a checked configuration. An error names the key file that
// cannot be read. An address that does not answer is asked again later; until then its
// issuer's tokens are neither believed nor refused.
func NewGuard(cfg *conf.Access, logger *slog.Logger) (*Guard, error) {
	g := &Guard{logger: logger, now: time.Now, wanted: cfg}
	d, err := newDirectory(context.Background(), cfg, nil, logger)
	if err != nil {
		return nil, err
	}
	g.current.Store(d)
	if len(cfg.GetIssuers())+len(cfg.GetCertificates()) == 0 {
		logger.Warn("access: nobody is known, so only public methods can be called; see access.issuers")
	}
	return g, nil
}

// Admit returns ctx with the caller of an operation, as in "/package.Service/Method",
// if it may call it: see From. Public methods are not asked who calls. Every error is
// a *RefusalError.
func (g *Guard) Admit(ctx context.Context, operation string, shown Credentials) (context.Context, error) {
	rule := g.rules.of(operation)
	if rule.GetPublic() {
		return ctx, nil
	}
	id, err := g.current.Load().identify(ctx, shown, g.now())
	if err != nil {
		return ctx, err
	}
	by := admitting(rule, id)
	if len(by) == 0 {
		return ctx, &RefusalError{
			Reason: Denied, Subject: id.Subject,
			text: path.Base(operation) + " may be called by: " + describe(rule),
		}
	}
	return NewContext(ctx, Caller{Identity: id, By: by}), nil
}

// Configure takes a changed, checked configuration. One whose key files cannot be read
// is refused, logged once, and the old one kept; it is tried again with every pass of
// the loop, because files often arrive after the configuration that names them.
func (g *Guard) Configure(cfg *conf.Access) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.wanted = cfg
	g.settle(context.Background())
}

// Loop reads keys again: files that changed, and addresses from time to time.
func (g *Guard) Loop() worker.Loop {
	return worker.Loop{Name: "access keys", Interval: func() time.Duration { return poll }, Run: g.reload}
}

func (g *Guard) reload(ctx context.Context) (int, error) {
	for _, s := range g.current.Load().sources {
		s.pass(ctx)
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.settle(ctx)
	return 0, nil
}

// settle puts what is wanted in force, if its keys can be read.
func (g *Guard) settle(ctx context.Context) {
	inForce := g.current.Load()
	if proto.Equal(inForce.cfg, g.wanted) {
		g.refused = ""
		return
	}
	d, err := newDirectory(ctx, g.wanted, inForce, g.logger)
	if err != nil {
		if g.refused != err.Error() {
			g.refused = err.Error()
			g.logger.ErrorContext(ctx, "access: configuration refused, the old one stays", "error", err)
		}
		return
	}
	g.refused = ""
	g.current.Store(d)
	g.logger.InfoContext(ctx, "access: configured", "issuers", len(d.issuers), "certificates", len(d.certificates))
}

// bearer returns the token that is shown, as RFC 6750 section 2.1 writes it.
func bearer(authorization []string) (string, error) {
	if len(authorization) > 1 {
		return "", unbelieved("Authorization: is there more than once")
	}
	scheme, token, _ := strings.Cut(authorization[0], " ")
	if token = strings.TrimSpace(token); !strings.EqualFold(scheme, "Bearer") || token == "" {
		return "", unbelieved("Authorization: must be Bearer and a token")
	}
	return token, nil
}
