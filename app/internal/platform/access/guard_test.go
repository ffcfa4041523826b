package access

import (
	"crypto/tls"
	"crypto/x509"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/stockonce/stockonce/app/internal/platform/conf"
)

func TestTheRuleBesideTheMethodDecides(t *testing.T) {
	ec := newKey("ec")
	g, _ := guardOf(t, configured(write(t, "", set(ec))))
	for _, tc := range []struct {
		method, subject string
		roles           []string
		denied          string // "": let in
	}{
		{"Read", "ann", []string{"operator"}, ""},
		{"Read", "ann", []string{"auditor"}, ""},
		{"Read", "ann", []string{"storefront", "service"}, "Read may be called by: operator, auditor"},
		{"Read", "ann", nil, "Read may be called by: operator, auditor"},
		{"Take", "shelf", []string{"service"}, ""},
		{"Take", "till", []string{"service"}, "Take may be called by: service shelf"},
		{"Take", "shelf", []string{"operator"}, "Take may be called by: service shelf"},
		{"Own", "till", []string{"service"}, ""},
		{"Bare", "ann", []string{"operator", "service", "auditor", "storefront"}, "Bare may be called by: nobody"},
		{"Empty", "ann", []string{"operator", "service", "auditor", "storefront"}, "Empty may be called by: nobody"},
		{"Missing", "ann", []string{"operator"}, "Missing may be called by: nobody"},
	} {
		ctx, err := g.Admit(t.Context(), things+tc.method, bearing(ec.sign(says(tc.subject, tc.roles...))))
		c, ok := From(ctx)
		if tc.denied == "" {
			if err != nil || !ok || c.Subject != tc.subject || len(c.By) != 1 || !c.Only(Role(tc.roles[0])) {
				t.Errorf("%s by %s %v: %+v, %v", tc.method, tc.subject, tc.roles, c, err)
			}
			continue
		}
		reason, said := refusal(t, err)
		if reason != Denied || said != tc.denied || ok || err.(*RefusalError).Subject != tc.subject { //nolint:errorlint // refusal saw to it
			t.Errorf("%s by %s %v: %d %q", tc.method, tc.subject, tc.roles, reason, said)
		}
	}
}

func TestAPublicMethodIsForEverybodyWhateverTheyShow(t *testing.T) {
	g, _ := guardOf(t)
	for _, shown := range []Credentials{{}, bearing("nonsense")} {
		ctx, err := g.Admit(t.Context(), things+"Open", shown)
		if _, ok := From(ctx); err != nil || ok {
			t.Errorf("%v: %t, %v", shown, ok, err)
		}
	}
	_, err := g.Admit(t.Context(), things+"Read", Credentials{})
	if reason, said := refusal(t, err); reason != Anonymous || !strings.Contains(said, "Bearer token is needed") {
		t.Errorf("without anything: %d %q", reason, said)
	}
}

func TestSeveralRolesDoNotBindEachOther(t *testing.T) {
	c := Caller{By: []Role{Storefront, Operator}}
	if c.Only(Storefront) || !(Caller{By: []Role{Storefront}}).Only(Storefront) || (Caller{}).Only(Storefront) {
		t.Error("only is not only")
	}
}

func TestARouteBelongsToItsRPC(t *testing.T) {
	for route, want := range map[string]string{
		"POST /v1/open": things + "Open", "GET /v1/things/{id}": things + "Read",
		"GET /v1/bare": "", "PUT /v1/open": "", "GET /v1/things/7": "",
	} {
		method, path, _ := strings.Cut(route, " ")
		if got, ok := Operation(method, path); got != want || ok != (want != "") {
			t.Errorf("%s is %q", route, got)
		}
	}
}

// connection is the state of one whose client proved to have a certificate.
func connection(t *testing.T, dns, uri string) *tls.ConnectionState {
	t.Helper()
	leaf := &x509.Certificate{DNSNames: []string{"first.example", dns}}
	if uri != "" {
		u, err := url.Parse(uri)
		if err != nil {
			t.Fatal(err)
		}
		leaf.URIs = []*url.URL{u}
	}
	return &tls.ConnectionState{PeerCertificates: []*x509.Certificate{leaf}, VerifiedChains: [][]*x509.Certificate{{leaf}}}
}

func TestAVerifiedCertificateIsAnIdentity(t *testing.T) {
	ec := newKey("ec")
	g, _ := guardOf(t, configured(write(t, "", set(ec))))
	g.Configure(&conf.Access{
		Issuers: g.current.Load().cfg.GetIssuers(),
		Certificates: []*conf.CertificateIdentity{
			{Name: "shelf.example", Subject: "shelf", Roles: []string{"service"}},
			{Name: "spiffe://example/audit", Subject: "audit", Roles: []string{"auditor"}},
		},
	})
	for _, tc := range []struct {
		name, method, want string
		state              *tls.ConnectionState
	}{
		{"by DNS name", "Take", "shelf", connection(t, "Shelf.example", "")},
		{"by URI", "Read", "audit", connection(t, "x.example", "spiffe://example/audit")},
		{"without the role", "Read", "", connection(t, "shelf.example", "")},
		{"a URI as DNS name", "Read", "", connection(t, "spiffe://example/audit", "")},
		{"a wildcard", "Take", "", connection(t, "*.example", "")},
		{"a stranger", "Take", "", connection(t, "evil.example", "spiffe://example/audit/x")},
		{"not verified", "Take", "", &tls.ConnectionState{PeerCertificates: connection(t, "shelf.example", "").PeerCertificates}},
		{"none", "Take", "", &tls.ConnectionState{}},
	} {
		ctx, err := g.Admit(t.Context(), things+tc.method, Credentials{TLS: tc.state})
		if c, _ := From(ctx); c.Subject != tc.want || (err == nil) != (tc.want != "") {
			t.Errorf("%s: %+v, %v", tc.name, c, err)
		}
	}
	t.Run("a token counts before it, good or bad", func(t *testing.T) {
		shown := bearing(ec.sign(says("ann", "operator")))
		shown.TLS = connection(t, "shelf.example", "")
		if ctx, err := g.Admit(t.Context(), things+"Read", shown); err != nil {
			t.Error(err)
		} else if c, _ := From(ctx); c.Subject != "ann" {
			t.Errorf("is %+v", c)
		}
		shown.Authorization = []string{"Bearer x"}
		if _, err := g.Admit(t.Context(), things+"Take", shown); err == nil {
			t.Error("a bad token was passed over")
		}
	})
}

func TestAChangedConfigurationAppliesAtOnceAndABadOneIsRefused(t *testing.T) {
	ec := newKey("ec")
	file := write(t, "", set(ec))
	g, log := guardOf(t, configured(file))
	token := bearing(ec.sign(says("ann", "operator")))
	narrow := configured(file)
	narrow.Roles = []string{"auditor"}
	g.Configure(&conf.Access{Issuers: []*conf.Issuer{narrow}})
	if _, err := g.Admit(t.Context(), things+"Read", token); err == nil {
		t.Error("the operator is still one")
	}
	later := file + ".later"
	for range 3 {
		g.Configure(&conf.Access{Issuers: []*conf.Issuer{configured(later)}})
	}
	if _, err := g.reload(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := strings.Count(log.String(), "level=ERROR"); got != 1 || !strings.Contains(log.String(), "access.issuers[0].jwksFile: ") {
		t.Errorf("%d errors:\n%s", got, log)
	}
	if _, err := g.Admit(t.Context(), things+"Read", token); err == nil {
		t.Error("half of the refused configuration applies")
	}
	write(t, later, set(ec))
	if _, err := g.reload(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := g.Admit(t.Context(), things+"Read", token); err != nil {
		t.Errorf("the file has come: %v", err)
	}
	g.Configure(&conf.Access{})
	if _, err := g.Admit(t.Context(), things+"Read", token); err == nil {
		t.Error("the issuer is gone, and its token still good")
	}
}

func TestWithoutItsKeyFileAGuardDoesNotStart(t *testing.T) {
	for want, text := range map[string]string{"not a JSON Web Key Set": "{}", "JSON Web Key": "nonsense", "no such file": ""} {
		file := t.TempDir() + "/keys.json"
		if text != "" {
			write(t, file, []byte(text))
		}
		_, err := NewGuard(&conf.Access{Issuers: []*conf.Issuer{configured(file)}}, quiet)
		if err == nil || !strings.Contains(err.Error(), "access.issuers[0].jwksFile: ") || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestCallersAndChangesAtOnce(t *testing.T) {
	ec := newKey("ec")
	file := write(t, "", set(ec))
	g, _ := guardOf(t, configured(file))
	token := bearing(ec.sign(says("ann", "operator")))
	unknown := bearing(newKey("x").sign(says("ann", "operator")))
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for range 50 {
				if _, err := g.Admit(t.Context(), things+"Read", token); err != nil {
					t.Error(err)
				}
				if _, err := g.Admit(t.Context(), things+"Read", unknown); err == nil {
					t.Error("an unknown key was believed")
				}
			}
		})
	}
	all.Go(func() {
		for i := range 50 {
			c := configured(file)
			c.Audiences = append(c.Audiences, strings.Repeat("x", i%2+1))
			g.Configure(&conf.Access{Issuers: []*conf.Issuer{c}})
			_, _ = g.reload(t.Context())
		}
	})
	all.Wait()
}
