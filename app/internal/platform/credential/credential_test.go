package credential

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"github.com/stockonce/stockonce/app/internal/platform/conf"
)

// signing is a configuration with the key in a file.
func signing(file string) *conf.TokenSource {
	return &conf.TokenSource{Key: &conf.Secret{File: file}, Issuer: "order", Audience: "other"}
}

// write writes a file, a new one if name is empty.
func write(t *testing.T, name, text string) string {
	t.Helper()
	if name == "" {
		name = filepath.Join(t.TempDir(), "file")
	}
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

func newKeyText(t *testing.T) (string, *Key) {
	t.Helper()
	key, err := NewKey()
	if err != nil {
		t.Fatal(err)
	}
	text, err := key.PEM()
	if err != nil {
		t.Fatal(err)
	}
	return string(text), key
}

// source is one whose clock the test moves.
func source(t *testing.T, cfg *conf.TokenSource, log *bytes.Buffer) (*Source, func(time.Duration)) {
	t.Helper()
	s, err := New(cfg, "order", slog.New(slog.NewTextHandler(log, nil)))
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	s.now = func() time.Time { return now }
	return s, func(d time.Duration) { now = now.Add(d) }
}

func token(t *testing.T, s *Source) string {
	t.Helper()
	shown, err := s.GetRequestMetadata(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	text, found := strings.CutPrefix(shown["authorization"], "Bearer ")
	if !found || len(shown) != 1 {
		t.Fatalf("shows %v", shown)
	}
	return text
}

func TestTokensSayWhoTheServiceIs(t *testing.T) {
	text, key := newKeyText(t)
	s, _ := source(t, signing(write(t, "", text)), new(bytes.Buffer))
	parsed, err := jwt.ParseSigned(token(t, s), []jose.SignatureAlgorithm{jose.ES256})
	if err != nil {
		t.Fatal(err)
	}
	var said jwt.Claims
	var also struct {
		Roles []string `json:"roles"`
	}
	if err := parsed.Claims(key.Public().Key, &said, &also); err != nil {
		t.Fatal(err)
	}
	if said.Issuer != "order" || said.Subject != "order" || !slices.Equal(said.Audience, jwt.Audience{"other"}) || !slices.Equal(also.Roles, []string{"service"}) {
		t.Errorf("claims %+v, roles %v", said, also.Roles)
	}
	if lifetime := said.Expiry.Time().Sub(said.IssuedAt.Time()); lifetime != 5*time.Minute || time.Since(said.IssuedAt.Time()).Abs() > time.Minute {
		t.Errorf("issued at %s for %s", said.IssuedAt.Time(), lifetime)
	}
	if id := parsed.Headers[0].KeyID; id != key.ID() || len(id) != 16 {
		t.Errorf("the token names the key %s, whose id is %s", id, key.ID())
	}
	if s.RequireTransportSecurity() {
		t.Error("a connection without TLS shows no token")
	}
}

func TestATokenIsShownAgainUntilTwoThirdsOfItsLife(t *testing.T) {
	text, _ := newKeyText(t)
	s, pass := source(t, signing(write(t, "", text)), new(bytes.Buffer))
	first := token(t, s)
	if pass(3 * time.Minute); token(t, s) != first {
		t.Error("another token after 3 minutes of 5")
	}
	if pass(time.Minute); token(t, s) == first {
		t.Error("the same token after 4 minutes of 5")
	}
	second := token(t, s)
	if pass(-time.Hour); token(t, s) == second {
		t.Error("a token of the future, after the clock was set back")
	}
}

func TestAnotherKeyFileIsUsedWithoutARestartAndABadOneIsNot(t *testing.T) {
	text, _ := newKeyText(t)
	file := write(t, "", text)
	var log bytes.Buffer
	s, pass := source(t, signing(file), &log)
	first := token(t, s)
	write(t, file, text[:40])
	if pass(reread); token(t, s) != first || !strings.Contains(log.String(), "refused") || strings.Contains(log.String(), text[30:40]) {
		t.Errorf("half a key; logged %s", &log)
	}
	other, key := newKeyText(t)
	write(t, file, other)
	pass(reread)
	parsed, err := jwt.ParseSigned(token(t, s), []jose.SignatureAlgorithm{jose.ES256})
	if err != nil {
		t.Fatal(err)
	}
	if err := parsed.Claims(key.Public().Key); err != nil || parsed.Headers[0].KeyID != key.ID() {
		t.Errorf("not signed with the new key: %v", err)
	}
}

func TestATokenFileIsReadAgain(t *testing.T) {
	file := write(t, "", "one.two.three\n")
	s, pass := source(t, &conf.TokenSource{File: file}, new(bytes.Buffer))
	if got := token(t, s); got != "one.two.three" {
		t.Errorf("shows %q", got)
	}
	write(t, file, "four.five.six")
	if pass(reread); token(t, s) != "four.five.six" {
		t.Error("the old token is still shown")
	}
}

func TestKeysAreP256OrRSAInTheirUsualForms(t *testing.T) {
	encode := func(kind string, der []byte, err error) string {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
	}
	p256, _ := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	p384, _ := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	big, _ := rsa.GenerateKey(rand.Reader, 2048)
	small, _ := rsa.GenerateKey(rand.Reader, 1024)
	sec1, err := x509.MarshalECPrivateKey(p256)
	fromOpenSSL := "-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n" + encode("EC PRIVATE KEY", sec1, err)
	pkcs8 := func(key any) string {
		der, err := x509.MarshalPKCS8PrivateKey(key)
		return encode("PRIVATE KEY", der, err)
	}
	public, err := x509.MarshalPKIXPublicKey(p256.Public())
	for name, c := range map[string]struct {
		text, alg, refused string
	}{
		"P-256, PKCS #8":        {pkcs8(p256), "ES256", ""},
		"P-256, as openssl":     {fromOpenSSL, "ES256", ""},
		"RSA, PKCS #8":          {pkcs8(big), "RS256", ""},
		"RSA, PKCS #1":          {encode("RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(big), nil), "RS256", ""},
		"P-384":                 {pkcs8(p384), "", "must be P-256"},
		"a short RSA key":       {pkcs8(small), "", "must be 2048"},
		"a public key":          {encode("PUBLIC KEY", public, err), "", "not a private key"},
		"no PEM":                {"key", "", "not PEM"},
		"parameters without it": {"-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n", "", "no private key"},
	} {
		key, err := ParseKey(c.text, "named")
		if c.refused != "" {
			if err == nil || !strings.Contains(err.Error(), c.refused) {
				t.Errorf("%s: error %v", name, err)
			}
			continue
		}
		if err != nil || key.ID() != "named" || key.Public().Algorithm != c.alg {
			t.Errorf("%s: %+v, %v", name, key, err)
			continue
		}
		if public := key.Public(); !public.IsPublic() {
			t.Errorf("%s: the public half holds the private one", name)
		}
	}
}

func TestCheck(t *testing.T) {
	key := &conf.Secret{File: "k"}
	for name, c := range map[string]struct {
		cfg  *conf.TokenSource
		want string
	}{
		"neither":           {&conf.TokenSource{}, "peer.token: must name either a file or a key"},
		"both":              {&conf.TokenSource{File: "t", Key: key, Issuer: "i", Audience: "a"}, "peer.token: must name either a file or a key"},
		"no issuer":         {&conf.TokenSource{Key: key, Audience: "a"}, "peer.token.issuer: must be given"},
		"no audience":       {&conf.TokenSource{Key: key, Issuer: "i"}, "peer.token.audience: must be given"},
		"a file's audience": {&conf.TokenSource{File: "t", Audience: "a"}, "peer.token.audience: belongs to a key"},
		"a key twice":       {&conf.TokenSource{Key: &conf.Secret{File: "k", Env: "K"}, Issuer: "i", Audience: "a"}, "peer.token.key: must name either"},
	} {
		if err := Check("peer.token", c.cfg); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, good := range []*conf.TokenSource{nil, {File: "t"}, signing("k")} {
		if err := Check("peer.token", good); err != nil {
			t.Errorf("%v: %v", good, err)
		}
	}
}

func TestAStartWithoutItsKeyOrTokenFailsAndNamesTheFile(t *testing.T) {
	for name, cfg := range map[string]*conf.TokenSource{
		"no key file":           signing("/nowhere/key"),
		"no token file":         {File: "/nowhere/token"},
		"a file with two lines": {File: write(t, "", "s3cret\ntoken")},
	} {
		file := cfg.GetFile() + cfg.GetKey().GetFile()
		if _, err := New(cfg, "order", slog.New(slog.DiscardHandler)); err == nil || !strings.Contains(err.Error(), file) || strings.Contains(err.Error(), "s3cret") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
