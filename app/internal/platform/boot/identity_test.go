package boot

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/json"
	"github.com/go-jose/go-jose/v4/jwt"
)

func TestAnOperatorMakesAKeyAndTokensThatItsKeySetVerifies(t *testing.T) {
	b := newBundle(t)
	folder := t.TempDir()
	first, second := filepath.Join(folder, "first.pem"), filepath.Join(folder, "second.pem")
	run := func(args ...string) string {
		t.Helper()
		code, stdout, stderr := b.command(args...)
		if code != 0 {
			t.Fatalf("%q: code %d, %s", args, code, stderr)
		}
		return strings.TrimSpace(stdout)
	}
	ids := []string{run("identity", "key", first), run("identity", "key", second)}

	before, err := os.ReadFile(first)
	if err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(first); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("others may read the key: %v, %v", info.Mode(), err)
	}
	if code, _, stderr := b.command("identity", "key", first); code != 1 || !strings.Contains(stderr, first) {
		t.Errorf("a key over another: code %d, %s", code, stderr)
	}
	if after, err := os.ReadFile(first); err != nil || string(after) != string(before) {
		t.Errorf("the key was overwritten: %v", err)
	}

	published := run("identity", "jwks", first, second)
	var set jose.JSONWebKeySet
	if err := json.Unmarshal([]byte(published), &set); err != nil || len(set.Keys) != 2 || strings.Contains(published, `"d"`) {
		t.Fatalf("key set %s, %v", published, err)
	}
	for i, key := range set.Keys {
		if key.KeyID != ids[i] || !key.IsPublic() {
			t.Errorf("key %d: %+v, want the public half of %s", i, key, ids[i])
		}
	}

	token := run("identity", "token", second, "--issuer", "shop", "--audience", "stockonce",
		"--subject", "ann@example.com", "--roles", "operator,auditor", "--for", "1h")
	parsed, err := jwt.ParseSigned(token, []jose.SignatureAlgorithm{jose.ES256})
	if err != nil {
		t.Fatal(err)
	}
	var said jwt.Claims
	var also struct {
		Roles []string `json:"roles"`
	}
	if err := parsed.Claims(&set, &said, &also); err != nil {
		t.Fatal(err)
	}
	if said.Issuer != "shop" || said.Audience[0] != "stockonce" || said.Subject != "ann@example.com" ||
		strings.Join(also.Roles, " ") != "operator auditor" || said.Expiry.Time().Sub(said.IssuedAt.Time()) != time.Hour {
		t.Errorf("claims %+v, roles %v", said, also.Roles)
	}
}

func TestTokensAreSignedForAllThatIsAskedAndNotForLong(t *testing.T) {
	b := newBundle(t)
	file := filepath.Join(t.TempDir(), "key.pem")
	if code, _, stderr := b.command("identity", "key", file); code != 0 {
		t.Fatal(stderr)
	}
	full := []string{"identity", "token", file, "--issuer", "i", "--audience", "a", "--subject", "s", "--roles", "operator"}
	for name, c := range map[string]struct {
		args []string
		code int
		want string
	}{
		"without roles": {full[:len(full)-2], 2, "--roles is missing"},
		"for too long":  {append(slices.Clip(full), "--for", "48h"), 2, "at most 24h"},
		"without a key": {[]string{"identity", "token", "/nowhere", "--issuer", "i", "--audience", "a", "--subject", "s", "--roles", "r"}, 1, "/nowhere"},
	} {
		if code, stdout, stderr := b.command(c.args...); code != c.code || !strings.Contains(stderr, c.want) || stdout != "" {
			t.Errorf("%s: code %d, %s%s", name, code, stdout, stderr)
		}
	}
}
