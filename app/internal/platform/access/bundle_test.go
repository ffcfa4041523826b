package access

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
	"google.golang.org/genproto/googleapis/api/annotations"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/descriptorpb"

	accessv1 "github.com/stockonce/stockonce/api/access/v1"
	"github.com/stockonce/stockonce/app/internal/platform/conf"
)

const (
	issuerName = "https://login.example"
	audience   = "shop"
	things     = "/test.access.v1.Things/"
)

var now = time.Unix(1_795_000_000, 0)

// TestMain adds a service with rules to those that there are.
func TestMain(m *testing.M) {
	rule := func(r *accessv1.Rule, path string) *descriptorpb.MethodOptions {
		options := &descriptorpb.MethodOptions{}
		if r != nil {
			proto.SetExtension(options, accessv1.E_Rule, r)
		}
		if path != "" {
			proto.SetExtension(options, annotations.E_Http, &annotations.HttpRule{
				Pattern:            &annotations.HttpRule_Post{Post: path},
				AdditionalBindings: []*annotations.HttpRule{{Pattern: &annotations.HttpRule_Get{Get: path}}},
			})
		}
		return options
	}
	file := &descriptorpb.FileDescriptorProto{
		Name: new("test/access/v1/things.proto"), Package: new("test.access.v1"), Syntax: new("proto3"),
		MessageType: []*descriptorpb.DescriptorProto{{Name: new("Nothing")}},
		Service:     []*descriptorpb.ServiceDescriptorProto{{Name: new("Things")}},
	}
	for name, options := range map[string]*descriptorpb.MethodOptions{
		"Open":  rule(&accessv1.Rule{Public: true}, "/v1/open"),
		"Read":  rule(&accessv1.Rule{Roles: []accessv1.Role{accessv1.Role_ROLE_OPERATOR, accessv1.Role_ROLE_AUDITOR}}, "/v1/things/{id}"),
		"Own":   rule(&accessv1.Rule{Roles: []accessv1.Role{accessv1.Role_ROLE_STOREFRONT, accessv1.Role_ROLE_SERVICE}}, ""),
		"Take":  rule(&accessv1.Rule{Roles: []accessv1.Role{accessv1.Role_ROLE_SERVICE}, Services: []string{"shelf"}}, ""),
		"Bare":  rule(nil, "/v1/bare"),
		"Empty": rule(&accessv1.Rule{}, ""),
	} {
		file.Service[0].Method = append(file.Service[0].Method, &descriptorpb.MethodDescriptorProto{
			Name: new(name), InputType: new(".test.access.v1.Nothing"),
			OutputType: new(".test.access.v1.Nothing"), Options: options,
		})
	}
	built, err := protodesc.NewFile(file, protoregistry.GlobalFiles)
	if err == nil {
		err = protoregistry.GlobalFiles.RegisterFile(built)
	}
	if err != nil {
		panic(err)
	}
	os.Exit(m.Run())
}

// key is a key pair of an issuer.
type key struct {
	id      string
	private any
}

func newKey(id string) key {
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err)
	}
	return key{id, private}
}

var rsaKey = sync.OnceValue(func() key {
	private, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return key{"rsa", private}
})

func (k key) algorithm() jose.SignatureAlgorithm {
	if _, ok := k.private.(*rsa.PrivateKey); ok {
		return jose.RS256
	}
	return jose.ES256
}

// jwk is the public half.
func (k key) jwk() jose.JSONWebKey {
	whole := jose.JSONWebKey{Key: k.private, KeyID: k.id}
	return whole.Public()
}

// set is a key set of the public halves.
func set(keys ...key) []byte {
	var s jose.JSONWebKeySet
	for _, k := range keys {
		s.Keys = append(s.Keys, k.jwk())
	}
	text, err := json.Marshal(s)
	if err != nil {
		panic(err)
	}
	return text
}

// claims are what a good token says.
type claims map[string]any

func says(subject string, roles ...string) claims {
	return claims{
		"iss": issuerName, "aud": audience, "sub": subject, "roles": roles,
		"iat": now.Unix(), "nbf": now.Unix(), "exp": now.Add(time.Minute).Unix(),
	}
}

// with returns the claims with one of them changed, or without it.
func (c claims) with(name string, value any) claims {
	out := maps.Clone(c)
	out[name] = value
	if value == nil {
		delete(out, name)
	}
	return out
}

// sign makes a token.
func (k key) sign(c claims, header ...func(*jose.SignerOptions)) string {
	options := &jose.SignerOptions{}
	for _, h := range header {
		h(options)
	}
	return signWith(jose.SigningKey{Algorithm: k.algorithm(), Key: jose.JSONWebKey{Key: k.private, KeyID: k.id}}, options, c)
}

func signWith(by jose.SigningKey, options *jose.SignerOptions, c claims) string {
	signer, err := jose.NewSigner(by, options)
	if err != nil {
		panic(err)
	}
	text, err := jwt.Signed(signer).Claims(map[string]any(c)).Serialize()
	if err != nil {
		panic(err)
	}
	return text
}

// write puts a key set into a file.
func write(t testing.TB, path string, text []byte) string {
	t.Helper()
	if path == "" {
		path = filepath.Join(t.TempDir(), "keys.json")
	}
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// configured is an issuer with keys in a file that may give all roles.
func configured(file string) *conf.Issuer {
	return &conf.Issuer{
		Issuer: issuerName, Audiences: []string{audience, "also"}, JwksFile: file,
		Roles: []string{"storefront", "operator", "service", "auditor"},
	}
}

// guardOf makes a guard whose clock stands still.
func guardOf(t testing.TB, issuers ...*conf.Issuer) (*Guard, *logBuffer) {
	t.Helper()
	log := &logBuffer{}
	g, err := NewGuard(&conf.Access{Issuers: issuers}, slog.New(slog.NewTextHandler(log, nil)))
	if err != nil {
		t.Fatal(err)
	}
	g.now = func() time.Time { return now }
	return g, log
}

// logBuffer is a log that can be read while it is written.
type logBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *logBuffer) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(b)
}

func (l *logBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}
