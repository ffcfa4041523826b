package access

import (
	"crypto/x509"
	"encoding/base64"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"google.golang.org/protobuf/types/known/durationpb"
)

// bearing shows a token.
func bearing(token string) Credentials {
	return Credentials{Authorization: []string{"Bearer " + token}}
}

// refusal is the reason and the text of an error, which must be a refusal.
func refusal(t *testing.T, err error) (Reason, string) {
	t.Helper()
	r, ok := errors.AsType[*RefusalError](err)
	if !ok {
		t.Fatalf("not a refusal: %v", err)
	}
	return r.Reason, r.Error()
}

func TestATokenIsBelieved(t *testing.T) {
	ec, other := newKey("ec"), newKey("other")
	g, _ := guardOf(t, configured(write(t, "", set(ec, rsaKey(), other))))
	for name, token := range map[string]string{
		"ES256":                            ec.sign(says("ann", "operator")),
		"RS256":                            rsaKey().sign(says("ann", "operator")),
		"for several audiences":            ec.sign(says("ann", "operator").with("aud", []string{"elsewhere", "also"})),
		"without nbf and iat":              ec.sign(says("ann", "operator").with("nbf", nil).with("iat", nil)),
		"roles in one text":                ec.sign(says("ann").with("roles", "reader operator")),
		"roles among those of others":      ec.sign(says("ann", "admin", "operator")),
		"an access token by RFC 9068":      ec.sign(says("ann", "operator"), func(o *jose.SignerOptions) { o.WithType("at+JWT") }),
		"an access token spelled out":      ec.sign(says("ann", "operator"), func(o *jose.SignerOptions) { o.WithType("application/at+jwt") }),
		"expired as long ago as skew says": ec.sign(says("ann", "operator").with("exp", now.Add(-defaultSkew).Unix())),
		"valid as soon as skew says":       ec.sign(says("ann", "operator").with("nbf", now.Add(defaultSkew).Unix())),
	} {
		ctx, err := g.Admit(t.Context(), things+"Read", bearing(token))
		c, ok := From(ctx)
		if err != nil || !ok || c.Subject != "ann" || c.Issuer != issuerName || len(c.Roles) != 1 || c.Roles[0] != Operator {
			t.Errorf("%s: %+v, %v", name, c, err)
		}
	}
}

func TestATokenThatProvesNothingIsRefused(t *testing.T) {
	ec, two, stranger := newKey("ec"), newKey("two"), newKey("ec")
	g, log := guardOf(t, configured(write(t, "", set(ec, two, rsaKey()))))
	good := says("annabel", "operator")
	text := ec.sign(good)
	parts := strings.Split(text, ".")
	der, err := x509.MarshalPKIXPublicKey(rsaKey().jwk().Key)
	if err != nil {
		t.Fatal(err)
	}
	hmac := func(secret []byte, id string) string {
		return signWith(jose.SigningKey{Algorithm: jose.HS256, Key: jose.JSONWebKey{Key: secret, KeyID: id}}, nil, good)
	}
	raw := func(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) }
	embedded := func(id string) func(*jose.SignerOptions) {
		return func(o *jose.SignerOptions) { o.EmbedJWK = true; o.WithHeader("kid", id) }
	}
	for name, tc := range map[string]struct{ token, want string }{
		"expired":                           {ec.sign(good.with("exp", now.Add(-defaultSkew-time.Second).Unix())), "token expired"},
		"not valid yet":                     {ec.sign(good.with("nbf", now.Add(defaultSkew+time.Second).Unix())), "token not valid yet"},
		"issued in the future":              {ec.sign(good.with("iat", now.Add(defaultSkew+time.Second).Unix())), "token issued in the future"},
		"never expires":                     {ec.sign(good.with("exp", nil)), "never expires"},
		"expires at no number":              {ec.sign(good.with("exp", "tomorrow")), "claims cannot be read"},
		"another audience":                  {ec.sign(good.with("aud", "elsewhere")), "another audience"},
		"no audience":                       {ec.sign(good.with("aud", nil)), "another audience"},
		"an issuer nobody knows":            {ec.sign(good.with("iss", "https://evil.example")), "issuer is not known"},
		"an issuer that only looks alike":   {ec.sign(good.with("iss", issuerName+"/")), "issuer is not known"},
		"no issuer":                         {ec.sign(good.with("iss", nil)), "issuer is not known"},
		"no subject":                        {ec.sign(good.with("sub", nil)), "subject must be"},
		"a subject with a line in it":       {ec.sign(good.with("sub", "ann\nbob")), "subject must be"},
		"a subject nobody could keep":       {ec.sign(good.with("sub", strings.Repeat("a", 65))), "subject must be"},
		"a key nobody knows":                {newKey("new").sign(good), "unknown key"},
		"no key named, and three there are": {key{"", ec.private}.sign(good), "names no key"},
		"another's key under a known name":  {stranger.sign(good), "signature is wrong"},
		"one's own key under another name":  {key{"two", ec.private}.sign(good), "signature is wrong"},
		"a key of the other algorithm":      {key{"rsa", ec.private}.sign(good), "unknown key"},
		"a key in the token itself":         {newKey("mine").sign(good, embedded("mine")), "unknown key"},
		"a known name, and a key in itself": {stranger.sign(good, embedded("ec")), "signature is wrong"},
		"no signature":                      {parts[0] + "." + parts[1] + ".", "signature is wrong"},
		"other claims than were signed":     {parts[0] + "." + raw(`{"iss":"`+issuerName+`","sub":"eve"}`) + "." + parts[2], "signature is wrong"},
		"alg none":                          {raw(`{"alg":"none"}`) + "." + parts[1] + ".", "only RS256 and ES256"},
		"alg None, with a signature":        {raw(`{"alg":"None","kid":"ec"}`) + "." + parts[1] + "." + parts[2], "only RS256 and ES256"},
		"HS256 with the public key, DER":    {hmac(der, "rsa"), "only RS256 and ES256"},
		"HS256 with the public key, JWK":    {hmac(set(rsaKey()), "rsa"), "only RS256 and ES256"},
		"an extension nobody knows":         {ec.sign(good, func(o *jose.SignerOptions) { o.WithHeader("crit", []string{"new"}).WithHeader("new", 1) }), "cannot be read"},
		"a token for logging out":           {ec.sign(good, func(o *jose.SignerOptions) { o.WithType("logout+jwt") }), "something else than access"},
		"one claim twice":                   {parts[0] + "." + raw(`{"iss":"a","iss":"`+issuerName+`"}`) + "." + parts[2], "claims cannot be read"},
		"no token":                          {"s3cret", "not a token"},
		"JSON":                              {`{"payload":"x"}`, "not a token"},
		"four parts":                        {text + ".x", "not a token"},
		"a token nobody would send":         {text + strings.Repeat("a", maxToken), "too long"},
	} {
		ctx, err := g.Admit(t.Context(), things+"Read", bearing(tc.token))
		reason, said := refusal(t, err)
		if reason != Unbelieved || !strings.Contains(said, tc.want) {
			t.Errorf("%s: %d %q, want %q", name, reason, said, tc.want)
		}
		if _, ok := From(ctx); ok {
			t.Errorf("%s: there is a caller", name)
		}
		for _, secret := range []string{"annabel", "evil", "s3cret", parts[2]} {
			if strings.Contains(said, secret) || strings.Contains(log.String(), secret) {
				t.Errorf("%s: tells %q", name, secret)
			}
		}
	}
}

func TestAuthorizationIsOneBearerToken(t *testing.T) {
	ec := newKey("ec")
	g, _ := guardOf(t, configured(write(t, "", set(ec))))
	good := ec.sign(says("ann", "operator"))
	for name, shown := range map[string][]string{
		"another scheme": {"Basic " + good}, "no scheme": {good}, "no token": {"Bearer"}, "nothing": {""},
		"two of them": {"Bearer " + good, "Bearer " + good},
	} {
		_, err := g.Admit(t.Context(), things+"Read", Credentials{Authorization: shown})
		if reason, said := refusal(t, err); reason != Unbelieved || !strings.HasPrefix(said, "Authorization: ") {
			t.Errorf("%s: %d %q", name, reason, said)
		}
	}
	if _, err := g.Admit(t.Context(), things+"Read", Credentials{Authorization: []string{"bearer  " + good}}); err != nil {
		t.Errorf("the scheme in small letters: %v", err)
	}
}

func TestAnIssuerGivesOnlyTheRolesItMay(t *testing.T) {
	ec := newKey("ec")
	i := configured(write(t, "", set(ec)))
	i.Roles, i.Services, i.RolesClaim = []string{"service", "auditor"}, []string{"shelf"}, "groups"
	g, _ := guardOf(t, i)
	for _, tc := range []struct {
		subject string
		groups  any
		want    string
	}{
		{"shelf", []string{"service", "operator"}, "service"},
		{"till", []string{"service"}, ""},
		{"till", []string{"service", "auditor"}, "auditor"},
		{"ann", "operator auditor", "auditor"},
		{"ann", []any{1, nil, "Auditor", []string{"auditor"}}, ""},
		{"ann", map[string]any{"auditor": true}, ""},
		{"ann", nil, ""},
	} {
		token := ec.sign(says(tc.subject, "operator", "storefront").with("groups", tc.groups))
		id, err := g.current.Load().identify(t.Context(), bearing(token), now)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, r := range id.Roles {
			got = append(got, string(r))
		}
		if strings.Join(got, " ") != tc.want {
			t.Errorf("%s with %v is %v, want %q", tc.subject, tc.groups, got, tc.want)
		}
	}
}

func TestAnIssuersClockMayDifferAsConfigured(t *testing.T) {
	ec := newKey("ec")
	i := configured(write(t, "", set(ec)))
	i.ClockSkew = durationpb.New(0)
	g, _ := guardOf(t, i)
	for _, off := range []claims{says("ann", "operator").with("exp", now.Unix()-1), says("ann", "operator").with("nbf", now.Unix()+1)} {
		if _, err := g.Admit(t.Context(), things+"Read", bearing(ec.sign(off))); err == nil {
			t.Errorf("taken: %v", off)
		}
	}
}

func FuzzToken(f *testing.F) {
	ec := newKey("ec")
	g, _ := guardOf(f, configured(write(f, "", set(ec, newKey("two")))))
	good := ec.sign(says("ann", "operator"))
	signed := good[:strings.LastIndexByte(good, '.')]
	f.Add(good)
	f.Add(key{"", ec.private}.sign(says("ann")))
	f.Add(newKey("ec").sign(says("ann"), func(o *jose.SignerOptions) { o.EmbedJWK = true }))
	f.Add("eyJhbGciOiJub25lIn0.e30.")
	f.Fuzz(func(t *testing.T, text string) {
		id, err := g.current.Load().identify(t.Context(), bearing(text), now)
		if err == nil {
			// Base64 has several ways to write the last bits and tolerates line ends.
			if plain := strings.NewReplacer("\r", "", "\n", "").Replace(strings.TrimSpace(text)); id.Subject != "ann" || !strings.HasPrefix(plain, signed[:len(signed)-1]) {
				t.Errorf("believed %q to be %+v", text, id)
			}
			return
		}
		reason, said := refusal(t, err)
		for _, c := range said {
			if c < ' ' || c > '~' || c == '"' || c == '\\' {
				t.Errorf("%d %q does not fit a header", reason, said)
			}
		}
	})
}
