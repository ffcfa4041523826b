package keyring_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stockonce/stockonce/app/internal/platform/conf"
	"github.com/stockonce/stockonce/app/internal/platform/keyring"
)

const secret = "s3cret-s3cret-s3cret"

var now = time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)

// file writes a key file and returns its path.
func file(t *testing.T, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "key")
	write(t, path, content)
	return path
}

func write(t *testing.T, path, content string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestKeysAreLoadedFromFilesAndEnvironmentWithTheirValidity(t *testing.T) {
	t.Setenv("STOCKONCE_SECRET_B", secret+"-b")
	keys, err := keyring.Load([]*conf.Key{
		{Id: "a", File: file(t, "\n  "+secret+"-a\r\n"), NotBefore: "2026-11-23T16:00:00+08:00", NotAfter: "2026-12-23T08:00:00Z"},
		{Id: "b", Env: "STOCKONCE_SECRET_B"},
	})
	if err != nil {
		t.Fatal(err)
	}
	want := []keyring.Key{
		{ID: "a", Text: secret + "-a", NotBefore: now, NotAfter: now.AddDate(0, 1, 0)},
		{ID: "b", Text: secret + "-b"},
	}
	if len(keys) != 2 || keys[0] != want[0] || keys[1] != want[1] {
		t.Errorf("loaded %q with texts %q, valid %v, %v", keys, []string{keys[0].Text, keys[1].Text}, keys[0].NotBefore, keys[0].NotAfter)
	}
}

func TestKeysAreLoadedAllOrNoneAndEveryMissingOneIsNamed(t *testing.T) {
	empty, nowhere := file(t, " \n"), filepath.Join(t.TempDir(), "nowhere")
	keys, err := keyring.Load([]*conf.Key{
		{Id: "good", File: file(t, secret)},
		{Id: "empty", File: empty},
		{Id: "gone", File: nowhere},
		{Id: "unset", Env: "STOCKONCE_SECRET_UNSET"},
		{Id: "unnamed"},
		{Id: "late", File: file(t, secret), NotAfter: "tomorrow"},
	})
	if keys != nil || err == nil {
		t.Fatalf("loaded %v, %v", keys, err)
	}
	for _, want := range []string{
		"key empty: file " + empty + " holds nothing",
		"key gone: file: open " + nowhere,
		"key unset: environment variable STOCKONCE_SECRET_UNSET holds nothing",
		"key unnamed: neither a file nor an environment variable is named",
		"key late: notAfter: must be an RFC 3339 time",
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q is missing in %q", want, err)
		}
	}
	if !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the cause is lost: %v", err)
	}
	if strings.Contains(err.Error(), "good") || strings.Contains(err.Error(), secret) {
		t.Errorf("too much is told: %v", err)
	}
}

func TestASecretComesFromAFileOrTheEnvironment(t *testing.T) {
	t.Setenv("STOCKONCE_SECRET_A", secret)
	for _, s := range []*conf.Secret{{File: file(t, secret+"\n")}, {Env: "STOCKONCE_SECRET_A"}} {
		if got, err := keyring.Secret(s); got != secret || err != nil {
			t.Errorf("%v: %q, %v", s, got, err)
		}
	}
	for _, s := range []*conf.Secret{nil, {}, {Env: "STOCKONCE_SECRET_UNSET"}, {File: "/nowhere"}} {
		if got, err := keyring.Secret(s); got != "" || err == nil {
			t.Errorf("%v: %q, %v", s, got, err)
		}
	}
}

func TestAKeyIsValidFromItsStartUntilBeforeItsEnd(t *testing.T) {
	for _, tc := range []struct {
		name string
		key  keyring.Key
		want bool
	}{
		{"without bounds", keyring.Key{}, true},
		{"at its start", keyring.Key{NotBefore: now}, true},
		{"before its start", keyring.Key{NotBefore: now.Add(1)}, false},
		{"just before its end", keyring.Key{NotAfter: now.Add(1)}, true},
		{"at its end", keyring.Key{NotAfter: now}, false},
	} {
		if got := tc.key.ValidAt(now); got != tc.want {
			t.Errorf("%s: %t", tc.name, got)
		}
	}
}

func TestPrintingAKeyTellsItsNameOnly(t *testing.T) {
	key := keyring.Key{ID: "2026-11", Text: secret}
	values := map[string]any{
		"key": key, "pointer": &key, "list": []keyring.Key{key}, "map": map[string]keyring.Key{"a": key},
		"nested": struct{ K keyring.Key }{key}, "public": keyring.PublicKey{Key: key},
	}
	for name, value := range values {
		printed := map[string]string{}
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
			printed[verb] = fmt.Sprintf(verb, value)
		}
		data, err := json.Marshal(value)
		if err != nil {
			t.Fatal(err)
		}
		printed["json"] = string(data)
		var text, object bytes.Buffer
		slog.New(slog.NewTextHandler(&text, nil)).Info("m", "key", value)
		slog.New(slog.NewJSONHandler(&object, nil)).Info("m", "key", value)
		printed["slog text"], printed["slog JSON"] = text.String(), object.String()
		for how, got := range printed {
			if strings.Contains(got, secret) || strings.Contains(got, fmt.Sprintf("%x", secret)) {
				t.Errorf("%s as %s: %s", name, how, got)
			}
			if !strings.Contains(got, "2026-11") && name != "pointer" {
				t.Errorf("%s as %s does not name it: %s", name, how, got)
			}
		}
	}
}

func TestAConfigurationOfKeysIsCheckedWithoutReadingThem(t *testing.T) {
	good := []*conf.Key{{Id: "a", File: "/nowhere"}, {Id: "b", Env: "STOCKONCE_SECRET_UNSET", NotBefore: "2026-11-23T08:00:00Z"}}
	if err := keyring.Check("keys", good); err != nil {
		t.Errorf("refused: %v", err)
	}
	for want, keys := range map[string][]*conf.Key{
		"keys[1].id: a is used twice":                       {{Id: "a", File: "f"}, {Id: "a", File: "g"}},
		"keys[0]: must name either a file or an env":        {{Id: "a"}},
		"keys[1]: must name either a file or an env":        {{Id: "a", File: "f"}, {Id: "b", File: "f", Env: "E"}},
		"keys[0].notBefore: must be an RFC 3339 time":       {{Id: "a", File: "f", NotBefore: "2026-11-23"}},
		"keys[0].notAfter: must be an RFC 3339 time":        {{Id: "a", File: "f", NotAfter: "never"}},
		"keys[0].notAfter: must be later than notBefore":    {{Id: "a", File: "f", NotBefore: "2026-11-23T08:00:00Z", NotAfter: "2026-11-23T16:00:00+08:00"}},
		"keys[0]: must name either a file or an env\nkeys[": {{Id: "a"}, {Id: "b"}},
	} {
		if err := keyring.Check("keys", keys); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want %q, got %v", want, err)
		}
	}
	for _, s := range []*conf.Secret{nil, {File: "f"}, {Env: "E"}} {
		if err := keyring.CheckSecret("key", s); err != nil {
			t.Errorf("%v: %v", s, err)
		}
	}
	for _, s := range []*conf.Secret{{}, {File: "f", Env: "E"}} {
		if err := keyring.CheckSecret("key", s); err == nil || err.Error() != "key: must name either a file or an env" {
			t.Errorf("%v: %v", s, err)
		}
	}
}

func TestAWebhookSecretHasTheSpecificationsForm(t *testing.T) {
	raw := []byte("0123456789abcdef01234567")
	encoded := base64.StdEncoding.EncodeToString(raw)
	for _, text := range []string{"whsec_" + encoded, encoded} {
		if got, err := keyring.ParseWebhookSecret(text); err != nil || !bytes.Equal(got, raw) {
			t.Errorf("%s: %q, %v", text, got, err)
		}
	}
	for _, bad := range [][]byte{nil, raw[1:], bytes.Repeat(raw, 3)[:65]} {
		text := "whsec_" + base64.StdEncoding.EncodeToString(bad)
		if _, err := keyring.ParseWebhookSecret(text); err == nil || !strings.Contains(err.Error(), "must be 24 to 64") {
			t.Errorf("%d bytes: %v", len(bad), err)
		}
	}
	if _, err := keyring.ParseWebhookSecret("whsec_" + secret); err == nil || strings.Contains(err.Error(), "s3cret") {
		t.Errorf("error %v", err)
	}
}
