package access

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/stockonce/stockonce/app/internal/platform/conf"
)

var quiet = slog.New(slog.DiscardHandler)

func TestAKeyThatIsTakenOutOfTheFileIsRefusedAndANewOneTaken(t *testing.T) {
	old, next := newKey("old"), newKey("next")
	file := write(t, "", set(old))
	g, log := guardOf(t, configured(file))
	tokens := map[string]Credentials{"old": bearing(old.sign(says("ann", "operator"))), "next": bearing(next.sign(says("ann", "operator")))}
	want := func(when, good string) {
		t.Helper()
		for name, token := range tokens {
			if _, err := g.Admit(t.Context(), things+"Read", token); (err == nil) != strings.Contains(good, name) {
				t.Errorf("%s: the %s key: %v", when, name, err)
			}
		}
	}
	change := func(text []byte) {
		t.Helper()
		write(t, file, text)
		for _, s := range g.current.Load().sources {
			s.refresh(t.Context(), 0)
		}
	}
	want("at first", "old")
	change(set(old, next))
	want("both in the file", "old next")
	change([]byte(`{"keys":`))
	want("while the file is broken", "old next")
	change(set(next))
	want("one taken out", "next")
	change([]byte(`{"keys":[]}`))
	want("all taken out", "")
	if got := strings.Count(log.String(), "level=ERROR"); got != 1 {
		t.Errorf("%d errors:\n%s", got, log)
	}
}

func TestTheLoopNoticesAChangedFile(t *testing.T) {
	old, next := newKey("old"), newKey("next")
	file := write(t, "", set(old, next))
	synctest.Test(t, func(t *testing.T) {
		g, _ := guardOf(t, configured(file))
		write(t, file, set(next))
		time.Sleep(g.Loop().Interval())
		if _, err := g.Loop().Run(t.Context()); err != nil {
			t.Fatal(err)
		}
		if _, err := g.Admit(t.Context(), things+"Read", bearing(old.sign(says("ann", "operator")))); err == nil {
			t.Error("the key that was taken out is still good")
		}
	})
}

func TestAnUnknownKeyHasTheSetReadAgainButNotOften(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		old, next := newKey("old"), newKey("next")
		reads, text := 0, set(old)
		s := &source{logger: quiet, reading: make(chan struct{}, 1), often: urlOften, retry: urlRetry, pause: urlPause}
		s.read = func(context.Context) (*keySet, error) {
			reads++
			if text == nil {
				return nil, errors.New("down")
			}
			return parseKeys(text)
		}
		find := func(id string, want bool) {
			t.Helper()
			if _, err := s.find(t.Context(), id, "ES256"); (err == nil) != want {
				t.Errorf("%s after %d reads: %v", id, reads, err)
			}
		}
		counted := func(want int) {
			t.Helper()
			if reads != want {
				t.Errorf("read %d times, want %d", reads, want)
			}
		}
		find("old", true)
		counted(1)
		text = set(old, next)
		for range 100 {
			find("next", false) // just read: too soon
		}
		counted(1)
		time.Sleep(urlPause)
		find("next", true)
		find("next", true)
		counted(2)
		text = nil
		time.Sleep(urlPause)
		find("third", false)
		find("old", true) // what was read stays
		counted(3)
		s.pass(t.Context()) // just tried
		counted(3)
		time.Sleep(urlRetry)
		s.pass(t.Context())
		counted(4)
		text = set(next)
		time.Sleep(urlRetry)
		s.pass(t.Context())
		find("old", false)
		counted(5)
		time.Sleep(urlOften - time.Second)
		s.pass(t.Context())
		counted(5)
	})
}

func TestKeysAtAnAddress(t *testing.T) {
	ec := newKey("ec")
	var answer atomic.Pointer[func(http.ResponseWriter)]
	say := func(f func(http.ResponseWriter)) { answer.Store(&f) }
	say(func(w http.ResponseWriter) { w.WriteHeader(http.StatusInternalServerError) })
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { (*answer.Load())(w) }))
	defer server.Close()
	i := configured("")
	i.Jwks = &conf.Endpoint{Url: server.URL + "/keys", Timeout: durationpb.New(5 * time.Second)}
	g, log := guardOf(t, i)
	token := bearing(ec.sign(says("ann", "operator")))

	_, err := g.Admit(t.Context(), things+"Read", token)
	if reason, _ := refusal(t, err); reason != Undecided {
		t.Errorf("before the keys could be read: %v", err)
	}
	again := func() {
		for _, s := range g.current.Load().sources {
			s.refresh(t.Context(), 0)
		}
	}
	say(func(w http.ResponseWriter) { _, _ = w.Write(set(ec)) })
	again()
	for name, bad := range map[string]func(http.ResponseWriter){
		"a redirect": func(w http.ResponseWriter) { w.Header().Set("Location", "/else"); w.WriteHeader(http.StatusFound) },
		"a page":     func(w http.ResponseWriter) { _, _ = w.Write([]byte("<html>")) },
		"too much":   func(w http.ResponseWriter) { _, _ = w.Write(make([]byte, 2<<20)) },
	} {
		say(bad)
		again()
		if _, err := g.Admit(t.Context(), things+"Read", token); err != nil {
			t.Errorf("%s: the keys read before are gone: %v", name, err)
		}
	}
	for _, want := range []string{"jwks.url: answered 500", "jwks.url: answered 302", "not a JSON Web Key Set", "longer than 1 MiB", "keys=1"} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("%q is missing in\n%s", want, log)
		}
	}
}

func TestAChangedConfigurationKeepsTheKeysThatWereRead(t *testing.T) {
	ec := newKey("ec")
	asked := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { asked++; _, _ = w.Write(set(ec)) }))
	defer server.Close()
	i := configured("")
	i.Jwks = &conf.Endpoint{Url: server.URL, Timeout: durationpb.New(5 * time.Second)}
	g, _ := guardOf(t, i)
	other := configured("")
	other.Jwks, other.Audiences = i.GetJwks(), []string{"else"}
	g.Configure(&conf.Access{Issuers: []*conf.Issuer{other}})
	if asked != 1 {
		t.Errorf("asked %d times", asked)
	}
}

func TestOnlyPublicKeysOfTheTwoAlgorithmsCount(t *testing.T) {
	ec := newKey("ec")
	jwk := ec.jwk()
	public, err := json.Marshal(jwk)
	if err != nil {
		t.Fatal(err)
	}
	changed := func(with string) string { return strings.TrimSuffix(string(public), "}") + "," + with + "}" }
	text := `{"keys":[` + strings.Join([]string{
		string(public), changed(`"use":"enc"`), changed(`"alg":"ES384"`),
		changed(`"d":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAE"`), // private
		`{"kty":"oct","kid":"ec","k":"c2VjcmV0"}`, `{"kty":"OKP","crv":"Ed25519","kid":"ec","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}`,
		`{"kty":"RSA","kid":"ec","n":"` + strings.Repeat("u", 100) + `","e":"AQAB"}`, `{"kty":"new"}`, `7`,
	}, ",") + `]}`
	s, err := parseKeys([]byte(text))
	if err != nil || len(s.keys) != 1 || s.ignored != 8 {
		t.Errorf("%+v, %v", s, err)
	}
	if _, err := s.find("", "ES256"); err != nil {
		t.Errorf("the only key need not be named: %v", err)
	}
}

func TestAKeyFileThatIsNoneIsNotReadWhole(t *testing.T) {
	file := write(t, "", nil)
	if err := os.Truncate(file, 1<<40); err != nil {
		t.Skip("this file system has no sparse files")
	}
	if _, err := fromFile(file).read(t.Context()); err == nil || !strings.Contains(err.Error(), "longer than") {
		t.Errorf("%v", err)
	}
}

func TestAConfigurationIsCheckedWithoutReadingKeys(t *testing.T) {
	if err := Check(&conf.Access{Issuers: []*conf.Issuer{configured("/nowhere")}}); err != nil {
		t.Errorf("refused: %v", err)
	}
	at := func(url string) *conf.Issuer {
		i := configured("")
		i.Jwks = &conf.Endpoint{Url: url}
		return i
	}
	half := at("https://login.example/keys")
	half.Jwks.CertFile = "cert.pem"
	both := at("http://login.example/keys")
	both.JwksFile = "keys.json"
	serving := configured("f")
	serving.Roles, serving.Services = []string{"operator"}, []string{"shelf"}
	for want, a := range map[string]*conf.Access{
		"issuers[1].issuer: is there twice":                   {Issuers: []*conf.Issuer{configured("f"), configured("g")}},
		"issuers[0]: must have either jwksFile or jwks":       {Issuers: []*conf.Issuer{configured("")}},
		"issuers[0]: must have either":                        {Issuers: []*conf.Issuer{both}},
		"issuers[0].jwks.url: must be an https or http":       {Issuers: []*conf.Issuer{at("file:///etc/passwd")}},
		"issuers[0].jwks: certFile and keyFile go together":   {Issuers: []*conf.Issuer{half}},
		"issuers[0].services: only with the role service":     {Issuers: []*conf.Issuer{serving}},
		"certificates[1].name: is there twice":                {Certificates: []*conf.CertificateIdentity{{Name: "a", Subject: "a"}, {Name: "a", Subject: "b"}}},
		"certificates[0].subject: must be 1 to 64 visible AS": {Certificates: []*conf.CertificateIdentity{{Name: "a", Subject: "a b"}}},
	} {
		if err := Check(a); err == nil || !strings.Contains(err.Error(), "access."+want) {
			t.Errorf("want %q, got %v", want, err)
		}
	}
}
